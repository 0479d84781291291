from odoo import api, fields, models

from odoo.addons.mail.tools.discuss import Store


class MailMessage(models.Model):
    """The bell on a message: the reader's own reminder of it."""

    _inherit = "mail.message"

    engagement_reminder_ids = fields.One2many(
        "mail.engagement.reminder", "message_id", "Reminders", groups="mail_engagement.group_user"
    )
    engagement_reminder = fields.Json(
        "My Reminder",
        compute="_compute_engagement_reminder",
        groups="mail_engagement.group_user",
        help="What the bell on the message shows; false without a reminder of one's own.",
    )

    @api.depends(
        "engagement_reminder_ids.state",
        "engagement_reminder_ids.condition",
        "engagement_reminder_ids.remind_at",
    )
    @api.depends_context("uid")
    def _compute_engagement_reminder(self):
        # One query for all messages of a chatter, with the fields that ``status`` depends on.
        shown = self._engagement_with("engagement_reminder_ids")
        mine = shown and self.env["mail.engagement.reminder"].search_fetch(
            [
                ("message_id", "in", shown.ids),
                ("user_id", "=", self.env.uid),
                ("state", "!=", "cancelled"),
            ],
            ["message_id", "state", "reason", "condition", "remind_at", "rfc_message_id"],
            order="id",
        )
        bells = {
            reminder.message_id.id: {
                "id": reminder.id,
                "state": reminder.state if reminder.is_needed else "needless",
                "status": reminder.status,
                "condition": reminder.condition,
                "at": fields.Datetime.to_string(reminder.remind_at),
            }
            for reminder in mine
        }
        for message in self:
            message.engagement_reminder = bells.get(message.id, False)

    def _to_store_defaults(self, target):
        defaults = super()._to_store_defaults(target)
        user = target.get_user(self.env)
        if not user or not user._engagement_is_shown():
            return defaults
        return defaults + [self._engagement_reminder_attr(user)]

    @api.model
    def _engagement_reminder_attr(self, user):
        # sudo: a user who is shown the message may be shown their own reminder of it.
        return Store.Attr(
            "engagement_reminder",
            lambda message: message.with_user(user).sudo().engagement_reminder,
        )

    def _engagement_move(self, document):
        result = super()._engagement_move(document)
        self.engagement_reminder_ids.write(document)
        return result

    def action_engagement_remind(self):
        """Set a reminder of this message, or change the one that there is."""
        self.ensure_one()
        mine = self.env["mail.engagement.reminder"].search(
            [
                ("message_id", "=", self.id),
                ("user_id", "=", self.env.uid),
                ("state", "!=", "cancelled"),
            ],
            order="id DESC",
            limit=1,
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reminder"),
            "res_model": "mail.engagement.reminder",
            "res_id": mine.id,
            "views": [
                (self.env.ref("mail_engagement.mail_engagement_reminder_view_dialog").id, "form")
            ],
            "target": "new",
            "context": {"default_message_id": self.id, "dialog_size": "medium"},
        }
