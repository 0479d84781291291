from odoo import api, models
from odoo.tools import format_datetime

DONE = ("open_count", "click_count", "attachment_open_count", "reply_count")


class MailEngagementTracking(models.Model):
    """What a reminder says of a recipient, and the reminders that are about one."""

    _inherit = "mail.engagement.tracking"

    def action_engagement_remind(self):
        """From the list of followed e-mails."""
        self.ensure_one()
        return self.message_id.action_engagement_remind()

    def _engagement_reminders(self):
        """:rtype: mail.engagement.reminder, of everybody; call it with sudo"""
        names = [name for name in self.mapped("rfc_message_id") if name]
        return self.env["mail.engagement.reminder"].search([("rfc_message_id", "in", names)])

    def _engagement_forget_notes(self):
        """What was noted about their mails, and what activities say of them."""
        reminders = self._engagement_reminders()
        reminders.note = False
        reminders.activity_id.note = False

    @api.model
    def _engagement_sums(self, names):
        """What all recipients of messages, as people, did with them.

        :param list[str] names: Message-Ids
        :return: of each followed one, how many opens, clicks, attachment views and replies
        :rtype: dict[str, list[int]]
        """
        groups = self._read_group(
            [("rfc_message_id", "in", names)],
            ["rfc_message_id"],
            [f"{name}:sum" for name in DONE],
        )
        return {name: sums for name, *sums in groups}

    def _engagement_unanswered(self):
        """:return: those of these mails that no recipient of the message answered"""
        sums = self._engagement_sums(self.mapped("rfc_message_id"))
        return self.filtered(lambda mail: not sums.get(mail.rfc_message_id, [0])[-1])

    def _engagement_so_far(self):
        """What became of one recipient's mail, in a line: “Carla: opened 2 times, last on …”."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        if self.state in ("failed", "bounced", "untracked"):
            parts = [labels[self.state].lower()]
        else:
            parts = [self._engagement_opens_text()]
            if self.click_count:
                parts.append(self.env._("%s link clicks", self.click_count))
            if self.attachment_open_count:
                parts.append(self.env._("%s attachment views", self.attachment_open_count))
            parts.append(self.env._("answered") if self.reply_count else self.env._("no reply"))
        return self.env._(
            "%(name)s: %(what)s",
            name=self._engagement_recipient_name(),
            what=", ".join(parts),
        )

    def _engagement_opens_text(self):
        if self._engagement_is_blind():
            labels = dict(self._fields["opens_unseen"]._description_selection(self.env))
            return self.env._(
                "whether it was opened cannot be seen (%s)", labels[self.opens_unseen]
            )
        if not self.open_count:
            return self.env._("not seen opening it")
        last = format_datetime(self.env, self.last_open_at)
        if self.open_count == 1:
            return self.env._("opened once, on %s", last)
        return self.env._(
            "opened %(count)s times, last on %(last)s", count=self.open_count, last=last
        )
