from odoo import api, models

# Told in one mail, newest first; the rest is in the menu.
LINES = 10


class MailEngagementAlert(models.Model):
    _inherit = "mail.engagement.alert"

    @api.model
    def _cron_engagement_alert(self):
        """Tell those who had no web client open, each in one mail or one push notification.

        Said before it is done: who is told is not told again, whatever fails.
        """
        waiting = self._read_group(
            [("offline", "!=", False)], ["user_id", "offline"], ["id:recordset"]
        )
        cron = self.env["ir.cron"]
        for done, (user, how, alerts) in enumerate(waiting, 1):
            alerts.offline = False
            lines = (
                alerts.filtered(lambda alert: not alert.is_read)
                .sorted()
                .with_user(user)
                .with_context(lang=user.lang, tz=user.tz)
                ._engagement_lines()
            )
            if lines:
                tell = self._engagement_mail if how == "mail" else self._engagement_push
                tell(user, lines)
            if not cron._commit_progress(1, remaining=len(waiting) - done):
                return

    @api.model
    def _engagement_mail(self, user, lines):
        """Write to a user; never followed itself.

        :param res.users user:
        :param list[dict] lines: see ``_engagement_lines``
        """
        self = self.with_context(lang=user.lang)
        subject = lines[0]["text"]
        if len(lines) > 1:
            subject = self.env._("%(news)s, and %(count)s more", news=subject, count=len(lines) - 1)
        body = self.env["ir.qweb"]._render(
            "mail_engagement.alert_mail",
            {
                "lines": lines[:LINES],
                "more": len(lines[LINES:]),
                "base": user.get_base_url(),
            },
            minimal_qcontext=True,
        )
        self.env["mail.mail"].create(
            {
                "subject": subject,
                "body_html": body,
                "email_from": user.company_id.email_formatted or user.email_formatted,
                "recipient_ids": user.partner_id.ids,
                "auto_delete": True,
                "engagement_follow": "skip",
            }
        ).send()

    @api.model
    def _engagement_push(self, user, lines):
        """Odoo's own push notification, on the devices where the user allowed them.

        :param res.users user:
        :param list[dict] lines: see ``_engagement_lines``
        """
        self = self.with_context(lang=user.lang)
        thread = self.env["mail.thread"]
        devices, private_key, public_key = thread._web_push_get_partners_parameters(
            user.partner_id.ids
        )
        if not devices:
            return
        body = lines[0]["text"]
        if len(lines) > 1:
            body = self.env._("%(news)s, and %(count)s more", news=body, count=len(lines) - 1)
        payload = {
            "title": self.env._("Email Engagement"),
            "options": {
                "body": body,
                "icon": "/mail_engagement/static/description/icon.png",
                "data": {"model": lines[0]["model"], "res_id": lines[0]["res_id"]},
            },
        }
        thread._web_push_send_notification(
            devices, private_key, public_key, payload=thread._web_push_truncate_payload(payload)
        )
