from odoo import api, models

from .mail_engagement_mailbox import PROBE


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """A mailbox's test message that the gateway brings has arrived, and makes no document."""
        name = message_dict.get("message_id") or ""
        if PROBE not in name:  # costs other mails no query
            return super().message_route(message, message_dict, *args, **kwargs)
        # sudo: the gateway acts for nobody.
        mailboxes = self.env["mail.engagement.mailbox"].sudo()
        probed = mailboxes.search(
            [
                ("probe", "=", name),
                ("test_state", "=", "waiting"),
                ("incoming_method", "!=", "none"),
            ]
        )
        if probed:
            probed._engagement_came_back()
            return []
        return super().message_route(message, message_dict, *args, **kwargs)
