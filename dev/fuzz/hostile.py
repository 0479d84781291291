"""Texts, values and requests that are wrong in many ways; the same again for the same seed."""

import json
import random
import string
from urllib.parse import quote, urlsplit

from .. import paths

SEEDS = json.loads((paths.ROOT / "tests" / "fuzz_seeds.json").read_text())
TEXTS = [*SEEDS["texts"], *(part * times for part, times in SEEDS["repeated"])]
BODIES = [*SEEDS["json"], *(part * times for part, times in SEEDS["repeated_json"])]
# What frames a message on the wire is no input: a client that breaks it speaks no HTTP.
FRAME = str.maketrans("", "", "\r\n")
HEADERS = (
    "User-Agent", "Accept-Language", "Cookie", "Range", "If-Range", "If-None-Match",
    "If-Modified-Since", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded",
    "Referer", "Origin", "Accept", "Accept-Encoding", "Content-Type", "Content-Encoding", "DNT",
    "Sec-GPC", "Sec-Purpose", "Purpose", "Authorization", "X-Odoo-Database", "Signature-Agent",
    "Signature-Input", "Signature", "Via",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")
MOST_HEADERS = 4


class Hostile:
    """
    :param seed: anything that ``random`` takes
    """

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def text(self):
        """Any text, half surrogate pairs and NUL included."""
        kind = self.chance.random()
        if kind < 0.15:
            return self.chance.choice(SEEDS["worst"])
        if kind < 0.7:
            return self.chance.choice(TEXTS)
        if kind < 0.85:
            return self.changed(self.chance.choice(TEXTS))
        length = self.chance.choice((1, 2, 5, 40))
        return "".join(chr(self.chance.randrange(0x110000)) for _letter in range(length))

    def changed(self, text):
        """A text with something cut out, put in, doubled or exchanged, once to four times."""
        for _time in range(self.chance.randint(1, 4)):
            start = self.chance.randint(0, len(text))
            end = min(len(text), start + self.chance.choice((0, 1, 1, 2, 8)))
            put = self.chance.choice(
                ("", text[start:end] * 2, self.chance.choice(string.printable), self.short())
            )
            text = text[:start] + put + text[end:]
        return text

    def short(self):
        return self.chance.choice(SEEDS["texts"] if self.chance.random() < 0.7 else SEEDS["worst"])

    def value(self, depth=0):
        """Anything that JSON can name."""
        kind = self.chance.random()
        if kind < 0.4:
            return self.text()
        if kind < 0.7:
            return self.chance.choice(SEEDS["numbers"])
        if kind < 0.75:
            return self.chance.choice((1, -1)) * 10 ** self.chance.choice((20, 400, 4000))
        if kind < 0.85 or depth > 3:
            return self.chance.choice((None, True, False, [], {}))
        inner = [self.value(depth + 1) for _number in range(self.chance.randint(1, 3))]
        return inner if kind < 0.93 else {self.short(): one for one in inner}

    def object(self, good):
        """One of a form's objects, as JSON, wrong in no, one or several places.

        :param dict good: a right one
        :rtype: str
        """
        kind = self.chance.random()
        if kind < 0.15:
            return self.chance.choice(BODIES)
        text = json.dumps(self.broken(good))
        return self.changed(text) if kind < 0.2 else text

    def broken(self, good):
        """An object like `good`, wrong in no, one or several places, inner ones too.

        :rtype: dict
        """
        made = dict(good)
        for _time in range(self.chance.choice((0, 1, 1, 1, 2, 5))):
            name = self.chance.choice([*made, self.short()]) if made else self.short()
            held, kind = made.get(name), self.chance.random()
            if kind < 0.15:
                made.pop(name, None)
            elif isinstance(held, str) and kind < 0.5:
                made[name] = self.changed(held)
            elif isinstance(held, dict) and kind < 0.8:
                made[name] = self.broken(held)
            else:
                made[name] = self.value()
        return made

    def path(self, text):
        """As it may stand in a request's first line: sometimes encoded, sometimes as it is."""
        if self.chance.random() < 0.7:
            raw = text.encode(errors="surrogatepass")
            return quote(raw, safe="/?&=%" if self.chance.random() < 0.5 else "")
        # Python's own server ends the path at any white space, U+00A0 too: that is the frame's.
        return "".join(
            letter
            for letter in text
            if "!" <= letter <= "\xff" and letter != "\x7f" and not letter.isspace()
        )

    def query(self):
        if self.chance.random() < 0.6:
            return ""
        pairs = (
            f"{self.path(self.short())}={self.path(self.text())}"
            for _number in range(self.chance.randint(1, 3))
        )
        return "?" + "&".join(pairs)

    def headers(self, names=HEADERS):
        """:rtype: dict[str, str], latin-1"""
        chosen = self.chance.sample(names, self.chance.randint(0, min(MOST_HEADERS, len(names))))
        made = {name: self.header() for name in chosen}
        if not _is_host(made.get("X-Forwarded-Host", "")):
            # At such a one Odoo itself fails, before any route is known (odoo/http.py, _post_init).
            del made["X-Forwarded-Host"]
        return made

    def header(self):
        raw = self.text().translate(FRAME).encode(errors="surrogatepass")
        return raw.decode("latin-1")


def _is_host(text):
    try:
        urlsplit(f"//{text}")
    except ValueError:
        return False
    return True
