"""Which addresses are one mailbox."""

import pytest
from hypothesis import given, settings, strategies as st
from mail_engagement.tools.mailbox_address import domain_of, mailbox


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("carla+odoo@customer.example", "carla@customer.example"),
        ("carla+odoo@customer.example", "carla+shop@customer.example"),
        ("Carla@Customer.Example", "carla@customer.example"),
        ("carla.rossi@gmail.com", "carlarossi@gmail.com"),
        ("c.a.r.l.a+x@googlemail.com", "carla@gmail.com"),
        ("carla@köln.example", "carla@xn--kln-sna.example"),
        (" carla@customer.example ", "carla@customer.example"),
        ("carla@me.com", "carla@icloud.com"),
        ("carla+x@mac.com", "carla@me.com"),
        ("carla@pm.me", "carla@proton.me"),
        ("carla@protonmail.com", "carla@proton.me"),
        ("carla@ya.ru", "carla@yandex.ru"),
        ("carla-rossi@yandex.com", "carla.rossi@yandex.ru"),
        ("carla-shop@yahoo.com", "carla@yahoo.com"),
        ("carla-shop@yahoo.co.jp", "carla@yahoo.co.jp"),
        ("shop@carla.fastmail.com", "carla@fastmail.com"),
    ],
)
def test_one_mailbox(one, other):
    assert mailbox(one) == mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("carla.rossi@customer.example", "carlarossi@customer.example"),
        ("carla@customer.example", "carla@other.example"),
        ("carla@customer.example", "chen@customer.example"),
        ("+odoo@customer.example", "+shop@customer.example"),
        ("carla-odoo@customer.example", "carla@customer.example"),
        ("carla@straße.example", "carla@strasse.example"),
        ("carla@yahoo.com", "carla@yahoo.fr"),
        ("carla@hotmail.com", "carla@outlook.com"),
        ("carla-shop@notyahoo.com", "carla@notyahoo.com"),
        ("-carla@yahoo.com", "-chen@yahoo.com"),
        ("carla@fastmail.com", "carla@www.fastmail.fm"),
        ("carla.rossi@icloud.com", "carlarossi@icloud.com"),
        ("carla-rossi@yandex.ru", "carlarossi@yandex.ru"),
    ],
)
def test_two_mailboxes(one, other):
    assert mailbox(one) != mailbox(other)


def test_domain():
    assert domain_of("Carla@Köln.example") == "xn--kln-sna.example"


@settings(deadline=None)
@given(st.text(max_size=50))
def test_any_text(text):
    assert mailbox(mailbox(text)) == mailbox(text)
    assert isinstance(domain_of(text), str)
