import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

_logger = logging.getLogger(__name__)

# Reminders in one transaction.
BATCH = 100
OPENS = ("open_count", "click_count", "attachment_open_count", "reply_count")


class MailEngagementReminder(models.Model):
    """When a reminder is due: is it still needed, and then an activity."""

    _inherit = "mail.engagement.reminder"

    @api.depends("state", "reason", "condition", "remind_at")
    def _compute_status(self):
        answers = self._engagement_answers()
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for reminder in self:
            answer = reminder.reason or answers.get(reminder)
            reminder.is_needed = reminder.state != "cancelled" and not (
                reminder.state == "waiting" and answer
            )
            if reminder.state == "reminded":
                reminder.status = self.env._("Reminded")
            elif reminder.is_needed:
                reminder.status = self.env._("Waiting")
            else:
                reminder.status = self.env._("Not needed: %s", reasons[answer].lower())

    def _engagement_answers(self):
        """What has made them needless by now: people's doings only, of any recipient.

        :return: reminder → ``replied`` or ``opened``; those still needed are not in it
        :rtype: dict[mail.engagement.reminder, str]
        """
        watching = self.filtered(lambda one: one.condition != "anyway" and one.rfc_message_id)
        if not watching:
            return {}
        groups = self.env["mail.engagement.tracking"]._read_group(
            [("rfc_message_id", "in", watching.mapped("rfc_message_id"))],
            ["rfc_message_id"],
            [f"{name}:sum" for name in OPENS],
        )
        counts = {name: sums for name, *sums in groups}
        found = {}
        for reminder in watching:
            *opens, replies = counts.get(reminder.rfc_message_id, (0,))
            if replies:
                found[reminder] = "replied"
            elif reminder.condition == "not_opened" and any(opens):
                found[reminder] = "opened"
        return found

    @api.model
    def _cron_engagement_remind(self):
        """Bring what is due, in batches; one that fails is tried again in the next run.

        Two workers never bring the same one: each takes rows that nobody else has locked, and the
        state changes in the same transaction as the activity.
        """
        failed = []
        while True:
            try:
                due = self._engagement_take_due(failed)
            except psycopg2.errors.SerializationFailure:
                _logger.info("Somebody else brought reminders meanwhile, looking again")
                self.env.cr.rollback()
                continue
            if not due:
                return
            for reminder in due:
                try:
                    with self.env.cr.savepoint():
                        reminder._engagement_bring()
                except psycopg2.OperationalError:
                    raise  # the transaction is lost, the next run takes them again
                except Exception:
                    _logger.exception("Reminder %s could not be brought", reminder.id)
                    failed.append(reminder.id)
            self.env["ir.cron"]._commit_progress(len(due))

    @api.model
    def _engagement_take_due(self, without=()):
        """:return: the next that are due, locked; those of other workers are left alone"""
        self.flush_model(["state", "remind_at"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM mail_engagement_reminder
                    WHERE state = 'waiting' AND remind_at <= %s AND id <> ALL(%s)
                    ORDER BY remind_at, id LIMIT %s FOR UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
                list(without),
                BATCH,
            )
        )
        return self.browse([id_ for (id_,) in rows])

    def _engagement_bring(self):
        """An activity for its user, unless it is no longer needed."""
        self.ensure_one()
        reason = self._engagement_answers().get(self)
        user = self._engagement_whom()
        if reason or not user:
            self._engagement_set("cancelled", reason or "left")
        else:
            activity = self._engagement_activity(user)
            self._engagement_set("reminded", activity_id=activity.id, user_id=user.id)
        self._engagement_bus_send(self.message_id)

    def _engagement_whom(self):
        """Its user; where he has left, who is responsible for the record, else his team's leader.

        :rtype: res.users, one or none
        """
        if self.user_id.active:
            return self.user_id
        record = self._engagement_record()
        heirs = self.env["res.users"]
        if record and "user_id" in record._fields and record._fields["user_id"].type == "many2one":
            heirs |= record.user_id
        if record and "team_id" in record._fields:
            heirs |= record.team_id.user_id
        return heirs.filtered("active")[:1]

    def _engagement_record(self):
        """:return: the record that the mail was sent from, or None where it is gone"""
        if not self.res_id or self.model not in self.env:
            return None
        return self.env[self.model].browse(self.res_id).exists() or None

    def _engagement_activity(self, user):
        """An activity on the record, or one of the user's own where the record can have none.

        :rtype: mail.activity
        """
        # In his language and with his rights: he reads no more in it than he might anyway.
        mine = self.with_context(lang=user.lang, tz=user.tz).with_user(user).sudo(False)
        record = mine._engagement_record()
        values = {
            "summary": mine._engagement_summary(self),
            "note": mine._engagement_happened(self),
            "user_id": user.id,
        }
        if record and "activity_ids" in record._fields and record.has_access("read"):
            return record.activity_schedule("mail.mail_activity_data_todo", **values)
        todo = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        return mine.env["mail.activity"].create(
            {
                **values,
                "activity_type_id": todo.id if todo else False,
                "res_model_id": False,
                "automated": True,
                "date_deadline": fields.Date.context_today(mine),
            }
        )

    def _engagement_summary(self, reminder):
        subject = reminder.subject or self.env._("(no subject)")
        if reminder.condition == "no_reply":
            return self.env._("No reply: %s", subject)
        if reminder.condition == "not_opened":
            return self.env._("Not opened: %s", subject)
        return self.env._("Reminder: %s", subject)

    def _engagement_happened(self, reminder):
        """His note, and what became of the mail for each recipient, as HTML."""
        mails = self.env["mail.engagement.tracking"].search(
            [("rfc_message_id", "=", reminder.rfc_message_id)], order="id"
        )
        lines = [mail._engagement_so_far() for mail in mails]
        if not lines:
            lines = [self.env._("What became of this e-mail is not known: it was not followed.")]
        return self.env["ir.qweb"]._render(
            "mail_engagement.reminder_note",
            {"note": reminder.note, "sent_at": mails[:1].sent_at, "lines": lines},
        )


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

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
        if not self.open_count:
            return self.env._("not seen opening it")
        last = format_datetime(self.env, self.last_open_at)
        if self.open_count == 1:
            return self.env._("opened once, on %s", last)
        return self.env._(
            "opened %(count)s times, last on %(last)s", count=self.open_count, last=last
        )
