"""Which addresses lead to one mailbox, however they are written.

Sources: RFC 5233 §1 (what follows a plus is the reader's own),
https://support.google.com/mail/answer/7436150 (dots in Gmail's addresses mean nothing),
the packages email-normalize (Python) and miovisman/normemail (PHP): the names that Apple, Proton
and Yandex give one mailbox, Yahoo's hyphen, Fastmail's subdomains.
"""

import re

import idna

# The domains of one mailbox, under the name of one of them.
_SAME = {
    other: name
    for name, others in {
        "gmail.com": ("googlemail.com",),
        "icloud.com": ("me.com", "mac.com"),
        "proton.me": ("protonmail.com", "protonmail.ch", "pm.me"),
        "yandex.ru": (
            *("ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua"),
            *("narod.ru", "yandex.uz"),
        ),
    }.items()
    for other in others
}
_YAHOO = re.compile(r"(?:yahoo(?:\.com?)?(?:\.[a-z]{2,3})?|ymail\.com|rocketmail\.com)")
_FASTMAIL = re.compile(r"([a-z0-9_]+)\.(fastmail\.(?:com|fm))")


def mailbox(address: str) -> str:
    """What addresses of one mailbox have in common. Only to compare, never to write to.

    >>> mailbox("Carla.Rossi+odoo@googlemail.com")
    'carlarossi@gmail.com'

    :param address: without a name
    """
    local, _at, domain = address.strip().lower().rpartition("@")
    domain = _ascii(domain)
    domain = _SAME.get(domain, domain)
    if inside := _FASTMAIL.fullmatch(domain):
        # An address anything@name.fastmail.com is name's; www is nobody's.
        local, domain = (inside[1], inside[2]) if inside[1] != "www" else (local, domain)
    local = local.partition("+")[0] or local
    if domain == "gmail.com":
        local = local.replace(".", "")
    elif domain == "yandex.ru":
        local = local.replace("-", ".")
    elif _YAHOO.fullmatch(domain):
        local = local.partition("-")[0] or local
    return f"{local}@{domain}"


def domain_of(address: str) -> str:
    """The domain of an address as the DNS has it."""
    return _ascii(address.strip().lower().rpartition("@")[2])


def _ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain
