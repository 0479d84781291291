"""Which links are followed, and how much of them is kept."""

import pytest
from mail_engagement.tools.body.link_policy import LinkPolicy, same_organisation, stored_url

POLICY = LinkPolicy(frozenset({"odoo.shop.test"}), "https://odoo.shop.test/e", aligned=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.test/offer",
        "http://shop.test",
        "HTTPS://shop.test/x",
        "https://odoo.shop.test/mail/view?model=sale.order&res_id=7&access_token=abc",
        "https://odoo.shop.test/my/orders/7?access_token=abc",
    ],
)
def test_followed(url):
    assert POLICY.follows(url, "View quotation")


@pytest.mark.parametrize(
    "url",
    [
        "", "#top", "mailto:a@b.test", "tel:+81", "sms:+81", "cid:1", "data:text/html,x",
        "/relative", "javascript:alert(1)", "ftp://shop.test", "{{ object.url }}",
        "https://{{ host }}/x",
        "https://user:pass@shop.test/", "https://odoo.shop.test/e/c/token",
        "https://shop.test/unsubscribe?x=1", "https://shop.test/mail/unfollow?x",
        "https://odoo.shop.test/unsubscribe_from_list", "https://odoo.shop.test/r/abc",
        "https://odoo.shop.test/mailing/7/view", "https://shop.test/web/reset_password?token=1",
        "https://shop.test/web/signup?token=1", "https://shop.test/x?auth_signup_token=1",
        "https://shop.test/#/unsubscribe/7", "https://[broken",
    ],
)  # fmt: skip
def test_left_alone(url):
    assert not POLICY.follows(url, "here")


@pytest.mark.parametrize("label", ["https://shop.test", "www.shop.test", "shop.test/offer"])
def test_addresses_as_text(label):
    """Mail clients warn of a link that shows one address and leads to another."""
    assert not POLICY.follows("https://shop.test", label)
    aligned = LinkPolicy(POLICY.own_hosts, POLICY.edge, aligned=True)
    assert aligned.follows("https://shop.test", label)


def test_same_organisation():
    assert same_organisation("mail.shop.co.jp", "shop.co.jp")
    assert not same_organisation("a.co.jp", "b.co.jp")
    assert not same_organisation("", "shop.test")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.test/a?page=2#top", "https://shop.test/a?page=2#top"),
        ("https://shop.test/my/orders/7?access_token=5f2", "https://shop.test/my/orders/7"),
        ("https://shop.test/x?id=7&sig=abc", "https://shop.test/x"),
        ("https://shop.test/x?u=eyJhbGciOiJIUzI1NiJ9abc123", "https://shop.test/x"),
        ("https://shop.test/x#access_token=1", "https://shop.test/x"),
        ("https://user:pass@shop.test/x", "https://shop.test/x"),
        ("https://shop.test/sign/7/9f2c41d0a7b84e55/view", "https://shop.test/sign/7/…/view"),
        ("https://shop.test/d/1BxiMVs0XRA5nFMdKvBd-ZjgmUU", "https://shop.test/d/…"),
        ("https://shop.test/iPhone-15-Pro-Max-256GB", "https://shop.test/iPhone-15-Pro-Max-256GB"),
        (
            "https://shop.test/%E3%82%AA%E3%83%95%E3%82",
            "https://shop.test/%E3%82%AA%E3%83%95%E3%82",
        ),
    ],
)
def test_no_secrets_are_kept(url, kept):
    assert stored_url(url) == kept
