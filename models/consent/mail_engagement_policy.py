from odoo import api, fields, models

from ...relay.engagement_relay.protocol.token import Policy
from ..core.mail_engagement_audit import POLICY

POLICIES = [
    ("full", "Follow"),
    ("no_ip", "Follow, without address and program"),
    ("anonymous", "Count only, without the person"),
    ("none", "Do not follow"),
]


def level(policy):
    """As a token says it.

    :param str policy: of POLICIES
    :rtype: token.Policy
    """
    return Policy[policy.upper()]


class MailEngagementPolicy(models.Model):
    """What is done in a country with people who have said nothing.

    People who said something are followed, or not, as they said. Without an entry the company's
    own choice holds.
    """

    _name = "mail.engagement.policy"
    _description = "Engagement Policy of a Country"
    _order = "country_id, id"
    _rec_name = "country_id"

    company_id = fields.Many2one(
        "res.company", index=True, ondelete="cascade", help="Empty: every company."
    )
    country_id = fields.Many2one("res.country", "Country", required=True, ondelete="cascade")
    policy = fields.Selection(
        POLICIES, "Contacts Without a Decision", required=True, default="none"
    )
    source = fields.Char("Why", help="The law, and where it stands.")

    _country_unique = models.UniqueIndex(
        "(country_id, COALESCE(company_id, 0))", "A country has one entry."
    )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        for record in records:
            record._engagement_audit(None)
        return records

    def write(self, vals):
        before = {record: record.policy for record in self}
        result = super().write(vals)
        self.env.registry.clear_cache()
        for record, policy in before.items():
            if record.policy != policy:
                record._engagement_audit(policy)
        return result

    def unlink(self):
        for record in self:
            record._engagement_audit(record.policy, gone=True)
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _engagement_audit(self, before, gone=False):
        """Log it for each company that it holds for, of those that ever used this.

        :param str before: the policy until now, None for a new entry
        :param bool gone: whether it goes
        """
        self.ensure_one()
        words = dict(self._fields["policy"]._description_selection(self.env))
        # sudo: an entry of every company is everybody's; the log is written by nobody directly.
        companies = self.company_id or self.env["res.company"].sudo().search(
            [("engagement_tenant", "!=", False)]
        )
        self.env["mail.engagement.audit"].sudo().create(
            [
                {
                    "user_id": self.env.uid,
                    "company_id": company.id,
                    "setting": f"{POLICY}{self.country_id.code}",
                    "old": words.get(before),
                    "new": False if gone else words[self.policy],
                }
                for company in companies
            ]
        )
