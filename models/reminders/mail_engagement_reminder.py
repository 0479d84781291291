import logging
from datetime import time, timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

from odoo.addons.mail.tools.discuss import Store

from ...tools.zone import clock
from .mail_engagement_tracking import DONE

_logger = logging.getLogger(__name__)

CONDITIONS = [
    ("no_reply", "If nobody replies by"),
    ("not_opened", "If not opened by"),
    ("anyway", "Anyway on"),
]
REASONS = [
    ("replied", "Answered"),
    ("opened", "Opened"),
    ("left", "Nobody to remind"),
]
DAYS, HOUR = 3, time(9)
# What its owner may say; all else comes from the message or from what happened.
OWN = {"condition", "remind_at", "note"}
# Reminders in one transaction.
BATCH = 100


class MailEngagementReminder(models.Model):
    """What a salesperson wants to be reminded of about one e-mail.

    Whether it is still needed is looked up when it is due, not while events come in. The message
    may be gone by then, so what leads back to the record and to the recipients is kept here too.
    """

    _name = "mail.engagement.reminder"
    _description = "E-mail Reminder"
    _inherit = ["mail.engagement.document.mixin"]
    _order = "remind_at, id"
    _rec_name = "subject"

    user_id = fields.Many2one(
        "res.users",
        "Reminds",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
        ondelete="cascade",
    )
    condition = fields.Selection(CONDITIONS, "Remind Me", required=True, default="no_reply")
    remind_at = fields.Datetime("When", required=True, default=lambda self: self._default_at())
    note = fields.Char()
    state = fields.Selection(
        [("waiting", "Waiting"), ("reminded", "Reminded"), ("cancelled", "Not needed")],
        required=True,
        readonly=True,
        default="waiting",
    )
    reason = fields.Selection(REASONS, "Why Not", readonly=True)
    status = fields.Char(compute="_compute_status", help="As it would be decided now.")
    is_needed = fields.Boolean(compute="_compute_status")
    is_due = fields.Boolean(
        "Due",
        compute="_compute_is_due",
        search="_search_is_due",
        help="Comes today, or came and its activity is not done yet.",
    )
    is_followed = fields.Boolean(compute="_compute_is_followed")
    message_id = fields.Many2one(
        "mail.message", "Message", index=True, readonly=True, ondelete="set null"
    )
    rfc_message_id = fields.Char("Message-Id", index="btree_not_null", readonly=True)
    subject = fields.Char(readonly=True)
    model = fields.Char("Document Model", readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="model", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _due_idx = models.Index("(remind_at) WHERE state = 'waiting'")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        message = self.env["mail.message"].browse(values.get("message_id"))
        if message and not self._engagement_can_watch(message):
            values["condition"] = "anyway"
        return values

    @api.model
    def _engagement_can_watch(self, message):
        """Whether the mail is followed, and there is still something to wait for."""
        # sudo: every reader of the message may know that much of it.
        mails = message.sudo().engagement_tracking_ids
        return self._engagement_is_followed(message) and not any(mails.mapped("reply_count"))

    @api.model
    def _default_at(self, days=DAYS):
        """In the morning of a later day, where the user is.

        :rtype: datetime, naive in UTC
        """
        return clock(self.env.user.tz, fields.Datetime.now(), days, HOUR)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            given = OWN | {"message_id", "user_id"}
            vals_list = [{k: v for k, v in values.items() if k in given} for values in vals_list]
        for values in vals_list:
            id_ = values.setdefault("message_id", self.env.context.get("default_message_id"))
            message = self.env["mail.message"].browse(id_).exists()
            if not message:
                raise UserError(self.env._("A reminder is set on a sent e-mail."))
            # Nobody learns by a reminder what became of a mail that they may not read.
            message.check_access("read")
            values.update(self._engagement_of_message(message))
        reminders = super().create(vals_list)
        reminders._engagement_wake()
        reminders._engagement_bus_send(reminders.message_id)
        return reminders

    @api.model
    def _engagement_of_message(self, message):
        # sudo: the message may be read, that was looked at; its Message-Id is no secret then.
        known = message.sudo()
        company = known.record_company_id or self.env.company
        return {
            "rfc_message_id": known.message_id,
            "subject": known.subject or known.record_name,
            "model": known.model,
            "res_id": known.res_id,
            "company_id": company.id,
        }

    def write(self, vals):
        """A new time or condition sets it again, also after it has come."""
        if not self.env.su and not vals.keys() <= OWN:
            raise AccessError(self.env._("Only the condition, the time and the note can change."))
        if {"remind_at", "condition"} & vals.keys():
            self._engagement_take_back()
            self.sudo()._engagement_set("waiting")  # sudo: it is the new time that decides
        result = super().write(vals)
        if "remind_at" in vals:
            self._engagement_wake()
        self._engagement_bus_send(self.message_id)
        return result

    def unlink(self):
        messages = self.message_id
        users = self.user_id
        self._engagement_take_back()
        result = super().unlink()
        self._engagement_bus_send(messages, users)
        return result

    def _engagement_set(self, state, reason=False, **values):
        """Set what happened to it, which its owner may not write."""
        return super().write({"state": state, "reason": reason, **values})

    def _engagement_take_back(self):
        """Delete the activities that they led to, unless these are done."""
        self.check_access("write")
        # sudo: it is the reminder's, wherever the record has gone meanwhile.
        self.sudo().activity_id.filtered("active").unlink()

    def _engagement_wake(self):
        """Have the scheduled action run when the first of them is due."""
        cron = self.env.ref("mail_engagement.ir_cron_remind", raise_if_not_found=False)
        if cron:
            cron._trigger_list(sorted(set(self.mapped("remind_at"))))

    @api.depends("message_id")
    def _compute_is_followed(self):
        for reminder in self:
            reminder.is_followed = self._engagement_is_followed(reminder.message_id)

    @api.model
    def _engagement_is_followed(self, message):
        """Whether what becomes of the mail is known."""
        # sudo: the owner of a reminder may know whether its mail is followed.
        mails = self.env["mail.engagement.tracking"].sudo()
        return bool(
            mails.search_count(
                [("message_id", "in", message.ids), ("state", "!=", "untracked")], limit=1
            )
        )

    def action_snooze_day(self):
        """Remind again tomorrow morning."""
        self.remind_at = self._default_at(1)
        return {"type": "ir.actions.act_window_close"}

    def action_snooze_week(self):
        """Remind again in a week."""
        self.remind_at = self._default_at(7)
        return {"type": "ir.actions.act_window_close"}

    def action_remove(self):
        """Delete the reminder."""
        self.unlink()
        return {"type": "ir.actions.act_window_close"}

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

    @api.depends("state", "condition", "remind_at", "activity_id.active")
    def _compute_is_due(self):
        due = self.search([("id", "in", self.ids), ("is_due", "=", True)])
        for reminder in self:
            reminder.is_due = reminder in due

    @api.model
    def _search_is_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = Domain("state", "=", "waiting") & Domain(
            "remind_at", "<", clock(self.env.user.tz, fields.Datetime.now(), 1)
        )
        needed = Domain.custom(
            to_sql=lambda reminders, alias, _query: reminders._engagement_needed_sql(alias)
        )
        came = Domain("state", "=", "reminded") & Domain(
            "activity_id", "any!", [("active", "=", True)]
        )
        due = (waiting & needed) | came
        return due if True in value else ~due

    @api.model
    def _engagement_needed_sql(self, alias):
        """As ``_engagement_answers`` has none, in SQL.

        :param str alias: of the reminders in the query
        :rtype: SQL
        """
        mails = self.env["mail.engagement.tracking"]
        mails.flush_model(["rfc_message_id", *DONE])
        reminder = SQL.identifier(alias)
        return SQL(
            """(%(it)s.condition = 'anyway' OR NOT EXISTS (
                SELECT FROM mail_engagement_tracking mail
                 WHERE mail.rfc_message_id = %(it)s.rfc_message_id
                   AND (mail.reply_count > 0
                        OR %(it)s.condition = 'not_opened' AND GREATEST(%(opens)s) > 0)))""",
            it=reminder,
            opens=SQL(", ").join(SQL.identifier("mail", name) for name in DONE),
        )

    def _engagement_answers(self):
        """What any recipient, as a person, did that makes these reminders needless.

        :return: reminder → ``replied`` or ``opened``; those still needed are not in it
        :rtype: dict[mail.engagement.reminder, str]
        """
        watching = self.filtered(lambda one: one.condition != "anyway" and one.rfc_message_id)
        if not watching:
            return {}
        counts = self.env["mail.engagement.tracking"]._engagement_sums(
            watching.mapped("rfc_message_id")
        )
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
        """Make an activity for its user, unless it is no longer needed."""
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
        """Its user; where they have left, the salesperson of the record, else the team's leader.

        :rtype: res.users, one or none
        """
        if self.user_id.active:
            return self.user_id
        record = self._engagement_document()
        heirs = self.env["res.users"]
        if record and "user_id" in record._fields and record._fields["user_id"].type == "many2one":
            heirs |= record.user_id
        if record and "team_id" in record._fields:
            heirs |= record.team_id.user_id
        return heirs.filtered("active")[:1]

    def _engagement_document(self):
        """:return: the record that the mail was sent from, or None where it is gone"""
        if not self.res_id or self.model not in self.env:
            return None
        return self.env[self.model].browse(self.res_id).exists() or None

    def _engagement_activity(self, user):
        """An activity on the record, or one of the user's own where the record can have none.

        :rtype: mail.activity
        """
        # In their language and with their rights: they read no more in it than they might anyway.
        mine = self.with_context(lang=user.lang, tz=user.tz).with_user(user).sudo(False)
        record = mine._engagement_document()
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
            if reminder._engagement_is_blind():
                return self.env._("Whether it was opened cannot be seen: %s", subject)
            return self.env._("Not opened: %s", subject)
        return self.env._("Reminder: %s", subject)

    def _engagement_is_blind(self):
        """Whether silence means nothing, as no recipient's opens can be seen."""
        mails = self.env["mail.engagement.tracking"].search(
            [("rfc_message_id", "=", self.rfc_message_id)]
        )
        return bool(mails) and all(mail._engagement_is_blind() for mail in mails)

    def _engagement_happened(self, reminder):
        """The user's note, and what became of the mail for each recipient, as HTML."""
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

    def _engagement_bus_send(self, messages, users=None):
        """Bring the bell up to date in its user's open web clients."""
        for user in self.user_id if users is None else users:
            if messages and user.active and not user.share:
                store = Store(bus_channel=user)
                store.add(messages, [messages._engagement_reminder_attr(user)])
                store.bus_send()

    @api.autovacuum
    def _gc_reminders(self):
        """Delete reminders that came or were not needed, at the age at which events go."""
        now = fields.Datetime.now()
        old = self.browse()
        for (company,) in self._read_group([("state", "!=", "waiting")], ["company_id"]):
            until = now - timedelta(days=company.engagement_event_days)
            mine = [("company_id", "=", company.id), ("state", "!=", "waiting")]
            old |= self.search([*mine, ("remind_at", "<", until)], limit=GC_UNLINK_LIMIT)
        old.unlink()
        return len(old), len(old) >= GC_UNLINK_LIMIT
