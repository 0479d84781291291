import logging
from contextlib import contextmanager

from odoo import models

from ...tools.why import why

_logger = logging.getLogger(__name__)

UNRECORDED = "What became of message %s will not be shown"


class MailMail(models.Model):
    """Gives mails their pixel and links, and writes down that they left.

    Nothing here may cost a mail. Reads happen before the SMTP dialogue, in a savepoint: an aborted
    transaction would send the mail twice. Writes happen after it, in one statement with a savepoint
    of its own. On any error the original goes out, and the log says why, without an address.
    """

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        settings = self._engagement_settings()
        if not settings:
            return emails
        with self._engagement_carefully("Message %s leaves without being followed"):
            if not self._engagement_may_follow(settings):
                return emails
            outgoing = self.env["mail.engagement.outgoing"]._engagement_prepare(
                self, emails, settings
            )
            self._engagement_minted()[self.id] = outgoing._replace(emails=[])
            emails = outgoing.emails
        return emails

    def _postprocess_sent_message(self, success_pids, success_emails, *args, **kwargs):
        failure = kwargs.get("failure_type") or (len(args) > 1 and args[1])
        for mail in self:
            mail._engagement_note_outcome(success_pids, success_emails, failure)
        return super()._postprocess_sent_message(success_pids, success_emails, *args, **kwargs)

    def _engagement_note_outcome(self, success_pids, success_emails, failure):
        """Write the recipients' rows of one mail that left, or did not."""
        outgoing = self._engagement_minted().pop(self.id, None)
        mailer = self.env["mail.engagement.outgoing"]
        if outgoing is None and failure and (settings := self._engagement_settings()):
            with self._engagement_carefully(UNRECORDED):
                if not self._engagement_may_follow(settings):
                    return
                outgoing = mailer._engagement_unprepared(self, settings)
        if outgoing is None:
            return
        is_plain = False
        try:
            is_plain = mailer._engagement_write_rows(
                outgoing, success_pids, success_emails, failure
            )
        except Exception as error:
            _logger.error(f"{UNRECORDED}: %s", self.message_id, why(error))
        self.mail_message_id._engagement_left(is_plain)

    @contextmanager
    def _engagement_carefully(self, complaint):
        """Undo and log what fails inside; the mail goes its way.

        Others' pending writes are flushed before: a query inside would flush them too, and the
        savepoint would undo them. The mail's own state stays pending, as Odoo changes it again.

        :param str complaint: for the log, with ``%s`` for the ``Message-Id``
        """
        transaction = self.env.transaction
        pending = {*transaction.field_dirty, *transaction.tocompute}
        for name in {field.model_name for field in pending} - {self._name}:
            self.env[name].flush_model()
        waiting = {field: [*ids] for field, ids in transaction.field_dirty.items()}
        try:
            with self.env.cr.savepoint(flush=False):
                yield
        except Exception as error:
            for field, ids in waiting.items():
                transaction.field_dirty[field].update(ids)
            _logger.error(f"{complaint}: %s", self.message_id, why(error))

    def _engagement_minted(self):
        """This transaction's mails between preparation and record: Outgoing by mail id.

        A mail is prepared and recorded in one transaction; several may be in between.
        """
        return self.env.cr.cache.setdefault("mail_engagement", {})

    def _engagement_settings(self):
        """The company's settings where this mail is to be followed, else None. Costs no query.

        :rtype: res_company.Settings | None
        """
        if not self.env["res.company"]._engagement_is_on():
            return None
        if ("mailing_id" in self and self.mailing_id) or self._engagement_is_for_colleagues():
            return None
        # The message itself: through the mail each of its fields is computed. sudo: as there.
        message = self.mail_message_id.sudo()
        if not (message.author_id or message.model):
            # Odoo's own answer to a mail that it does not take, say: nobody could see the rest.
            return None
        # Who wrote it is asked last: that is a query.
        company = message.record_company_id or self.create_uid.company_id or self.env.company
        return message._engagement_settings(company)

    def _engagement_is_for_colleagues(self):
        """Whether nobody else gets this mail: nobody is followed then. Costs no query either."""
        people = self.recipient_ids
        others = self.email_to or self.email_cc or any(people.mapped("partner_share"))
        return bool(people) and not others

    def _engagement_may_follow(self, settings):
        return self.author_id._engagement_may_be_followed(settings)
