from . import test_mailbox
