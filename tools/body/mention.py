"""Whether a text names somebody's address."""

import re
from urllib.parse import unquote


def mentions(text: str | None, address: str) -> bool:
    """Not within a longer one; what may follow it is a file's ending.

    :param text: a URL as it is written, or words
    :param address: normalized

    >>> mentions("https://shop.example/?to=Ann%40x.example", "ann@x.example")
    True
    >>> mentions("for ann@x.example.pdf", "ann@x.example")
    True
    >>> mentions("joann@x.example, jo.ann@x.example", "ann@x.example")
    False
    """
    pattern = rf"(?<![\w.-]){re.escape(address)}(?![\w-])"
    return bool(re.search(pattern, unquote(text or ""), re.IGNORECASE))
