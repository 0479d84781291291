"""Whether a text names an address, and not a longer one around it."""

import pytest
from mail_engagement.tools.body.mention import mentions

ADDRESS = "n_zelda@customer.test"


@pytest.mark.parametrize(
    "text",
    [
        ADDRESS,
        "N_Zelda@Customer.test",
        f"<{ADDRESS}>",
        f"for {ADDRESS}.pdf",
        f"https://shop.test/?to={ADDRESS}&x=1",
        "https://shop.test/?to=n_zelda%40customer.test",
        "https://shop.test/?q=to%3Dn_zelda%40customer.test%26x",
        f"mailto:{ADDRESS}",
    ],
)
def test_named(text):
    assert mentions(text, ADDRESS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "nozelda@customer.test",
        "an_zelda@customer.test",
        "a.n_zelda@customer.test",
        "n_zelda@customer.testing",
        "n_zelda@customer.test-shop.example",
    ],
)
def test_another(text):
    assert not mentions(text, ADDRESS)
