from odoo import Command, models


class MailMail(models.Model):
    """Sends a mail again that Odoo kept because it failed, to one of its recipients alone."""

    _inherit = "mail.mail"

    def _engagement_send_alone(self, partner):
        """To one contact; whoever else is among the recipients may have got theirs.

        :param res.partner partner:
        """
        self.ensure_one()
        alone = self
        if self.recipient_ids != partner or self.email_to or self.email_cc:
            alone = self._engagement_copy(recipient_ids=[Command.set(partner.ids)])
            self.recipient_ids -= partner
            # sudo: as Odoo's own mail queue writes them.
            self.env["mail.notification"].sudo().search(
                [("mail_mail_id", "=", self.id), ("res_partner_id", "=", partner.id)]
            ).mail_mail_id = alone
        alone._engagement_leave()

    def _engagement_send_to(self, address):
        """To one who is no contact.

        :param str address: as it is to stand in To
        """
        self.ensure_one()
        alone = self
        if self.recipient_ids:
            alone = self._engagement_copy(recipient_ids=[Command.clear()])
            self.email_to = False
        alone.email_to = address
        alone._engagement_leave()

    def _engagement_copy(self, **values):
        """The same mail for others, of the same message."""
        message, headers = self.mail_message_id, self.headers
        kept = {"email_to": False, "email_cc": False, "headers": headers}
        return self.copy({**kept, "mail_message_id": message.id, **values})

    def _engagement_leave(self):
        self.mark_outgoing()
        self.send_after_commit()
