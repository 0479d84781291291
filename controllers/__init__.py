from . import edge
from . import export
from . import ingest
from . import pair
from . import passthrough
from . import preferences
from . import signed
from . import state
