import hashlib
import logging
import time

from odoo import api, models
from odoo.tools import email_normalize

from ...relay.engagement_relay.protocol.observation import Observation
from ...tools.auto_reply import is_auto_reply
from ...tools.body.restore import restore
from ...tools.why import why

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        references = self._engagement_references(message_dict)
        author = message_dict.get("author_id")
        address = email_normalize(message_dict.get("email_from"))
        reply_id = message_dict.get("message_id")
        result = super()._message_route_process(message, message_dict, routes)
        if routes and references:
            try:
                with self.env.cr.savepoint():
                    self._engagement_receive_reply(message, references, reply_id, author, address)
            except Exception as error:
                _logger.error("Reply %s is here, but was not counted: %s", reply_id, why(error))
        return result

    @api.model
    def _engagement_references(self, message_dict):
        """What a mail answers, the direct answer first."""
        text = f"{message_dict.get('in_reply_to') or ''} {message_dict.get('references') or ''}"
        first, *others = text.split() or [""]
        return [first, *reversed(others)] if first else []

    @api.model
    def _engagement_receive_reply(self, message, references, reply_id, author_id, address):
        """Count a reply for the recipient who sent it; an automatic one counts for nothing.

        :param list[str] references: Message-Ids that it answers, the direct answer first
        :param int author_id: the contact whom Odoo took it to be from, if any
        :param str address: his normalized address
        """
        # sudo: the mail gateway acts for the recipient.
        trackings = self.env["mail.engagement.tracking"].sudo()
        found = trackings.search([("rfc_message_id", "in", references)])
        by_message = found.grouped("rfc_message_id")
        mine = next((by_message[name] for name in references if name in by_message), trackings)
        tracking = mine._engagement_of(author_id, address)
        if not tracking:
            return
        digest = hashlib.sha256(f"{tracking.uid} {reply_id}".encode()).hexdigest()
        seen = Observation(
            uid=digest[:32],
            type="reply",
            mail=tracking.uid,
            sent_at=int(tracking.sent_at.timestamp()),
            policy=3,
            at=time.time(),
            hints=("auto_reply",) if is_auto_reply(message) else (),
        )
        self.env["mail.engagement.event"].sudo()._engagement_insert(tracking.company_id, [seen])
        trackings._engagement_summarise_after_commit()

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        result = super()._routing_handle_bounce(email_message, message_dict)
        try:
            with self.env.cr.savepoint():
                self._engagement_receive_bounce(message_dict)
        except Exception as error:
            _logger.error(
                "Returned mail %s is not shown: %s", message_dict.get("message_id"), why(error)
            )
        return result

    @api.model
    def _engagement_receive_bounce(self, message_dict):
        """Show whom a mail did not reach.

        :param dict message_dict: with what Odoo found the returned mail to be
        """
        # sudo: the mail gateway acts for whoever returned the mail.
        trackings = self.env["mail.engagement.tracking"].sudo()
        returned = trackings.search(
            [
                "|",
                ("rfc_message_id", "in", message_dict.get("bounced_msg_ids") or []),
                ("message_id", "in", message_dict["bounced_message"].ids),
            ]
        )._engagement_of(message_dict["bounced_partner"][:1].id, message_dict.get("bounced_email"))
        returned.filtered(lambda mail: mail.state in ("sent", "untracked")).state = "bounced"
        returned._engagement_counted()

    @api.model
    def _message_parse_extract_payload_postprocess(self, message, payload_dict):
        """Take our pixel out of what the customer quotes and lead our links straight again:
        whoever reads the chatter would fire them otherwise."""
        try:
            with self.env.cr.savepoint(flush=False):
                keyring = self.env["mail.engagement.key"]._engagement_keyring()
            body = type(payload_dict["body"])(restore(str(payload_dict["body"]), keyring))
            payload_dict = {**payload_dict, "body": body}
        except Exception as error:
            _logger.error("A quoted mail is shown as it came: %s", why(error))
        return super()._message_parse_extract_payload_postprocess(message, payload_dict)
