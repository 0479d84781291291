from . import test_coverage
from . import test_day
from . import test_rate
from . import test_record
from . import test_record_tours
from . import test_report
