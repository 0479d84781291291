import logging
import time
from email.utils import parsedate_to_datetime

from odoo import api, models
from odoo.tools.mail import decode_message_header

from ...tools.delivery import COMPLAINED, Report
from ...tools.delivery_status import complaint, outcomes, returned_ids
from ...tools.why import why

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    """What mail servers and providers write of a mail: delivery reports and complaints."""

    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        result = super()._routing_handle_bounce(email_message, message_dict)
        if not self.env["res.company"]._engagement_is_on():
            return result
        try:
            with self.env.cr.savepoint():
                self._engagement_receive_report(email_message, message_dict)
        except Exception as error:
            _logger.error("Report %s is not shown: %s", message_dict.get("message_id"), why(error))
        return result

    @api.model
    def _engagement_receive_report(self, email_message, message_dict):
        """Note what a report says of the recipients that it names, and of nobody else.

        Odoo takes whatever comes to the bounce address for a returned mail: warnings of a delay,
        read receipts, notes of absence and complaints too.

        :param email.message.EmailMessage email_message: what came
        :param dict message_dict: with what Odoo found the reported mail to be
        """
        found, complained = outcomes(email_message), complaint(email_message)
        if not found and not complained:
            return
        # sudo: the mail gateway acts for the server that reports.
        mails = (
            self.env["mail.engagement.tracking"]
            .sudo()
            ._engagement_referenced(
                [
                    *returned_ids(email_message),
                    *(message_dict.get("bounced_msg_ids") or ()),
                    *message_dict["bounced_message"].mapped("message_id"),
                ]
            )
        )
        at = _sent_at(email_message)
        reports = [(mails._engagement_reported(one), one.report(at)) for one in found]
        if complained:
            reports.append((mails._engagement_complaining(complained), Report(COMPLAINED, at)))
        mails._engagement_deliver([pair for pair in reports if all(pair)])

    def _engagement_notify_again(self, message, partner):
        """Send a message once more to one of its recipients, as Odoo sent it before.

        :param mail.message message: of this record
        :param res.partner partner:
        """
        self.ensure_one()
        # sudo: who may send is checked by who calls.
        record = self.sudo()
        recipients = record.env["mail.followers"]._get_recipient_data(
            record, message.message_type, message.subtype_id.id, pids=partner.ids
        )
        # What Odoo noted of the attempt before would stand beside what becomes of this one.
        message.notification_ids.filtered(
            lambda one: one.res_partner_id == partner and one.notification_type == "email"
        ).unlink()
        record._notify_thread_by_email(
            message, [{**recipients[record.id][partner.id], "notif": "email"}]
        )


def _sent_at(message):
    """When a report was written, in seconds since 1970; now where it says none, or one to come."""
    now = int(time.time())
    try:
        return min(
            now, int(parsedate_to_datetime(decode_message_header(message, "Date")).timestamp())
        )
    except (ValueError, TypeError, OverflowError):
        return now
