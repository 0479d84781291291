from . import test_composer
from . import test_kept_files
from . import test_layouts
from . import test_links_left_alone
from . import test_sending
from . import test_sending_errors
from . import test_sending_failures
from . import test_untouched
