from odoo import api, models
from odoo.tools import SQL

from ...tools.kinds import BY_NAME

UID_HASH = SQL("encode(sha256(convert_to(uid, 'UTF8')), 'hex')")


class MailEngagementTracking(models.Model):
    """What goes with a mail that is erased, and what keeps it from coming back."""

    _inherit = "mail.engagement.tracking"

    # Few mails are; an erasure looks through their addresses. In the words of Odoo's domains, as
    # PostgreSQL compares the conditions literally.
    _shared_idx = models.Index("(id) WHERE is_shared IS TRUE")

    def unlink(self):
        """Erase these mails with all that happened to them; later opens bring nothing back."""
        self._engagement_unlink_reminders()
        self._engagement_bury()
        return super().unlink()

    @api.model
    def _engagement_held_sql(self):
        """What keeps a mail from being deleted by age: an event, or a reminder that waits. A hook.

        :return: conditions on ``mail``
        :rtype: list[SQL]
        """
        return [
            SQL(
                "EXISTS (SELECT FROM mail_engagement_event event WHERE event.tracking_id = mail.id)"
            ),
            SQL(
                """EXISTS (SELECT FROM mail_engagement_reminder reminder
                            WHERE reminder.rfc_message_id = mail.rfc_message_id
                              AND reminder.state = 'waiting')"""
            ),
        ]

    def _engagement_unlink_reminders(self):
        """With the last recipient of a mail its reminders go, with any of them the notes."""
        mails = self.sudo()  # sudo: an erasure takes what others noted, too
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

    def _engagement_bury(self):
        """Leave tombstones, tell the relays, and take along what hangs loosely on these mails."""
        if not self:
            return
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """INSERT INTO mail_engagement_tombstone (company_id, uid_hash, date)
                   SELECT company_id, %s, now() AT TIME ZONE 'UTC'
                     FROM mail_engagement_tracking
                    WHERE id = ANY(%s) AND state != 'failed' AND NOT is_anonymous
              ON CONFLICT (uid_hash) DO NOTHING""",
                UID_HASH,
                self.ids,
            )
        )
        # Events that nobody joined to their mail yet: an index has those without a verdict.
        self.env.cr.execute(
            SQL(
                "DELETE FROM mail_engagement_event WHERE mail_uid = ANY(%s) AND verdict IS NULL",
                self.mapped("uid"),
            )
        )
        # sudo: the relays obey an erasure, whoever asked for it.
        suppression = self.env["mail.engagement.suppression"].sudo()
        paired = self.env["mail.engagement.relay"].sudo().search([("state", "=", "paired")])
        for company in self.company_id & paired.company_id:
            mine = self.filtered(lambda mail, company=company: mail.company_id == company)
            suppression._engagement_suppress(company, dict.fromkeys(mine.mapped("uid"), BY_NAME))
        self._engagement_unlink_links()

    def _engagement_unlink_links(self):
        """Delete links and copies of files that no other recipient's mail has."""
        kept = self.sudo()._read_group(
            [
                ("rfc_message_id", "in", self.mapped("rfc_message_id")),
                ("id", "not in", self.ids),
            ],
            ["rfc_message_id"],
        )
        alone = set(self.mapped("rfc_message_id")) - {message for [message] in kept}
        # sudo: links are written by nobody directly.
        links = self.env["mail.engagement.link"].sudo()
        links = links.search([("rfc_message_id", "in", list(alone))])
        links.attachment_id.unlink()
        links.unlink()
