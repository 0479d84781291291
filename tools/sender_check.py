"""Will the mails of a domain arrive? What its DNS says of who may send for it. No ORM.

SPF (RFC 7208) and DMARC (RFC 9989) are read by checkdmarc. DKIM's keys have names that only a
signed mail tells: see ``authentication.py``.
"""

from collections.abc import Iterable

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver, get_default_resolver

from .finding import ATTENTION, FAILED, OK, Finding

# Seconds for a question to the name servers.
TIMEOUT = 2.0
# A company writes from a few domains; each takes some questions.
MOST_DOMAINS = 10


def check(domains: Iterable[str], resolver: Resolver | None = None) -> list[Finding]:
    """SPF and DMARC of each domain.

    :param resolver: to ask; by default the machine's own
    """
    # Takes half a second, and only administrators ask.
    from checkdmarc import utils  # noqa: PLC0415

    # Whoever changed their DNS asks again at once.
    utils.DNS_CACHE.clear()
    resolver = resolver or get_default_resolver()
    found = []
    for domain in sorted(set(domains))[:MOST_DOMAINS]:
        if _is_answered_for(domain, resolver):
            found += [_check_spf(domain, resolver), _check_dmarc(domain, resolver)]
        else:
            found.append(Finding("domain_unread", ATTENTION, {"domain": domain}))
    return found


def _is_answered_for(domain: str, resolver: Resolver) -> bool:
    """Whether the name servers say anything; that there is nothing is an answer."""
    try:
        resolver.resolve(domain, "TXT", lifetime=TIMEOUT)
    except (NXDOMAIN, NoAnswer):
        return True
    except DNSException:
        return False
    return True


def _check_spf(domain: str, resolver: Resolver) -> Finding:
    """Whether the domain says which servers send for it, and so that receivers can use it."""
    from checkdmarc import spf  # noqa: PLC0415

    shown = {"domain": domain}
    try:
        record = spf.get_spf_record(domain, resolver=resolver, timeout=TIMEOUT)
    except spf.SPFRecordNotFound:
        return Finding("spf_none", ATTENTION, shown)
    except spf.SPFError as error:
        return Finding("spf_bad", FAILED, {**shown, "error": str(error)})
    if record["parsed"]["all"] == "pass":
        return Finding("spf_anybody", FAILED, shown)
    return Finding("spf", OK, shown)


def _check_dmarc(domain: str, resolver: Resolver) -> Finding:
    """Whether the domain says what to do with mails that are not its own."""
    from checkdmarc import dmarc  # noqa: PLC0415

    shown = {"domain": domain}
    try:
        record = dmarc.get_dmarc_record(domain, resolver=resolver, timeout=TIMEOUT)
    except dmarc.DMARCRecordNotFound:
        return Finding("dmarc_none", ATTENTION, shown)
    except dmarc.DMARCError as error:
        return Finding("dmarc_bad", FAILED, {**shown, "error": str(error)})
    policy = record["parsed"]["tags"].get("p", {"value": "none"})["value"]
    return Finding("dmarc", OK, {**shown, "policy": policy})
