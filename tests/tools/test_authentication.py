"""What receiving servers say of SPF, DKIM and DMARC."""

import pytest
from hypothesis import given, strategies as st
from mail_engagement.tools.authentication import read

GMAIL = """mx.google.com;
       dkim=pass header.i=@shop.test header.s=s1 header.b=abcdefgh;
       spf=pass (google.com: domain of anna@shop.test designates 192.0.2.1 as permitted sender)
        smtp.mailfrom=anna@shop.test;
       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=shop.test"""
EXCHANGE = """spf=softfail (sender IP is 192.0.2.1)
 smtp.mailfrom=shop.test; dkim=fail (body hash did not verify)
 header.d=shop.test;dmarc=fail action=quarantine
 header.from=shop.test;compauth=fail reason=000"""


def test_all_in_order():
    said = read([GMAIL])
    assert (said.server, said.is_in_order, said.wrong) == ("mx.google.com", True, {})


def test_a_server_that_gives_no_name():
    said = read([EXCHANGE])
    assert (said.server, said.is_in_order) == ("", False)
    assert said.wrong == {"spf": "softfail", "dkim": "fail", "dmarc": "fail"}


def test_only_the_server_that_took_it_is_believed():
    """What stands below under another name came with the mail."""
    said = read(["mx.test; spf=fail", "mx.test; dkim=none", "sender.test; dmarc=pass; spf=pass"])
    assert (said.server, said.results) == ("mx.test", {"spf": "fail", "dkim": "none"})


def test_one_good_signature_of_several_is_enough():
    [said] = {read([f"mx.test; {both}"]).results["dkim"] for both in (
        "dkim=fail header.d=list.test; dkim=pass header.d=shop.test",
        "dkim=pass header.d=shop.test; dkim=fail header.d=list.test",
    )}  # fmt: skip
    assert said == "pass"


@pytest.mark.parametrize("fields", [[], [""], ["x;"], ["\0"], ["; spf=pass"], ["mx.test"]])
def test_nothing_is_said(fields):
    assert read(fields) is None


def test_what_was_not_checked_is_not_wrong():
    said = read(["mx.test; none"])
    assert (said.is_in_order, said.wrong) == (False, {})


@given(st.lists(st.text()))
def test_any_text(fields):
    said = read(fields)
    assert said is None or set(said.results) <= {"spf", "dkim", "dmarc"}
