from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """A mailbox's test message that the gateway brings has arrived, and makes no document."""
        # sudo: the gateway acts for nobody.
        mailboxes = self.env["mail.engagement.mailbox"].sudo()
        probed = mailboxes.search(
            [
                ("probe", "=", message_dict.get("message_id") or ""),
                ("test_state", "=", "waiting"),
                ("incoming_method", "!=", "none"),
            ]
        )
        if probed:
            probed._engagement_came_back()
            return []
        return super().message_route(message, message_dict, *args, **kwargs)
