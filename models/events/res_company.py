from odoo import fields, models

from ...relay.engagement_relay.protocol import token
from ...tools.judge import Rules

_RULES = Rules()


class ResCompany(models.Model):
    """The windows of the judge, see docs/detection.md; seconds."""

    _inherit = "res.company"

    engagement_open_window = fields.Integer(
        "Opens from Hosting Networks", default=_RULES.open_window, prefetch="engagement"
    )
    engagement_click_window = fields.Integer(
        "Clicks from Hosting Networks", default=_RULES.click_window, prefetch="engagement"
    )
    engagement_open_instant = fields.Integer(
        "Opens from Any Network", default=_RULES.open_instant, prefetch="engagement"
    )
    engagement_click_instant = fields.Integer(
        "Clicks from Any Network", default=_RULES.click_instant, prefetch="engagement"
    )
    engagement_untraced_window = fields.Integer(
        "Clicks without an Open",
        default=_RULES.untraced_window,
        prefetch="engagement",
    )

    _engagement_windows_positive = models.Constraint(
        """CHECK (engagement_open_window >= 0 AND engagement_click_window >= 0
              AND engagement_open_instant >= 0 AND engagement_click_instant >= 0
              AND engagement_untraced_window >= 0)""",
        "A window after sending cannot end before the sending.",
    )

    def _engagement_rules(self):
        """
        :rtype: tools.judge.Rules
        """
        return Rules(
            open_window=self.engagement_open_window,
            click_window=self.engagement_click_window,
            open_instant=self.engagement_open_instant,
            click_instant=self.engagement_click_instant,
            untraced_window=self.engagement_untraced_window,
        )

    def _engagement_knowledge(self):
        """What relays go by: what ships with this version, and what administrators entered.

        :rtype: engagement_relay.detection.knowledge.Knowledge
        """
        return self.env["mail.engagement.knowledge"]._engagement_knowledge()

    def _engagement_salts(self):
        """What Odoo's own edge and the relays make buckets with.

        :return: by company id
        :rtype: dict[int, list[bytes]]
        """
        found = {company.id: [] for company in self}
        for held in self.env["mail.engagement.key"]._engagement_secrets().values():
            if held["company"] in found:
                salts = [token.outer_key(master, "o") for master, _state in held["token"].values()]
                found[held["company"]] = [*([held["uid"]] if held["uid"] else []), *salts]
        return found
