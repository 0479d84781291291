"""Whether mails of a domain arrive, by what its DNS says: a real name server on the loopback."""

import dns.resolver
import pytest
from mail_engagement.tools import sender_check
from mail_engagement.tools.finding import ATTENTION, FAILED, OK

from dev import name_server

ZONE = """
good.test. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.good.test. 60 IN TXT "v=DMARC1; p=reject"
mail.good.test. 60 IN A 192.0.2.1
open.test. 60 IN TXT "v=spf1 +all"
_dmarc.open.test. 60 IN TXT "v=DMARC1; p=none"
wrong.test. 60 IN TXT "v=spf1 ipv4:192.0.2.1 -all"
_dmarc.wrong.test. 60 IN TXT "v=DMARC1; p=perhaps"
two.test. 60 IN TXT "v=spf1 -all"
two.test. 60 IN TXT "v=spf1 mx -all"
_dmarc.two.test. 60 IN TXT "v=DMARC1; p=none"
_dmarc.two.test. 60 IN TXT "v=DMARC1; p=reject"
loop.test. 60 IN TXT "v=spf1 include:loop.test -all"
wide.test. 60 IN TXT "v=spf1 ip4:0.0.0.0/0 -all"
_dmarc.wide.test. 60 IN TXT "v=DMARC1"
deep.test. 60 IN TXT "v=spf1 a mx a:1.test a:2.test a:3.test -all"
silent.test. 60 IN A 192.0.2.1
"""


@pytest.fixture(scope="module", autouse=True)
def names():
    with name_server.answering(ZONE):
        yield


@pytest.mark.parametrize(
    ("domain", "spf", "dmarc"),
    [
        ("good.test", ("spf", OK), ("dmarc", OK)),
        ("mail.good.test", ("spf_none", ATTENTION), ("dmarc", OK)),
        ("open.test", ("spf_anybody", FAILED), ("dmarc", OK)),
        ("wrong.test", ("spf_bad", FAILED), ("dmarc_bad", FAILED)),
        ("two.test", ("spf_bad", FAILED), ("dmarc_several", FAILED)),
        ("wide.test", ("spf_anybody", FAILED), ("dmarc_bad", FAILED)),
        ("deep.test", ("spf_bad", FAILED), ("dmarc_none", ATTENTION)),
        ("loop.test", ("spf_bad", FAILED), ("dmarc_none", ATTENTION)),
        ("silent.test", ("spf_none", ATTENTION), ("dmarc_none", ATTENTION)),
        ("gone.test", ("spf_none", ATTENTION), ("dmarc_none", ATTENTION)),
    ],
)
def test_what_is_found(domain, spf, dmarc):
    found = sender_check.check([domain])
    assert [(it.code, it.level) for it in found] == [spf, dmarc]
    assert {it.params["domain"] for it in found} == {domain}


def test_the_policy_is_told():
    told = [sender_check.check([name])[1].params for name in ("good.test", "open.test")]
    assert [it["policy"] for it in told] == ["reject", "none"]


def test_nobody_answers():
    """Silence of the name servers is no word on the domain."""
    with name_server.answering(ZONE):
        silent = dns.resolver.default_resolver
    before, dns.resolver.default_resolver = dns.resolver.default_resolver, silent
    try:
        assert [it.code for it in sender_check.check(["good.test"])] == ["domain_unread"]
    finally:
        dns.resolver.default_resolver = before


def test_who_mended_it_asks_again_at_once():
    with name_server.answering('shop.test. 60 IN TXT "other"'):
        assert sender_check.check(["shop.test"])[0].code == "spf_none"
    with name_server.answering('shop.test. 60 IN TXT "v=spf1 -all"'):
        assert sender_check.check(["shop.test"])[0].code == "spf"


def test_each_domain_once_and_not_too_many():
    domains = [f"{number}.test" for number in range(30)]
    found = sender_check.check([*domains, *domains])
    assert len(found) == 2 * sender_check.MOST_DOMAINS
