import logging
from contextlib import contextmanager

from odoo import models

_logger = logging.getLogger(__name__)
UNRECORDED = "What became of message %s will not be shown"


class MailMail(models.Model):
    """Where mails get their pixel and links, and where it is written down that they left.

    Nothing here may cost a mail. What reads does so before the SMTP dialogue and in a savepoint (an
    aborted transaction would send the mail twice), what writes does so after it, in one statement
    with a savepoint of its own, and on any error the original goes out.
    """

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        settings = self._engagement_settings()
        if not settings:
            return emails
        with self._engagement_carefully("Message %s leaves without being followed"):
            outgoing = self.env["mail.engagement.outgoing"]._engagement_prepare(
                self, emails, settings
            )
            self._engagement_minted()[self.id] = outgoing._replace(emails=[])
            emails = outgoing.emails
        return emails

    def _postprocess_sent_message(self, success_pids, success_emails, *args, **kwargs):
        failure = kwargs.get("failure_type") or (len(args) > 1 and args[1])
        for mail in self:
            mail._engagement_record(success_pids, success_emails, failure)
        return super()._postprocess_sent_message(success_pids, success_emails, *args, **kwargs)

    def _engagement_record(self, success_pids, success_emails, failure):
        """Write the recipients' rows of one mail that left, or did not."""
        outgoing = self._engagement_minted().pop(self.id, None)
        mailer = self.env["mail.engagement.outgoing"]
        if outgoing is None and failure and (settings := self._engagement_settings()):
            with self._engagement_carefully(UNRECORDED):
                outgoing = mailer._engagement_unprepared(self, settings)
        if outgoing is None:
            return
        try:
            mailer._engagement_record(outgoing, success_pids, success_emails, failure)
        except Exception:
            _logger.exception(UNRECORDED, self.message_id)
        changed = ["engagement_tracking_ids", "engagement"]
        self.mail_message_id.invalidate_recordset(changed, flush=False)

    @contextmanager
    def _engagement_carefully(self, complaint):
        """Whatever fails inside is undone and logged; the mail goes its way.

        Only what was to be written before fails as it would without us: a query in here may have
        flushed it, and it would be lost with the savepoint.

        :param str complaint: for the log, with ``%s`` for the ``Message-Id``
        """
        dirty = self.env.transaction.field_dirty
        pending = {field: set(ids) for field, ids in dirty.items()}
        try:
            with self.env.cr.savepoint(flush=False):
                yield
        except Exception:
            if any(not ids <= set(dirty.get(field, ())) for field, ids in pending.items()):
                raise
            _logger.exception(complaint, self.message_id)

    def _engagement_minted(self):
        """What awaits the end of the SMTP dialogue in this transaction: Outgoing by mail id.

        A mail is prepared and recorded in one transaction; several may be in between.
        """
        return self.env.cr.cache.setdefault("mail_engagement", {})

    def _engagement_settings(self):
        """The company's settings where this mail is to be followed, else None. Costs no query
        unless only enabled mailboxes are followed.

        :rtype: res_company.Settings | None
        """
        if self.engagement_follow == "skip" or ("mailing_id" in self and self.mailing_id):
            return None
        company = self.record_company_id or self.create_uid.company_id or self.env.company
        settings = company._engagement_settings(company.id)
        if not settings.enabled or not (settings.follow or self.engagement_follow == "follow"):
            return None
        if settings.only_mailboxes and not self.env[
            "mail.engagement.mailbox"
        ]._engagement_is_enabled(self.author_id):
            return None
        return settings
