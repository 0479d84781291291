from . import test_consent_cases
