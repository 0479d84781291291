from . import test_facts
from . import test_facts_worked_off
