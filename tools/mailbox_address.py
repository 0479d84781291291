"""Which addresses lead to one mailbox, however they are written.

Sources: RFC 5233 §1 (what follows a plus is the reader's own),
https://support.google.com/mail/answer/7436150 (dots in Gmail's addresses mean nothing).
"""

import idna

GMAIL = ("gmail.com", "googlemail.com")


def mailbox(address: str) -> str:
    """What addresses of one mailbox have in common. Only to compare, never to write to.

    >>> mailbox("Carla.Rossi+odoo@googlemail.com")
    'carlarossi@gmail.com'

    :param address: without a name
    """
    local, _at, domain = address.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    domain = _ascii(domain)
    if domain in GMAIL:
        return f"{local.replace('.', '')}@{GMAIL[0]}"
    return f"{local}@{domain}"


def domain_of(address: str) -> str:
    """The domain of an address as the DNS has it."""
    return _ascii(address.strip().lower().rpartition("@")[2])


def _ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain
