from datetime import time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.zone import zone

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


class MailEngagementReminder(models.Model):
    """What a salesperson wants to be reminded of about one e-mail.

    Whether it is still needed is looked up when it is due, not while events come in. The message
    may be gone by then, so what leads back to the record and to the recipients is kept here too.
    """

    _name = "mail.engagement.reminder"
    _description = "E-mail Reminder"
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
        # sudo: whoever may read the message may know that much of it.
        mails = message.sudo().engagement_tracking_ids
        return self._engagement_followed(message) and not any(mails.mapped("reply_count"))

    @api.model
    def _default_at(self, days=DAYS):
        """In the morning of a later day, where the user is.

        :rtype: datetime, naive in UTC
        """
        here = zone(self.env.user.tz)
        today = pytz.utc.localize(fields.Datetime.now()).astimezone(here)
        morning = here.localize(today.replace(tzinfo=None).combine(today.date(), HOUR))
        day = here.localize(morning.replace(tzinfo=None) + timedelta(days=days))
        return day.astimezone(pytz.utc).replace(tzinfo=None)

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
            # Nobody learns by a reminder what became of a mail that he may not read.
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
        """What happened to it; its owner does not say so himself."""
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
            reminder.is_followed = self._engagement_followed(reminder.message_id)

    @api.model
    def _engagement_followed(self, message):
        """Whether what becomes of the mail is known."""
        # sudo: whether it is followed is no secret to who has a reminder of it.
        mails = self.env["mail.engagement.tracking"].sudo()
        return bool(
            mails.search_count(
                [("message_id", "in", message.ids), ("state", "!=", "untracked")], limit=1
            )
        )

    def action_snooze_day(self):
        """Again tomorrow morning."""
        self.remind_at = self._default_at(1)
        return {"type": "ir.actions.act_window_close"}

    def action_snooze_week(self):
        """Again in a week."""
        self.remind_at = self._default_at(7)
        return {"type": "ir.actions.act_window_close"}

    def action_remove(self):
        """Never mind."""
        self.unlink()
        return {"type": "ir.actions.act_window_close"}

    def action_open_document(self):
        """The record that the mail was sent from."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
