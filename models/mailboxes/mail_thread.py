from email.message import EmailMessage

from odoo import api, models

from .mail_engagement_mailbox import AUTHENTICATION, PROBE


class MailThread(models.AbstractModel):
    """The mail gateway recognises the test messages that it receives."""

    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """A mailbox's test message that the gateway brings has arrived, and makes no document."""
        name = message_dict.get("message_id") or ""
        # Other mails cost no query. A call by RPC brings no mail that the gateway parsed.
        if PROBE not in name or not isinstance(message, EmailMessage):
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
            probed._engagement_came_back(message.get_all(AUTHENTICATION, []))
            return []
        return super().message_route(message, message_dict, *args, **kwargs)
