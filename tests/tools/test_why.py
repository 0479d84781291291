"""What the log says of an error."""

import pytest
from mail_engagement.tools.why import why


@pytest.mark.parametrize(
    "private",
    [
        "carla@customer.test",
        "https://odoo.test/e/c/AbC",
        "EQEAAAAAaaaa0123456789bcdef-_x",
        "0123456789abcdef0123",
    ],
)
def test_no_address_and_no_token(private):
    """Whatever an exception quotes stays out; what kind it is does not."""
    text = why(ValueError(f"not this one: '{private}', really"))
    assert private not in text
    assert text.startswith("ValueError: not this one:")


def test_where():
    """The place, and of a database's message the first line: the others show the row."""
    said = "refused\nDETAIL: (carla, secret)"
    try:
        raise ValueError(said)
    except ValueError as error:
        text = why(error)
    assert "in test_where" in text
    assert "DETAIL" not in text
