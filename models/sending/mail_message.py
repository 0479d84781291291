from odoo import api, fields, models

FOLLOW = [("follow", "Follow"), ("skip", "Do not follow")]


class MailMessage(models.Model):
    """Whether a message is followed, its template, and its recipients' rows."""

    _inherit = "mail.message"

    # No default, and no column default either: this is the largest table there is.
    engagement_follow = fields.Selection(
        FOLLOW, "Email Engagement", help="Empty: as the company has set it."
    )
    engagement_template_id = fields.Many2one(
        "mail.template", "From Template", index="btree_not_null", ondelete="set null"
    )
    engagement_tracking_ids = fields.One2many(
        "mail.engagement.tracking",
        "message_id",
        "Followed E-mails",
        groups="mail_engagement.group_user",
    )

    def write(self, vals):
        """A mail leaves by the rules of the company that it was written for."""
        return super().write(self._engagement_allowed(vals))

    @api.model
    def _engagement_allowed(self, values):
        """Leave out of a message's values what the user may not decide. Costs no query.

        Nobody sends by the rules of a company that they do not work for, and only colleagues
        decide whether a mail is followed.

        :param dict values: of a message, as the client sent them
        :rtype: dict
        """
        user, company = self.env.user, values.get("record_company_id")
        refused = {
            "record_company_id": company
            and not self.env.su
            and company not in user._get_company_ids(),
            "engagement_follow": values.get("engagement_follow") and not user._is_internal(),
        }
        return {name: value for name, value in values.items() if not refused.get(name)}
