from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.constants import GC_UNLINK_LIMIT


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _engagement_leave_shared(self, trackings):
        shared = Domain("is_shared", "=", True) & Domain.OR(
            Domain("email_normalized", "ilike", address) for address in self._engagement_addresses()
        )
        trackings.search(shared)._engagement_forget_notes()
        return super()._engagement_leave_shared(trackings)

    def _engagement_export(self):
        # sudo: the person's right covers what others noted about mails to him.
        mails = self.env["mail.engagement.tracking"].sudo().search(self._engagement_held_domain())
        return {
            **super()._engagement_export(),
            "reminders": [
                {
                    "subject": reminder.subject or None,
                    "condition": reminder.condition,
                    "remind_at": reminder.remind_at.isoformat(),
                    "state": reminder.state,
                    "note": reminder.note or None,
                }
                for reminder in mails._engagement_reminders()
            ],
        }


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    def unlink(self):
        """With the last recipient of a mail its reminders go, with any of them the notes."""
        mails = self.sudo()  # sudo: whoever erases may erase what others noted
        reminders = mails._engagement_reminders()
        mails._engagement_forget_notes()
        left = set(
            mails.search(
                [
                    ("rfc_message_id", "in", reminders.mapped("rfc_message_id")),
                    ("id", "not in", self.ids),
                ]
            ).mapped("rfc_message_id")
        )
        reminders.filtered(lambda one: one.rfc_message_id not in left).unlink()
        return super().unlink()

    def _engagement_reminders(self):
        """:rtype: mail.engagement.reminder, of everybody; call it with sudo"""
        names = [name for name in self.mapped("rfc_message_id") if name]
        return self.env["mail.engagement.reminder"].search([("rfc_message_id", "in", names)])

    def _engagement_forget_notes(self):
        """What was noted about their mails, and what activities say of them."""
        reminders = self._engagement_reminders()
        reminders.note = False
        reminders.activity_id.note = False


class MailEngagementReminder(models.Model):
    _inherit = "mail.engagement.reminder"

    @api.autovacuum
    def _gc_reminders(self):
        """What came or was not needed goes with age, as events do."""
        now = fields.Datetime.now()
        old = self.browse()
        for (company,) in self._read_group([("state", "!=", "waiting")], ["company_id"]):
            until = now - timedelta(days=company.engagement_event_days)
            mine = [("company_id", "=", company.id), ("state", "!=", "waiting")]
            old |= self.search([*mine, ("remind_at", "<", until)], limit=GC_UNLINK_LIMIT)
        old.unlink()
        return len(old), len(old) >= GC_UNLINK_LIMIT
