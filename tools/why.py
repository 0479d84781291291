"""What went wrong, for the log: without the addresses and tokens that an error may quote."""

import re
import traceback

# As wide as possible: a log is read by people who may not read mails.
_PRIVATE = re.compile(r"https?://\S+|[^\s\"'<>(),;:=]+@[^\s\"'<>(),;:=]+|(?=[\w-]*\d)[\w-]{20,}")
_MAX = 200


def why(error: BaseException) -> str:
    """The kind of error, the first line of what it says, and where it happened.

    What PostgreSQL says in the further lines are the values of the row.

    >>> why(KeyError("carla@customer.test"))
    "KeyError: '…'\\n"
    """
    said = str(error).partition("\n")[0]
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}: {_PRIVATE.sub('…', said)[:_MAX]}\n{frames}"
