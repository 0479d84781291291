import logging

from odoo import api, models

from ...tools.smtp_answer import KNOWN, ListeningSession
from ...tools.why import why

_logger = logging.getLogger(__name__)

ANSWERS = "mail_engagement_answers"


class IrMailServer(models.Model):
    """Keeps what the mail server answers to a followed mail, until the mail's rows are written."""

    _inherit = "ir.mail_server"

    @api.model
    def send_email(self, message, *args, **kwargs):
        session = self._engagement_listening(kwargs.get("smtp_session"))
        if not session:
            return super().send_email(message, *args, **kwargs)
        try:
            return super().send_email(message, *args, **{**kwargs, "smtp_session": session})
        finally:
            if session.answer:
                answers = self.env.cr.cache.setdefault(ANSWERS, {})
                answers.setdefault(message["Message-Id"], []).append(session.answer)

    @api.model
    def _engagement_listening(self, session):
        """The same session, listened to; None where nothing is followed, or it is no plain one.

        :rtype: ListeningSession | None
        """
        if type(session) not in KNOWN or not self.env["mail.mail"]._engagement_minted():
            return None
        try:
            return ListeningSession.over(session)
        except Exception as error:
            _logger.error("The mail server's answer will not be known: %s", why(error))
            return None
