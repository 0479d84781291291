from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.kinds import BY_NAME, REFUSED


class MailEngagementEraseWizard(models.TransientModel):
    """Erase what is held on people, with one action."""

    _name = "mail.engagement.erase.wizard"
    _description = "Erase What Was Recorded"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Contacts",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
        context={"active_test": False},
    )
    refuse = fields.Boolean(
        "Do not follow them any more",
        default=True,
        help="Notes a refusal, so that later e-mails are not followed either.",
    )
    mail_count = fields.Integer("E-mails", compute="_compute_counts")
    event_count = fields.Integer("Events", compute="_compute_counts")

    @api.depends("partner_ids")
    def _compute_counts(self):
        for wizard in self:
            # sudo: the number tells how much goes, also of what the user may not read.
            held = self.env["mail.engagement.tracking"].sudo()
            held = held.search(wizard.partner_ids._origin._engagement_held_domain())
            events = self.env["mail.engagement.event"].sudo()
            wizard.mail_count = len(held)
            wizard.event_count = events.search_count([("tracking_id", "in", held.ids)])

    def action_erase(self):
        """Erase, and say how much went.

        :raises AccessError: unless the user is a manager
        """
        self.ensure_one()
        if not self.env.user.has_group("mail_engagement.group_manager"):
            raise AccessError(self.env._("Only managers of Email Engagement erase."))
        self.partner_ids.check_access("write")
        if self.refuse:
            for partner in self.partner_ids:
                partner._engagement_set_consent(
                    dict.fromkeys(BY_NAME, REFUSED),
                    "user",
                    note=self.env._("On erasing what was recorded."),
                )
        count = self.partner_ids._engagement_erase()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("What became of %s e-mails is erased.", count),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
