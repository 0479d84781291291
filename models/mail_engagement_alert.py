from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.constants import GC_UNLINK_LIMIT

from .mail_engagement_event import TYPES
from .res_company_alert import OFFLINE

KEPT_DAYS = 30


class MailEngagementAlert(models.Model):
    """What a user is told of: the first time that a person opened a mail, followed one of its
    links, viewed one of its files, and each reply.

    Holds no name and no address: who did it is looked up when it is read, with the reader's
    rights, and goes with the event.
    """

    _name = "mail.engagement.alert"
    _description = "Engagement Alert"
    _order = "date DESC, id DESC"
    _rec_name = "type"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    tracking_id = fields.Many2one(
        "mail.engagement.tracking",
        "Followed E-mail",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    event_id = fields.Many2one(
        "mail.engagement.event", required=True, readonly=True, index=True, ondelete="cascade"
    )
    type = fields.Selection(TYPES, required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, help="What happens once, or counts as once.")
    date = fields.Datetime("When", required=True, readonly=True)
    is_read = fields.Boolean("Read", readonly=True)
    offline = fields.Selection(
        OFFLINE[1:], readonly=True, help="How it waits to be told: no web client was open."
    )

    # Every index costs while events come in. This one serves what the mail's erasure looks for too.
    _once = models.UniqueIndex("(tracking_id, key, user_id)", "An alert is given once.")
    _newest_idx = models.Index("(user_id, date DESC, id DESC)")
    _waiting_idx = models.Index("(user_id) WHERE offline IS NOT NULL")

    @api.autovacuum
    def _gc_alerts(self):
        """News of last month is none.

        :return: how many rows were deleted, and whether there may be more
        :rtype: tuple[int, bool]
        """
        until = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.search([("date", "<", until)], limit=GC_UNLINK_LIMIT, order="date")
        old.unlink()
        return len(old), len(old) == GC_UNLINK_LIMIT
