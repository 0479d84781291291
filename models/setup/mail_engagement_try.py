from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from ...tools.kinds import KINDS

SHOWN_EVENTS = 5
LINK = "https://www.odoo.com/"


class MailEngagementTry(models.AbstractModel):
    """A mail to oneself, and what comes back of it: the whole way, with real parts."""

    _name = "mail.engagement.try"
    _description = "Test Mail"

    @api.model
    def engagement_send(self, address):
        """Send the administrator a followed mail, though colleagues' mails are not followed.

        :param str address: where to
        :return: what to ask `engagement_state` for
        :rtype: int
        """
        self.env.user._engagement_check_administrator()
        company = self.env.company
        if not company.engagement_enabled:
            raise UserError(self.env._("Switch Email Engagement on first."))
        if not email_normalize(address or ""):
            raise UserError(self.env._("Please enter one e-mail address."))
        file = self.env["ir.attachment"].create(
            {
                "name": self.env._("test.txt"),
                "raw": self.env._("You opened the attachment.").encode(),
                "mimetype": "text/plain",
                "engagement_follow": "follow",
            }
        )
        body = Markup("<p>%s</p><p><a href='%s'>%s</a></p>") % (
            self.env._(
                "This mail tests Email Engagement. Open it, and click the link and the file."
            ),
            LINK,
            self.env._("Click this link"),
        )
        mail = self.env["mail.mail"].create(
            {
                "subject": self.env._("Email Engagement: test mail"),
                "body_html": body,
                "email_to": address,
                "email_from": self.env.user.email_formatted or company.email_formatted,
                "author_id": self.env.user.partner_id.id,
                "record_company_id": company.id,
                "attachment_ids": [fields.Command.link(file.id)],
                "engagement_follow": "follow",
                "auto_delete": False,
            }
        )
        self._engagement_tried().add(mail.id)
        mail.send()
        return mail.id

    @api.model
    def _engagement_tried(self):
        """The ids of this transaction's test mails. Kept where no request reaches them: anybody
        may set a context's keys.

        :rtype: set[int]
        """
        return self.env.cr.cache.setdefault("mail_engagement_try", set())

    @api.model
    def engagement_state(self, mail_id):
        """How far that mail came.

        :rtype: list[dict]: ``code`` (mail, open, click, attachment), ``title``, ``state``
            (waiting, done, failed, off), ``text`` and ``events`` as in the time line
        """
        mail = self._engagement_test_mail(mail_id)
        tracking = mail.mail_message_id.engagement_tracking_ids[:1]
        company = mail.record_company_id
        labels = dict(
            self.env["mail.engagement.event"]._fields["type"]._description_selection(self.env)
        )
        wanted = company._engagement_recorded_types()
        events = tracking.event_ids.filtered("verdict").grouped("type")
        if tracking and events and not company.engagement_tried_at:
            company.engagement_tried_at = fields.Datetime.now()
        steps = [self._engagement_mail_step(mail, tracking)]
        for code in (kind.name for kind in KINDS):
            seen = events.get(code, self.env["mail.engagement.event"])
            steps.append(
                {
                    "code": code,
                    "title": labels[code],
                    "state": "done" if seen else "waiting" if code in wanted else "off",
                    "text": "" if code in wanted else self.env._("Switched off in the settings"),
                    "events": [event._engagement_timeline_line() for event in seen[:SHOWN_EVENTS]],
                }
            )
        return steps

    @api.model
    def _engagement_mail_step(self, mail, tracking):
        state, text = "waiting", self.env._("In the queue")
        if mail.state == "exception" or tracking.state == "failed":
            state, text = "failed", mail.failure_reason or self.env._("The mail server refused it.")
        elif mail.state in ("sent", "received"):
            server = mail.mail_server_id.name or self.env._("the default mail server")
            state = "done"
            text = self.env._("Through %(server)s to %(to)s", server=server, to=mail.email_to)
        return {
            "code": "mail",
            "title": self.env._("The mail left"),
            "state": state,
            "text": text,
            "events": [],
        }

    @api.model
    def engagement_diagnose(self, mail_id):
        """Why nothing came back of a test mail: where the chain broke.

        :rtype: str
        """
        mail = self._engagement_test_mail(mail_id)
        company = mail.record_company_id
        tracking = mail.mail_message_id.engagement_tracking_ids[:1]
        step = self._engagement_mail_step(mail, tracking)
        if step["state"] == "failed":
            return self.env._("The mail did not leave: %s", step["text"])
        if step["state"] == "waiting":
            return self.env._("The mail still waits in the queue. Look at the outgoing servers.")
        if not tracking or tracking.state == "untracked":
            return self.env._(
                "The mail left without being followed: its recipient refuses, or their domain is "
                "excluded. The log of the server says more."
            )
        if not company.engagement_enabled:
            return self.env._("Email Engagement was switched off meanwhile.")
        if unanswered := company._engagement_unanswered():
            return unanswered
        if company.engagement_edge == "relay" and company.engagement_relay_id.health != "well":
            return self.env._(
                "Nothing is heard of the relay. Look whether it runs and reaches this Odoo."
            )
        company.action_engagement_check()
        if complaint := company._engagement_first_complaint(["failed"]):
            return complaint
        return self.env._(
            "Everything up to the recipient answers. Is the mail in your inbox (or among spam), "
            "and did your mail client show its pictures? A click on the link tells more."
        )

    @api.model
    def _engagement_test_mail(self, mail_id):
        self.env.user._engagement_check_administrator()
        mail = self.env["mail.mail"].browse(mail_id).exists()
        if not mail or mail.author_id != self.env.user.partner_id:
            raise AccessError(self.env._("That is not a test mail of yours."))
        # sudo: their own mail, whatever they may read otherwise.
        return mail.sudo()
