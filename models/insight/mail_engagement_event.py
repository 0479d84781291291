from odoo import models
from odoo.tools import SQL

# What changed is looked at whole, statement by statement: also what a foreign key deletes.
CHANGES = {
    "came": SQL("INSERT ON mail_engagement_event REFERENCING NEW"),
    "was": SQL("UPDATE ON mail_engagement_event REFERENCING OLD"),
    "became": SQL("UPDATE ON mail_engagement_event REFERENCING NEW"),
    "went": SQL("DELETE ON mail_engagement_event REFERENCING OLD"),
}


class MailEngagementEvent(models.Model):
    """Notes the days of which something changed, whoever changes it: see mail.engagement.day."""

    _inherit = "mail.engagement.event"

    def init(self):
        """Triggers, because events go with their mails by foreign key, and each change that nobody
        thought of would make the analysis wrong without anybody seeing it."""
        result = super().init()
        self.env.cr.execute(
            SQL(
                """CREATE OR REPLACE FUNCTION mail_engagement_note_days() RETURNS trigger AS $$
                   BEGIN
                       INSERT INTO mail_engagement_day_stale (day)
                       SELECT DISTINCT occurred_at::date FROM changed WHERE verdict IS NOT NULL;
                       RETURN NULL;
                   END $$ LANGUAGE plpgsql"""
            )
        )
        for name, change in CHANGES.items():
            trigger = SQL.identifier(f"mail_engagement_event_{name}")
            self.env.cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON mail_engagement_event", trigger))
            self.env.cr.execute(
                SQL(
                    """CREATE TRIGGER %s AFTER %s TABLE AS changed
                       FOR EACH STATEMENT EXECUTE FUNCTION mail_engagement_note_days()""",
                    trigger,
                    change,
                )
            )
        return result
