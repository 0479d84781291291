from odoo import api, fields, models
from odoo.fields import Domain


class CrmLead(models.Model):
    """Shows on an opportunity the mails that were sent from it, and how warm it is."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "mail.engagement.record.mixin"]

    engagement_tracking_count = fields.Integer(
        "Followed E-mails Count",
        compute="_compute_engagement_tracking_count",
        groups="mail_engagement.group_user",
    )

    @api.model
    def _engagement_record_key(self):
        return "res_id", Domain("model", "=", self._name)

    def _compute_engagement_tracking_count(self):
        if not self.env["res.company"]._engagement_is_on():
            self.engagement_tracking_count = 0
            return
        counts = dict(
            self.env["mail.engagement.tracking"]._read_group(
                [("model", "=", self._name), ("res_id", "in", self.ids)], ["res_id"], ["__count"]
            )
        )
        for lead in self:
            lead.engagement_tracking_count = counts.get(lead.id, 0)

    def action_engagement_tracking(self):
        """The followed e-mails that were sent from this opportunity."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_engagement.mail_engagement_tracking_action"
        )
        domain = [("model", "=", self._name), ("res_id", "in", self.ids)]
        return {**action, "domain": domain, "context": {}}
