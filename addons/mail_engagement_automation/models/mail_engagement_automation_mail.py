from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

RUNNING = "mail_engagement_automation.running"
# By then a mail has left, and its row says so.
SENT_DAYS = 30


class MailEngagementAutomationMail(models.Model):
    """Which rules led to a mail: none of them is set off by what becomes of it.

    Otherwise a rule that answers an opened e-mail by another one would never end. The message may
    be deleted once it is sent, so its Message-Id is kept.
    """

    _name = "mail.engagement.automation.mail"
    _description = "E-mail That a Rule Sent"

    rfc_message_id = fields.Char("Message-Id", required=True, readonly=True, index=True)
    automation_id = fields.Many2one(
        "base.automation", required=True, readonly=True, index=True, ondelete="cascade"
    )

    @contextmanager
    def _engagement_led_by(self, rules):
        """Within it, each message that is written is these rules'.

        Not by the context, which users can choose.
        """
        self.env.cr.cache[RUNNING] = rules.ids
        try:
            yield
        finally:
            self.env.cr.cache.pop(RUNNING, None)

    @api.model
    def _engagement_note(self, messages):
        """Keep which rules are running while these messages are written."""
        if rules := self.env.cr.cache.get(RUNNING):
            # sudo: whoever the rule acts for knows nothing of it.
            self.sudo().create(
                [
                    {"rfc_message_id": message.message_id, "automation_id": rule}
                    for message in messages.sudo()
                    if message.message_id
                    for rule in rules
                ]
            )

    @api.model
    def _engagement_rules(self, tracking):
        """:rtype: base.automation, the rules that led to a mail"""
        return self.search([("rfc_message_id", "=", tracking.rfc_message_id)]).automation_id

    @api.autovacuum
    def _gc_mails(self):
        """Delete what is of no followed mail (any more).

        :return: how many rows were deleted, and whether there may be more
        :rtype: tuple[int, bool]
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM mail_engagement_automation_mail known
                    WHERE create_date < %s AND NOT EXISTS (
                          SELECT FROM mail_engagement_tracking mail
                           WHERE mail.rfc_message_id = known.rfc_message_id)
                    LIMIT %s""",
                fields.Datetime.now() - timedelta(days=SENT_DAYS),
                GC_UNLINK_LIMIT,
            )
        )
        self.browse([id_ for (id_,) in rows]).unlink()
        return len(rows), len(rows) == GC_UNLINK_LIMIT
