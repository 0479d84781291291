from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class MailEngagementSendAgain(models.TransientModel):
    """Another address for somebody whom a mail did not reach.

    Whoever may not send the mail again reads nothing of it here: no field is computed by sudo.
    """

    _name = "mail.engagement.send.again"
    _description = "Fix the Address"

    tracking_id = fields.Many2one("mail.engagement.tracking", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="tracking_id.partner_id", related_sudo=False)
    subject = fields.Char(related="tracking_id.subject", related_sudo=False)
    why = fields.Char(related="tracking_id.delivery_why", related_sudo=False)
    email = fields.Char(
        "E-mail Address",
        compute="_compute_email",
        compute_sudo=False,
        precompute=True,
        store=True,
        readonly=False,
        required=True,
    )

    @api.depends("tracking_id")
    def _compute_email(self):
        for wizard in self:
            mail = wizard.tracking_id
            wizard.email = mail.partner_id.email or mail.email_normalized

    # Odoo checks constraints by sudo: these ask as who they are.
    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards.tracking_id._engagement_check_may_send()
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self.tracking_id._engagement_check_may_send()
        return result

    def action_save(self):
        """Write the address down, on the contact."""
        self._engagement_save()
        return {"type": "ir.actions.act_window_close"}

    def action_send(self):
        """Write the address down and send the mail there."""
        self._engagement_save()
        address = self.email if not self.partner_id else None
        self.tracking_id._engagement_send_again(address)
        if address:
            # The mail to another address is another one.
            self.tracking_id.action_engagement_done()
        return {"type": "ir.actions.act_window_close"}

    def _engagement_save(self):
        """
        :raises UserError: for what is no address
        :raises AccessError: where the user may not change the contact
        """
        self.ensure_one()
        self.tracking_id._engagement_check_may_send()
        if not email_normalize(self.email):
            raise UserError(self.env._("Please fill in one complete e-mail address."))
        if self.partner_id and self.partner_id.email != self.email:
            self.partner_id.email = self.email
