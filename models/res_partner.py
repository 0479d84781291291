from odoo import fields, models

PREFERENCE = [("granted", "Granted"), ("refused", "Refused")]


class ResPartner(models.Model):
    _inherit = "res.partner"

    engagement_opens = fields.Selection(PREFERENCE, "Follow Opens", prefetch="engagement")
    engagement_clicks = fields.Selection(PREFERENCE, "Follow Clicks", prefetch="engagement")
    engagement_attachments = fields.Selection(
        PREFERENCE, "Follow Attachments", prefetch="engagement"
    )
    engagement_tracking_ids = fields.One2many(
        "mail.engagement.tracking",
        "partner_id",
        "Followed E-mails",
        groups="mail_engagement.group_user",
    )
    engagement_tracking_count = fields.Integer(
        "Followed E-mails Count",
        compute="_compute_engagement_tracking_count",
        groups="mail_engagement.group_user",
    )

    # Every outgoing mail looks its addresses up; Odoo itself has no index for that.
    _email_normalized_engagement_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )

    def _compute_engagement_tracking_count(self):
        counts = dict(
            self.env["mail.engagement.tracking"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.engagement_tracking_count = counts.get(partner, 0)

    def action_engagement_tracking(self):
        """The followed e-mails that this contact received."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_engagement.mail_engagement_tracking_action"
        )
        return {**action, "domain": [("partner_id", "in", self.ids)], "context": {}}
