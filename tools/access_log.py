"""Keep tokens out of Odoo's access log.

A reader of the log could open the recipient's page or file that a token leads to, and would know a
provider's key. Odoo writes the whole address of each request to the logger ``werkzeug``
(``odoo/service/server.py``, ``CommonRequestHandler.log_request``), and adds to its lines by a
filter itself (``odoo/netsvc.py``, ``PerfFilter``).
"""

import logging
import re

from ..relay.engagement_relay.protocol import token, wire

LOGGER = "werkzeug"
# What stands behind one of our paths, the name of a file and a query included.
_BEHIND = re.compile(
    rf"({re.escape(wire.ODOO_EDGE)}/[{token.KINDS}]/|{wire.ATTACHMENT}/|{wire.PREFERENCES}/"
    r"|/mail_engagement/delivery/[^/\s\"']*/)[^\s\"']+"
)


def redacted(text: str) -> str:
    """The line without what stands behind one of our paths."""
    return _BEHIND.sub(r"\1…", text)


class WithoutTokens(logging.Filter):
    """Takes the tokens out of each line before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line is kept."""
        record.msg = redacted(str(record.msg))
        if isinstance(record.args, tuple):
            record.args = tuple(
                redacted(value) if isinstance(value, str) else value for value in record.args
            )
        return True


def keep_tokens_out() -> None:
    """Add the filter to the access log, once in each process."""
    logger = logging.getLogger(LOGGER)
    if not any(isinstance(known, WithoutTokens) for known in logger.filters):
        logger.addFilter(WithoutTokens())
