from odoo import api, fields, models

from .mail_engagement_timeline import ICONS

SHOWN = 20


class MailEngagementAlert(models.Model):
    _inherit = "mail.engagement.alert"

    @api.model
    def engagement_latest(self, limit=SHOWN):
        """What the web client's menu shows.

        :return: ``unread``: how many; ``alerts``: the newest, see ``_engagement_lines``
        :rtype: dict
        """
        mine = [("user_id", "=", self.env.uid)]
        return {
            "unread": self._engagement_unread(),
            "alerts": self.search(mine, limit=limit)._engagement_lines(),
        }

    @api.model
    def engagement_mark_read(self, ids=None):
        """Mark the user's own alerts as read, in all his open web clients.

        :param list[int] ids: of alerts; by default all
        """
        domain = [("user_id", "=", self.env.uid), ("is_read", "=", False)]
        if ids is not None:
            domain.append(("id", "in", ids))
        # sudo: users write nothing of their alerts but this.
        read = self.sudo().search(domain)
        read.write({"is_read": True, "offline": False})
        self.env.user._bus_send(
            "mail_engagement.alert/read", {"ids": read.ids, "unread": self._engagement_unread()}
        )

    @api.model
    def _engagement_unread(self):
        return self.search_count([("user_id", "=", self.env.uid), ("is_read", "=", False)])

    def _engagement_lines(self):
        """The alerts in words, of those mails that the user (still) may read.

        :return: ``id``, ``icon``, ``text``, ``at`` (UTC), ``is_read``, and ``model``, ``res_id``
            of what to open
        :rtype: list[dict]
        """
        self.fetch(["tracking_id", "event_id", "type", "date", "is_read"])
        readable = self.env["mail.engagement.tracking"].search(
            [("id", "in", self.tracking_id.ids)], order="id"
        )
        documents = readable._engagement_documents()
        lines = []
        for alert in self.filtered(lambda alert: alert.tracking_id in readable):
            model, res_id = documents[alert.tracking_id]
            lines.append(
                {
                    "id": alert.id,
                    "icon": ICONS[alert.type],
                    "text": alert._engagement_text(),
                    "at": fields.Datetime.to_string(alert.date),
                    "is_read": alert.is_read,
                    "model": model,
                    "res_id": res_id,
                }
            )
        return lines

    def _engagement_text(self):
        """“Azure Interior opened “Your offer””."""
        tracking = self.tracking_id
        who = tracking._engagement_recipient_name() or self.env._("Somebody")
        mail = tracking.subject or self.env._("your e-mail")
        # The link is the mail's, and that may be read.
        what = self.event_id.sudo().link_id.label
        if self.type == "open":
            return self.env._("%(who)s opened “%(mail)s”", who=who, mail=mail)
        if self.type == "reply":
            return self.env._("%(who)s replied to “%(mail)s”", who=who, mail=mail)
        if self.type == "click":
            return (
                self.env._(
                    "%(who)s clicked “%(what)s” in “%(mail)s”", who=who, what=what, mail=mail
                )
                if what
                else self.env._("%(who)s clicked a link in “%(mail)s”", who=who, mail=mail)
            )
        return (
            self.env._("%(who)s viewed “%(what)s” of “%(mail)s”", who=who, what=what, mail=mail)
            if what
            else self.env._("%(who)s viewed a file of “%(mail)s”", who=who, mail=mail)
        )


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    def _engagement_documents(self):
        """What to open for each of these mails: its record, or where that is gone, what is kept
        of the mail itself.

        :return: model and id
        :rtype: dict[mail.engagement.tracking, tuple[str, int]]
        """
        documents = {tracking: (self._name, tracking.id) for tracking in self}
        for model, trackings in self.grouped("model").items():
            if model in self.env:
                records = self.env[model].browse(set(trackings.mapped("res_id")) - {0})
                found = set(records.exists()._filtered_access("read").ids)
                documents.update({it: (model, it.res_id) for it in trackings if it.res_id in found})
        return documents
