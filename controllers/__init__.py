from . import edge
from . import ingest
from . import pair
from . import passthrough
from . import signed
from . import state
