from odoo import api, fields, models
from odoo.tools import SQL

# Of a transaction: ids of documents by model, whose days wait to be noted.
DOCUMENTS = "mail_engagement.stale_documents"


class MailEngagementDayStale(models.Model):
    """A day whose rows in ``mail.engagement.day`` may be wrong: something of it has changed.

    Noted in the transaction that changes it, by an INSERT that waits for nobody: so a day is noted
    many times, and who counts it deletes the notes that they saw.
    """

    _name = "mail.engagement.day.stale"
    _description = "Day to Be Counted Anew"
    _log_access = False
    _rec_name = "day"

    day = fields.Date(required=True, readonly=True)

    @api.model
    def _engagement_days(self):
        """
        :return: the stale ones that are over, in their order
        :rtype: list[date]
        """
        self._engagement_note_waiting()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT day FROM mail_engagement_day_stale WHERE day < %s ORDER BY day",
                fields.Date.today(),
            )
        )
        return [day for (day,) in rows]

    @api.model
    def _engagement_note_documents(self, model, ids):
        """Have the days noted on which something happened to the mails of these documents.

        All at one go, before the transaction ends or its days are asked for: documents are moved
        and deleted by the hundred.

        :param str model: technical name
        :param list[int] ids:
        """
        waiting = self.env.cr.precommit.data.setdefault(DOCUMENTS, {})
        if not waiting:
            # sudo: nothing is read here.
            self.env.cr.precommit.add(self.sudo()._engagement_note_waiting)
        waiting.setdefault(model, set()).update(ids)

    @api.model
    def _engagement_note_waiting(self):
        waiting = self.env.cr.precommit.data.pop(DOCUMENTS, {})
        if waiting:
            self.env["mail.engagement.tracking"].flush_model(["model", "res_id"])
        for model, ids in waiting.items():
            self.env.cr.execute(
                SQL(
                    """INSERT INTO mail_engagement_day_stale (day)
                       SELECT DISTINCT event.occurred_at::date
                         FROM mail_engagement_tracking mail
                         JOIN mail_engagement_event event ON event.tracking_id = mail.id
                        WHERE mail.model = %s AND mail.res_id = ANY(%s)
                          AND event.verdict IS NOT NULL""",
                    model,
                    list(ids),
                )
            )

    @api.model
    def _engagement_note_all(self):
        """Note all days with events: nothing of them was counted yet."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO mail_engagement_day_stale (day)
                   SELECT DISTINCT occurred_at::date FROM mail_engagement_event"""
            )
        )

    @api.model
    def _engagement_forget_repeated(self):
        """Leave one note of each day: that of today is written with everything that happens."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM mail_engagement_day_stale
                    WHERE id NOT IN (SELECT MAX(id) FROM mail_engagement_day_stale GROUP BY day)"""
            )
        )
