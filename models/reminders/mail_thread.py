from odoo import fields, models


class MailThread(models.AbstractModel):
    """Sets a reminder together with the message."""

    _inherit = "mail.thread"

    def message_post(self, *args, engagement_reminder=None, **kwargs):
        """
        :param dict engagement_reminder: ``condition``, ``remind_at`` and ``note`` of a reminder for
            the current user, set with the message
        """
        message = super().message_post(*args, **kwargs)
        reminders = self.env["mail.engagement.reminder"]
        # A scheduled mail also leaves when its author may no longer have reminders.
        if engagement_reminder and reminders.has_access("create"):
            at = fields.Datetime.to_datetime(engagement_reminder.get("remind_at"))
            if not at or at <= fields.Datetime.now():
                at = reminders._default_at()  # the mail waited for longer than was meant
            reminders.create({**engagement_reminder, "message_id": message.id, "remind_at": at})
        return message
