"""A cursor beside the transaction, for what has to be committed before a mail leaves."""

from contextlib import nullcontext

from odoo import modules


def own_cursor(env):
    """Commits when it is left; within a test the test's own, which commits nothing.

    As ``mail.mail.send_after_commit`` tells a test.

    :rtype: contextlib.AbstractContextManager[odoo.sql_db.BaseCursor]
    """
    if modules.module.current_test:
        return nullcontext(env.cr)
    return env.registry.cursor()
