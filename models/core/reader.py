from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_timedelta
from babel.numbers import format_decimal

from odoo.tools.translate import get_translation

from ...relay.engagement_relay.pages.language import Language


@dataclass(frozen=True)
class Reader:
    """Words for somebody outside, in one of the languages that we speak to them.

    Odoo's own ``env._`` knows only languages that are installed; a company that works in English
    writes to Poles too. What recipients read is therefore text in Python, never in a view, and is
    looked up in ``i18n/`` itself. Of a language that the back office does not speak the file there
    holds these texts only (``dev/i18n.py``).
    """

    language: Language

    def _(self, source, /, *args, **kwargs):
        """As ``env._``."""
        return get_translation("mail_engagement", self.language.code, source, args or kwargs)

    def number(self, number):
        return format_decimal(number, locale=self.language.code)

    def days(self, days):
        """So many days, in words."""
        return format_timedelta(
            timedelta(days=days),
            granularity="day",
            threshold=float("inf"),
            locale=self.language.code,
        )
