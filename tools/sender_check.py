"""Will the mails of a domain arrive? What its DNS says of who may send for it. No ORM.

SPF (RFC 7208) is asked as a receiver asks, by pyspf; of DMARC (RFC 7489 §6.6.3) no more is read
than whether receivers find one record that they can use. DKIM's keys have names that only a signed
mail tells: see ``authentication.py``.
"""

import warnings
from collections.abc import Iterable, Iterator

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver, get_default_resolver

from .finding import ATTENTION, FAILED, OK, Finding
from .suffixes import SUFFIXES

# Seconds for all questions about a domain's SPF, and for another one.
PATIENCE, TIMEOUT = 10, 2.0
# A company writes from a few domains; each takes some questions.
MOST_DOMAINS = 10
# Of no server anywhere (RFC 5737): a domain that lets it send lets anybody.
NOBODY = "203.0.113.1"
POLICIES = ("none", "quarantine", "reject")


def check(domains: Iterable[str]) -> list[Finding]:
    """SPF and DMARC of each domain, by the name servers of this machine."""
    resolver = get_default_resolver()
    found = []
    for domain in sorted(set(domains))[:MOST_DOMAINS]:
        try:
            # The one that gives up sooner is asked first.
            dmarc = _check_dmarc(domain, resolver)
            found += [_check_spf(domain), dmarc]
        except DNSException:
            # That there is nothing would be an answer.
            found.append(Finding("domain_unread", ATTENTION, {"domain": domain}))
    return found


def _check_spf(domain: str) -> Finding:
    """Whether the domain says which servers send for it, and so that receivers can use it."""
    import spf  # noqa: PLC0415 only administrators ask

    shown = {"domain": domain}
    asked = {"i": NOBODY, "s": f"postmaster@{domain}", "h": domain, "querytime": PATIENCE}
    with warnings.catch_warnings():
        # Of the old name of a function of dnspython's, with a stack in Odoo's log each time.
        warnings.simplefilter("ignore", DeprecationWarning)
        result, reason = spf.check2(**asked)
    if result == "temperror":
        raise DNSException(reason)  # type: ignore[no-untyped-call]
    if result == "permerror":
        error = reason.removeprefix("SPF Permanent Error: ")
        return Finding("spf_bad", FAILED, {**shown, "error": error})
    if result == "pass":
        return Finding("spf_anybody", FAILED, shown)
    if result == "none":
        return Finding("spf_none", ATTENTION, shown)
    return Finding("spf", OK, shown)


def _check_dmarc(domain: str, resolver: Resolver) -> Finding:
    """Whether the domain, or the one that it is below, says what to do with mails that are not its
    own.
    """
    shown = {"domain": domain}
    for name in dict.fromkeys([domain, SUFFIXES.privatesuffix(domain) or domain]):
        records = [
            text for text in _texts(f"_dmarc.{name}", resolver) if text.startswith("v=DMARC1")
        ]
        if len(records) > 1:
            return Finding("dmarc_several", FAILED, shown)
        if records:
            policy = dict(_tags(records[0])).get("p", "")
            code, level = ("dmarc", OK) if policy in POLICIES else ("dmarc_bad", FAILED)
            return Finding(code, level, {**shown, "policy": policy})
    return Finding("dmarc_none", ATTENTION, shown)


def _texts(name: str, resolver: Resolver) -> list[str]:
    """:raises DNSException: the name servers do not answer"""
    try:
        answer = resolver.resolve(name, "TXT", lifetime=TIMEOUT)
    except (NXDOMAIN, NoAnswer):
        return []
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


def _tags(record: str) -> Iterator[tuple[str, str]]:
    for tag in record.split(";"):
        name, _equals, value = tag.partition("=")
        yield name.strip().lower(), value.strip().lower()
