"""What link protectors, dereferrers and image proxies make of an address.

Their makers rarely document it; the links that they rewrote in public archives and the tests of
public decoders show it. Where only the protector knows what its link leads to (Mimecast, Inky,
Darktrace), there is nothing to undo. What is compressed (Egress), or stands behind bytes that are
no text (``REF=`` of Outlook on the web), is not looked into.
"""

import re
from base64 import urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote, unquote

# The longest run that is decoded: our longest address, behind percent signs three times over.
_MOST = 16_000


@dataclass(frozen=True, slots=True)
class Encoding:
    """How an address is written within another one.

    :ivar run: what it is written with; a match may go on behind the address
    :ivar decode: a run → what it says, a character for each byte; raises ValueError
    :ivar used: a run, a number of the characters that it says → how many of its own those are
    :ivar encode: what is to be said, the run instead of which → how it is written
    """

    run: re.Pattern[str]
    decode: Callable[[str], str]
    used: Callable[[str, int], int]
    encode: Callable[[str, str], str] = lambda said, _run: said


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An address around another one, which is to be replaced whole.

    :ivar before: all of it before the address within
    :ivar after: what may follow that
    :ivar encoding: of the address within, where one cannot see it from how it begins
    """

    before: re.Pattern[str]
    after: re.Pattern[str]
    encoding: Encoding | None = None


def _escaped(sign: str) -> Callable[[str, int], int]:
    escapes = re.compile(rf"{sign}[0-9A-Fa-f]{{2}}|.", re.S)

    def used(run: str, count: int) -> int:
        return sum(len(match.group()) for match in islice(escapes.finditer(run), count))

    return used


_STAR = re.compile(r"\*(?=[0-9A-Fa-f]{2})")

# URL Defense 3 and Check Point write a star for the percent sign within what they wrap.
PERCENT = Encoding(
    re.compile(rf"[A-Za-z0-9%._~!*:/-]{{1,{_MOST}}}"),
    lambda run: unquote(_STAR.sub("%", run), "latin-1"),
    _escaped("[%*]"),
    lambda said, _run: quote(said, safe=""),
)

# URL Defense 2: "-" is the percent sign, "_" the slash.
_DASHES = Encoding(
    re.compile(rf"[A-Za-z0-9%._~-]{{1,{_MOST}}}"),
    lambda run: unquote(run.replace("_", "/").replace("-", "%"), "latin-1"),
    _escaped("[%-]"),
)


def _base64_decode(run: str) -> str:
    digits = unquote(run).rstrip("=~").replace("-", "+").replace("_", "/")
    # One digit more than whole groups says nothing.
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]
    return a2b_base64(digits + "=" * (-len(digits) % 4)).decode("latin-1")


def _base64_used(run: str, count: int) -> int:
    used = _escaped("%")(run, -(-count * 4 // 3))
    if unquote(run[used:]).strip("=~"):
        return used
    # It is filled up to whole groups; what is more stands behind it.
    missing = -len(unquote(run).rstrip("=~")) % 4
    return used + _escaped("%")(run[used:], missing)


def _base64_encode(said: str, run: str) -> str:
    encoded = urlsafe_b64encode(said.encode()).decode()
    return encoded if run.endswith("=") else encoded.rstrip("=")


_DIGITS = rf"(?:[A-Za-z0-9+/_-]|%2[BbFf]){{40,{_MOST}}}"

BASE64 = Encoding(
    re.compile(rf"{_DIGITS}(?:=|%3[Dd]){{0,2}}"), _base64_decode, _base64_used, _base64_encode
)


def _left_out(said: str) -> str:
    return "" if said.startswith(("http:", "https:")) else "http://"


# Mail.ru mostly leaves "http://" out, and fills with "~".
_BARE_BASE64 = Encoding(
    re.compile(rf"{_DIGITS}~{{0,2}}"),
    lambda run: _left_out(said := _base64_decode(run)) + said,
    lambda run, count: _base64_used(run, count - len(_left_out(_base64_decode(run)))),
)
HEXADECIMAL = Encoding(
    re.compile(rf"(?:[0-9A-Fa-f]{{2}}){{40,{_MOST // 2}}}"),
    lambda run: bytes.fromhex(run).decode("latin-1"),
    lambda _run, count: 2 * count,
    lambda said, _run: said.encode().hex(),
)

# Of an address; no comma, quotation mark or bracket, which people put behind one.
_SIGN = r"[\w%.~:/?@!$*+;=|&#-]"
# A parameter before it.
_OTHER = r"[\w%.~:/?@!$*+;=|,()-]{0,2000}"
# What may follow the address within: the rest of its parameter, and others. No sign of
# punctuation ends it.
_MORE = rf"(?:%[0-9a-f]{{2}}(?:[\w.~%-]*[^\W_])?)?(?:[&#]{_SIGN}*(?:[^\W_]|[%=/$+@]))?"
_DOLLAR = r"__(?:;[\w!*=~-]*\$?)?"
_DOTTED = r"___(?:\.[\w-]*[^\W_])?"
_COMMAS = r"(?:%[0-9a-f]{2}(?:[\w.~%-]*[^\W_])?)?(?:&c=[\w,%-]*,{0,2}(?:&typo=\d)?)?"

# Where the forms are told or shown.
_MS = "https://learn.microsoft.com/defender-office-365/safe-links-about"
_PP = "https://github.com/cardi/proofpoint-url-decoder"
_CP = "https://www.avanan.com/product-updates/new-rewritten-url-format-in-click-time-protection"
_BR = "https://campus.barracuda.com/doc/49055519"
_SY = "https://knowledge.broadcom.com/external/article/163838"
_EA = "https://github.com/wahlflo/eml_analyzer/issues/8"
_KA = "https://github.com/ninoseki/kachi"
_UP = "https://github.com/macieklamberski/urlpurify"
_AR = "links in public repositories"


def _wrapper(
    place: str, name: str, _source: str, after: str = _MORE, encoding: Encoding | None = None
) -> Wrapper:
    """:param place: host and path, as a regular expression
    :param name: of the parameter that holds the address; "" where the path does
    """
    # At a line's end, "=" is taken for what is left of quoted-printable.
    query = rf"/?\?(?:{_OTHER}&){{0,20}}?(?:amp;)?{name}=*(?:3D)?" if name else ""
    before = re.compile(rf"https?:/{{1,2}}{place}{query}", re.I | re.A)
    return Wrapper(before, re.compile(after, re.I | re.A), encoding)


# Image proxies that write the address as it is, with percent signs or in hexadecimal digits
# (Gmail, Yahoo, Yandex, Fastmail, Camo) need no line.
WRAPPERS = (
    # Microsoft: Safe Links, in Teams, in the mails of Azure.
    _wrapper(r"[\w.-]+\.safelinks\.protection\.[\w.]+(?:/[\w/-]*)?", "url", _MS),
    _wrapper(r"outlook\.office\.com/mail/safelink\.html", "url", _AR),
    _wrapper(r"[\w.-]+(?::\d+)?/(?:owa|exchweb/bin)/redir\.aspx?", "url", _AR),
    _wrapper(r"statics\.teams\.cdn\.office\.net/[\w./-]*safelinks[\w./-]*", "url", _UP),
    _wrapper(r"[\w.-]*safelink\.emails\.azure\.net/redirect", "destination", _KA),
    # Proofpoint: URL Defense, URL Isolation.
    _wrapper(r"urldefense(?:\.proofpoint)?\.\w+/v1/url", "u", _PP),
    _wrapper(r"urldefense(?:\.proofpoint)?\.\w+/v2/url", "u", _PP, encoding=_DASHES),
    _wrapper(r"urldefense(?:\.proofpoint)?\.\w+/v3/__", "", _PP, _DOLLAR),
    _wrapper(r"urlisolation\.com/browser", "url", _UP),
    # Check Point, before that Avanan; SonicWall too.
    _wrapper(r"\w+\.url-protection\.com/v1/(?:r\d+/)?url", "o", _UP),
    _wrapper(r"(?:url\.avanan\.click|\w+\.checkpoint\.com)/v2/(?:r\d+/)?___", "", _CP, _DOTTED),
    # Sophos writes base64.
    _wrapper(r"[\w.-]+\.protection\.sophos\.com", "u", _UP),
    _wrapper(r"linkprotect\.cudasvc\.com(?:/url)?", "a", _BR, _COMMAS),
    _wrapper(r"secure-web\.cisco\.com/[\w~-]+/", "", _UP),
    _wrapper(r"[\w.-]+\.trendmicro\.\w+(?::\d+)?/wis/clicktime/v\d/query", "url", _UP),
    _wrapper(r"[\w-]+\.check\.trendmicro\.\w+", "url", _AR),
    # FireEye, now Trellix.
    _wrapper(r"protect[\w-]*\.(?:fireeye|trellix)\.com/(?:v\d/)?url", "u", _KA),
    _wrapper(r"clicktime\.symantec\.com/[\w/-]+=?", "u", _SY),
    # FortiMail, on the customer's own host.
    _wrapper(r"[\w.-]+(?::\d+)?/fmlurlsvc", "url", _UP),
    _wrapper(r"atpscan\.global\.hornetsecurity\.com", "u", _UP),
    _wrapper(r"[\w.-]+\.vadesecure\.com/[\w/]+", "u", _UP),
    _wrapper(r"scanmail\.trustwave\.com", "u", _UP),
    _wrapper(r"[\w.-]*esvalabs\.com", "u", _UP),
    _wrapper(r"link\.edgepilot\.com/[\w/-]+", "u", _UP),
    _wrapper(r"linklock\.titanhq\.com/analyse", "url", _UP),
    _wrapper(r"scanner\.topsec\.com", "u", _UP),
    _wrapper(r"[\w.-]+\.menlosecurity\.com/(?:\d+/\d+/)?", "", _EA),
    # Web mail programs, which hide where a reader comes from, or warn.
    _wrapper(r"(?:www\.)?google\.[a-z.]+/url", "(?:q|url)", _UP),
    _wrapper(r"deref-[\w-]+\.[a-z.]+/mail/client/[\w/-]*dereferrer", "redirectUrl", _UP),
    _wrapper(r"3c[\w-]*\.[a-z.]+/mail/client/[\w/-]*dereferrer", "redirectUrl", _UP),
    _wrapper(r"(?:checklink|e|win)\.mail\.ru/(?:proxy|cgi-bin/link)", "url", _UP),
    _wrapper(r"click\.(?:my\.)?mail\.ru/redir", "u", _UP),
    _wrapper(r"(?:ex)?mail\.qq\.com/cgi-bin/\w+", "(?:url|gourl)", _AR),
    _wrapper(r"mail\.yandex\.\w+/re\.jsx", "l", _UP),
    _wrapper(r"sba\.yandex\.net/redirect", "url", _AR),
    _wrapper(r"mail\.rambler\.ru/m/redirect", "url", _UP),
    _wrapper(r"zasobygwp\.pl/redirect", "url", _UP),
    _wrapper(r"redir\.netcentrum\.cz", "url", _UP),
    _wrapper(r"[\w.-]+/horde/(?:services|util)/go\.php", "url", _UP),
    # The pictures of Mail.ru.
    _wrapper(r"proxy\.imgsmail\.ru", r"url\d*", _AR, encoding=_BARE_BASE64),
)
