"""What a mail server reports of each recipient."""

import base64
import quopri
import re
from email import message_from_bytes, message_from_string, policy

import pytest
from hypothesis import given, settings, strategies as st
from mail_engagement.tools.delivery_status import outcomes, returned_ids

CARLA, CHEN = "carla@customer.example", "chen@customer.example"
OURS = "<1234.567-openerp-8-crm.lead@seller.example>"


def report(*groups, kind="message/delivery-status", fields="", returned="", rules=policy.SMTP):
    """A delivery report with these groups of fields behind that of the whole message."""
    body = "\n\n".join(["Reporting-MTA: dns; mx.customer.example", *groups])
    if "base64" in fields:
        body = base64.encodebytes(body.encode()).decode()
    elif "quoted" in fields:
        body = quopri.encodestring(body.encode()).decode()
    text = (
        "From: MAILER-DAEMON@customer.example\nSubject: Report\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        "--B\nContent-Type: text/plain\n\nWords\n"
        f"--B\nContent-Type: {kind}\n{fields}\n{body}\n"
        f"{returned}\n--B--\n"
    )
    return message_from_bytes(text.encode(), policy=rules)


def group(address=CARLA, action="failed", status="5.1.1", original=None):
    lines = [f"Original-Recipient: {original}"] if original else []
    lines += [f"Final-Recipient: rfc822; {address}"] if address else []
    lines += [f"Action: {action}"] if action else []
    lines += [f"Status: {status}"] if status else []
    return "\n".join(lines)


def failed(message):
    """The addresses that a mail did not reach, as written."""
    return [
        (outcome.original or outcome.final)[0] for outcome in outcomes(message) if outcome.is_failed
    ]


@pytest.mark.parametrize(
    ("action", "status", "is_failed"),
    [
        ("failed", "5.1.1", True),
        ("Failed", "5.1.1", True),
        ("failed", "4.4.7", True),  # tried for days, given up
        ("failed", None, True),
        ("failed (user unknown)", "5.1.1", True),
        ("failed\n (folded)", "5.1.1", True),
        ("error", "5.0.0", True),  # OpenSMTPD
        (None, "5.2.2", True),
        ("delayed", "4.4.1", False),
        ("Delayed", "4.4.1", False),
        ("delayed", "5.4.1", False),
        ("delayed (will retry)", None, False),
        ("delivered", "2.0.0", False),
        ("relayed", "2.0.0", False),
        ("expanded", "2.0.0", False),
        (None, "4.2.2", False),
        (None, "2.1.5", False),
        (None, None, False),
        ("unheard-of", "5.1.1", False),
    ],
)
@pytest.mark.parametrize("rules", [policy.SMTP, policy.default, policy.compat32])
def test_action(action, status, is_failed, rules):
    (outcome,) = outcomes(report(group(action=action, status=status), rules=rules))
    assert outcome.is_failed == is_failed
    assert outcome.final == (CARLA,)


def test_each_recipient_has_their_own():
    message = report(
        group(CARLA, "delayed", "4.4.1"),
        group(CHEN),
        group("expanded@customer.example", "expanded", "2.0.0"),
    )
    assert [outcome.action for outcome in outcomes(message)] == ["delayed", "failed", "expanded"]
    assert failed(message) == [CHEN]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z]{1,8}", fullmatch=True),
            st.sampled_from(["failed", "delayed", "delivered", "relayed", "expanded"]),
        ),
        max_size=5,
    ),
    st.sampled_from(["message/delivery-status", "message/global-delivery-status"]),
    st.sampled_from(["", "Content-Transfer-Encoding: base64\n"]),
)
def test_any_recipients(people, kind, fields):
    """In any number and order, each has what their group says."""
    groups = [group(f"{name}@customer.example", action, None) for name, action in people]
    found = outcomes(report(*groups, kind=kind, fields=fields))
    assert [(outcome.final[0].partition("@")[0], outcome.action) for outcome in found] == people
    assert [outcome.is_failed for outcome in found] == [word == "failed" for _name, word in people]


@pytest.mark.parametrize(
    ("written", "spellings"),
    [
        ("rfc822; carla@customer.example", (CARLA,)),
        ("RFC822;Carla@Customer.example", (CARLA,)),
        ("rfc822 ; <carla@customer.example>", (CARLA,)),
        ("<carla@customer.example>", (CARLA,)),
        ("carla@customer.example", (CARLA,)),
        ("rfc822; carla@customer.example (Carla)", (CARLA,)),
        ("rfc822;\n carla@customer.example", (CARLA,)),
        (
            "rfc822; carla+2Bodoo@customer.example",
            ("carla+2bodoo@customer.example", "carla+odoo@customer.example"),
        ),
        ("rfc822; carla+odoo@customer.example", ("carla+odoo@customer.example",)),
        (
            "rfc822; a+3Db@customer.example",
            ("a+3db@customer.example", "a=b@customer.example"),
        ),
        ("utf-8; jörg@customer.example", ("jörg@customer.example",)),
        (r"utf-8; j\x{F6}rg@customer.example", ("jörg@customer.example",)),
        (r"UTF-8;\x{E4}\x{4E2D}@\x{4F8B}.example", ("ä中@例.example",)),
        (r"utf-8; a\x{2B}b@customer.example", ("a+b@customer.example",)),
        (r"utf-8; a\x{FFFFFF}@customer.example", (r"a\x{ffffff}@customer.example",)),
        ("rfc822; unknown", ()),
        ("x400; /C=de/S=Rossi", ()),
        ("", ()),
    ],
)
def test_addresses(written, spellings):
    (outcome,) = outcomes(report(group(CHEN, original=written or " ")))
    assert outcome.original == spellings
    assert outcome.final == (CHEN,)


@settings(deadline=None)
@given(
    st.from_regex(r"[!-~]{1,20}", fullmatch=True).filter(
        lambda text: not set(text) & set('"(),:;<>@[\\]')
    )
)
def test_xtext(local):
    """RFC 3461 §4: each sign beyond + and = stands for itself."""
    encoded = "".join(f"+{ord(sign):02X}" if sign in "+=" else sign for sign in local)
    (outcome,) = outcomes(report(group(CHEN, original=f"rfc822;{encoded}@customer.example")))
    assert f"{local}@customer.example".lower() in outcome.original


def test_nobody_named():
    assert outcomes(report("Action: failed\nStatus: 5.1.1")) == []


def test_no_group_of_the_message():
    """Some servers leave it out."""
    text = report().as_string().replace("Reporting-MTA: dns; mx.customer.example", group())
    assert failed(message_from_string(text, policy=policy.SMTP)) == [CARLA]


@pytest.mark.parametrize("kind", ["message/delivery-status", "message/global-delivery-status"])
@pytest.mark.parametrize(
    "fields",
    [
        "",
        "Content-Transfer-Encoding: 8bit\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n",
    ],
)
def test_encodings(kind, fields):
    message = report(
        group(original="utf-8; jörg@customer.example"),
        group(CHEN, "delayed"),
        kind=kind,
        fields=fields,
    )
    assert failed(message) == ["jörg@customer.example"]
    assert len(outcomes(message)) == 2


def test_line_ends():
    text = report(group(), group(CHEN, "delayed")).as_bytes().replace(b"\r\n", b"\n")
    for end in (b"\n", b"\r\n"):
        message = message_from_bytes(text.replace(b"\n", end), policy=policy.SMTP)
        assert failed(message) == [CARLA]
        assert len(outcomes(message)) == 2


def test_report_within_the_returned_mail():
    """The mail that was returned is not what the server reports."""
    inner = report(group(CHEN)).as_string().replace('"B"', '"I"').replace("--B", "--I")
    returned = f"--B\nContent-Type: message/rfc822\n\n{inner}"
    assert failed(report(group(), returned=returned)) == [CARLA]


def test_report_that_a_gateway_wrapped():
    outer = message_from_string(
        'Content-Type: multipart/mixed; boundary="O"\n\n--O\n'
        + report(group()).as_string()
        + "\n--O\nContent-Type: text/plain\n\nDisclaimer\n--O--\n",
        policy=policy.SMTP,
    )
    assert failed(outer) == [CARLA]


@pytest.mark.parametrize(
    "text",
    [
        # read receipt
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=B\n\n--B\n"
        "Content-Type: message/disposition-notification\n\n"
        f"Original-Recipient: rfc822;{CARLA}\nFinal-Recipient: rfc822;{CARLA}\n"
        f"Original-Message-ID: {OURS}\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n\n--B--\n",
        # abuse report
        "Content-Type: multipart/report; report-type=feedback-report; boundary=B\n\n--B\n"
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
        f"Original-Rcpt-To: {CARLA}\n\n--B--\n",
        # no report at all
        "Content-Type: text/plain\n\nAction: failed\n",
        "Content-Type: multipart/report; boundary=B\n\n--B--\n",
        "Content-Type: message/delivery-status\n\n",
        "",
    ],
)
def test_no_delivery_report(text):
    assert outcomes(message_from_string(text, policy=policy.SMTP)) == []


def test_failed_recipients_of_exim():
    text = f"X-Failed-Recipients: {CARLA}, {CHEN}\nX-Failed-Recipients: A@b.example\n\nWords\n"
    assert failed(message_from_string(text)) == [CARLA, CHEN, "a@b.example"]


QMAIL = f"""From: MAILER-DAEMON@mx.customer.example
Subject: failure notice

Hi. This is the qmail-send program at mx.customer.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<{CARLA}>:
Sorry, no mailbox here by that name. (#5.1.1)

<Chen@customer.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 unknown

--- Below this line is a copy of the message.

Return-Path: <bounce@seller.example>
Message-ID: {OURS}
Subject: Offer

<third@customer.example>:
Dear all
"""


YAHOO = "Sorry, we were unable to deliver your message to the following address."


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("rules", [policy.SMTP, policy.compat32])
@pytest.mark.parametrize("start", [QMAIL[QMAIL.index("Hi.") : QMAIL.index("\n\n<")], YAHOO])
def test_text_of_qmail(rules, end, start):
    text = re.sub(r"Hi\. (.|\n)*?addresses\.", start, QMAIL)
    message = message_from_string(text.replace("\n", end), policy=rules)
    assert failed(message) == [CARLA, CHEN]
    assert returned_ids(message) == [OURS]


def test_text_that_resembles_qmails():
    text = QMAIL.replace("Hi. This is", "Hello,\n\n> Hi. This is")
    assert failed(message_from_string(text)) == []


def test_report_stands_above_failed_recipients():
    message = report(group(action="delayed"))
    message["X-Failed-Recipients"] = CARLA
    assert failed(message) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("message/rfc822", "Message-ID"),
        ("message/global", "Message-Id"),
        ("text/rfc822-headers", "Message-Id"),
        ("message/global-headers", "Message-Id"),
        ("message/rfc822", "X-Microsoft-Original-Message-ID"),
    ],
)
def test_returned_mail(kind, name):
    returned = f"--B\nContent-Type: {kind}\n\nSubject: Offer\n{name}:\n {OURS}\n\nHello\n"
    assert returned_ids(report(group(), returned=returned)) == [OURS]


def test_returned_mail_whose_id_a_server_replaced():
    """Odoo writes it as the last of its References for that. What it answers is not returned."""
    theirs = "<0100018f@email.amazonses.example>"
    returned = (
        f"--B\nContent-Type: message/rfc822\n\nMessage-ID: {theirs}\n"
        f"References: <older@seller.example>\n {OURS}\n\nHello\n"
    )
    assert returned_ids(report(group(), returned=returned)) == [theirs, OURS]


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_returned_mail_in_an_encoding(encoding):
    """RFC 2046 §5.2.1 forbids it, some servers do it."""
    mail = f"Message-Id: {OURS}\nSubject: Grüße\n\nHello\n".encode()
    text = (base64.encodebytes if encoding == "base64" else quopri.encodestring)(mail).decode()
    returned = f"--B\nContent-Type: message/rfc822\nContent-Transfer-Encoding: {encoding}\n\n{text}"
    assert returned_ids(report(group(), returned=returned)) == [OURS]


def test_id_in_the_report_alone():
    """Google's names it, whatever it returns of the mail."""
    text = report(group()).as_string()
    named = text.replace("Reporting-MTA:", f"X-Original-Message-ID: {OURS}\nReporting-MTA:")
    assert returned_ids(message_from_string(named, policy=policy.SMTP)) == [OURS]


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data):
    for rules in (policy.SMTP, policy.compat32):
        for head in (b"", b"Content-Type: message/delivery-status\n\n"):
            message = message_from_bytes(head + data, policy=rules)
            outcomes(message)
            returned_ids(message)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["Action: failed", "Action", ":", "", " x", "Final-Recipient: ;", "\0"])
    ),
    st.sampled_from(["7bit", "8bit", "base64", "quoted-printable", "x-none"]),
    st.text(max_size=20),
)
def test_broken_groups(lines, encoding, noise):
    text = (
        'Content-Type: multipart/report; boundary="B"\n\n--B\n'
        "Content-Type: message/delivery-status\n"
        f"Content-Transfer-Encoding: {encoding}\n\n" + "\n".join([*lines, noise])
    )
    message = message_from_bytes(text.encode("utf-8", "replace"), policy=policy.SMTP)
    assert failed(message) == []
