import logging

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.mail import decode_message_header, email_normalize, unfold_references

from ...tools.auto_reply import is_auto_reply
from ...tools.body.restore import restore
from ...tools.why import why

_logger = logging.getLogger(__name__)

# As many of them as Odoo itself looks at.
REFERENCES = 32
# Where the sender stands after a group, such as Google's, put its own address into From.
SENDERS = ("X-Original-Sender", "X-Original-From", "Reply-To")


class MailThread(models.AbstractModel):
    """What comes in by mail or on the portal: replies, and quotes of our mails."""

    _inherit = "mail.thread"

    def message_post(self, *args, **kwargs):
        """Count what a customer posts on the portal as an answer."""
        message = super().message_post(*args, **kwargs)
        # What a colleague posts is no answer, also when they post it for a customer.
        if not self.env.user._is_internal() and self.env["res.company"]._engagement_is_on():
            try:
                with self.env.cr.savepoint():
                    # sudo: the customer knows nothing of what is followed.
                    self._engagement_receive_post(message.sudo())
            except Exception as error:
                _logger.error("Message %s was not counted as an answer: %s", message.id, why(error))
        return message

    @api.model
    def _engagement_receive_post(self, message):
        """Count what somebody wrote on the page that a mail led to: an answer to the last mail
        about the document that they got."""
        author = message.author_id
        if not author or message.message_type != "comment":
            return
        theirs = Domain("partner_id", "=", author.id)
        if author.email_normalized:
            theirs |= Domain("email_normalized", "=", author.email_normalized)
        # An anonymous mail names nobody: only their notification says that they got it.
        theirs |= Domain("is_anonymous", "=", True) & Domain(
            "message_id.notification_ids.res_partner_id", "=", author.id
        )
        message.env["mail.engagement.tracking"].search(
            Domain("model", "=", message.model) & Domain("res_id", "=", message.res_id) & theirs,
            order="sent_at DESC, is_anonymous, id DESC",
            limit=1,
        )._engagement_replied(message.message_id)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        references = self._engagement_references(message_dict)
        author = message_dict.get("author_id")
        address = email_normalize(message_dict.get("email_from"))
        reply_id = message_dict.get("message_id")
        result = super()._message_route_process(message, message_dict, routes)
        if routes and references and self.env["res.company"]._engagement_is_on():
            try:
                with self.env.cr.savepoint():
                    self._engagement_receive_reply(message, references, reply_id, author, address)
            except Exception as error:
                _logger.error("Reply %s is here, but was not counted: %s", reply_id, why(error))
        return result

    @api.model
    def _engagement_references(self, message_dict):
        """The Message-Ids that a mail answers, the direct one first, then the newest first."""
        direct = unfold_references(message_dict.get("in_reply_to") or "")
        others = unfold_references(message_dict.get("references") or "")
        return [*dict.fromkeys([*direct, *reversed(others)])][:REFERENCES]

    @api.model
    def _engagement_receive_reply(self, message, references, reply_id, author_id, address):
        """Count a reply for the recipient who sent it; an automatic one counts for nothing.

        :param list[str] references: Message-Ids that it answers, the direct answer first
        :param int author_id: the contact whom Odoo took it to be from, if any
        :param str address: normalized, that Odoo took it to be from
        """
        # sudo: the mail gateway acts for the recipient.
        trackings = self.env["mail.engagement.tracking"].sudo()
        senders = [email_normalize(decode_message_header(message, name)) for name in SENDERS]
        tracking = trackings._engagement_referenced(references)._engagement_of(
            author_id, [known for known in (address, *senders) if known]
        )
        if tracking:
            subject = tracking.subject or tracking.message_id.record_name or ""
            hints = ("auto_reply",) if is_auto_reply(message, subject) else ()
            tracking._engagement_replied(reply_id, hints)

    @api.model
    def _message_parse_extract_payload_postprocess(self, message, payload_dict):
        """Take our pixel out of what the customer quotes, and lead our links straight again.

        Otherwise each reader of the chatter would be taken for the customer.
        """
        try:
            keyring = self.env["mail.engagement.key"]._engagement_keyring()
            body = type(payload_dict["body"])(restore(str(payload_dict["body"]), keyring))
            payload_dict = {**payload_dict, "body": body}
        except Exception as error:
            _logger.error("A quoted mail is shown as it came: %s", why(error))
        return super()._message_parse_extract_payload_postprocess(message, payload_dict)
