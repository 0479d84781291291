"""The name of a file within an address. It is for the reader: nothing is found by it."""

import unicodedata
from urllib.parse import quote

# Of the part of an address, percent-encoded: with a token before it, mail programs keep it whole.
MAX_NAME = 180
_PARTED = str.maketrans(dict.fromkeys("/\\%", "-"))


def url_name(name: str) -> str:
    """A name that is one part of a path for every server, proxy and browser on the way.

    Many decode ``%2F`` before they look for the parts, take ``..`` for the folder above, and refuse
    control characters. The file itself keeps its name.

    :param name: as people gave it
    :return: percent-encoded, at most MAX_NAME characters, never empty

    >>> url_name("WH/OUT/00007.pdf")
    'WH-OUT-00007.pdf'
    >>> url_name("../.env")
    'env'
    """
    # Unseen: control characters, marks of direction, halves of a character.
    words = " ".join(name.split())
    seen = "".join(sign for sign in words if unicodedata.category(sign)[0] != "C")
    plain = seen.translate(_PARTED).strip(" .-")
    stem, dot, ending = plain.rpartition(".")
    tail = quote(dot + ending, safe="")
    if not stem or len(tail) > MAX_NAME // 4:
        stem, tail = plain, ""
    stem = stem[:MAX_NAME]
    while len(quote(stem, safe="")) > MAX_NAME - len(tail):
        stem = stem[:-1]
    return quote(stem, safe="") + tail or "file"
