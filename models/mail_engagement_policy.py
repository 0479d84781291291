from odoo import api, fields, models

POLICIES = [
    ("full", "Follow"),
    ("no_ip", "Follow, without address and program"),
    ("anonymous", "Count only, without the person"),
    ("none", "Do not follow"),
]
# As a token says it: relay/engagement_relay/token.py, Policy.
LEVELS = {"none": 0, "anonymous": 1, "no_ip": 2, "full": 3}


class MailEngagementPolicy(models.Model):
    """What is done in a country with people who have said nothing.

    Who said something is followed, or not, as he said. Without an entry the company's own choice
    holds.
    """

    _name = "mail.engagement.policy"
    _description = "Engagement Policy of a Country"
    _order = "country_id, id"
    _rec_name = "country_id"

    company_id = fields.Many2one(
        "res.company", index=True, ondelete="cascade", help="Empty: every company."
    )
    country_id = fields.Many2one("res.country", "Country", required=True, ondelete="cascade")
    policy = fields.Selection(POLICIES, "Who Said Nothing", required=True, default="none")
    source = fields.Char("Why", help="The law, and where it stands.")

    _country_unique = models.UniqueIndex(
        "(country_id, COALESCE(company_id, 0))", "A country has one entry."
    )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
