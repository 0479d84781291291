from odoo import models


class MailMessage(models.Model):
    """Tells the page of the test mail what came back."""

    _inherit = "mail.message"

    def _engagement_bus_send(self):
        result = super()._engagement_bus_send()
        # A test mail belongs to no record; its page waits for more than the chip shows.
        for message in self.filtered(lambda message: not message.model):
            users = message.author_id.user_ids.filtered(lambda user: user._is_system())
            users._bus_send("mail_engagement.try", {})
        return result
