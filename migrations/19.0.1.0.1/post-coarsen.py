"""Take out of stored events what their policy does not allow: once only today's level decided."""

import logging
from datetime import datetime, timezone

from odoo.tools import SQL

from odoo.addons.mail_engagement.models.events.mail_engagement_event import (
    KEPT_OF_NOBODY,
    kept_sql,
)
from odoo.addons.mail_engagement.relay.engagement_relay.protocol.kept import KEPT_FROM

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Two statements, each of which reads the table once and writes those rows only."""
    _delete_impossible(cr)
    _coarsen(cr)


def _delete_impossible(cr):
    """What came before observations had bounds: Python lacks such times, and no view shows them."""
    cr.execute(
        SQL(
            """DELETE FROM mail_engagement_event
                WHERE occurred_at < %s OR occurred_at >= %s""",
            *(datetime.fromtimestamp(at, timezone.utc).replace(tzinfo=None) for at in (0, 2**32)),
        )
    )
    _logger.info("%s events of no time were deleted", cr.rowcount)


def _coarsen(cr):
    names = {name: "country_id" if name == "country" else name for name in KEPT_FROM}
    columns = {name: SQL.identifier("event", column) for name, column in names.items()}
    cr.execute(
        SQL(
            """UPDATE mail_engagement_event event SET policy = kept, %(values)s
                 FROM (SELECT event.id AS event_id, LEAST(event.policy, %(nobody)s) AS kept
                         FROM mail_engagement_event event
                    LEFT JOIN mail_engagement_tracking tracking
                           ON tracking.id = event.tracking_id) lower
                WHERE event.id = event_id AND kept > 0
                  AND (event.policy > kept OR num_nonnulls(%(more)s) > 0)""",
            values=SQL(", ").join(
                SQL("%s = %s", SQL.identifier(names[name]), kept_sql(name, column))
                for name, column in columns.items()
            ),
            nobody=KEPT_OF_NOBODY,
            more=SQL(", ").join(
                SQL("CASE WHEN kept < %s THEN %s::text END", int(KEPT_FROM[name]), column)
                for name, column in columns.items()
            ),
        )
    )
    _logger.info("%s events held more than their policy allows", cr.rowcount)
