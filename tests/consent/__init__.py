from . import test_consent_cases
from . import test_one_rule
from . import test_policy_columns
from . import test_protections
