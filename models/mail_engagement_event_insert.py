import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.bulk import rows_sql
from ..tools.why import why
from .res_partner_suppression import FIELDS

# Clocks differ a little; an event from further ahead is no event.
FUTURE_SECONDS = 86400
# A mail is sent and committed within a few seconds.
EARLY_SECONDS = 15

COLUMNS = {
    "uid": "text",
    "type": "text",
    "mail_uid": "text",
    "sent_at": "float8",
    "occurred_at": "float8",
    "repeat_count": "int",
    "link_ref": "text",
    "method": "text",
    "policy": "int",
    "agent_class": "text",
    "agent_name": "text",
    "network_class": "text",
    "network_name": "text",
    "hints": "text",
    "source": "int",
    "device_type": "text",
    "client": "text",
    "os": "text",
    "country": "text",
    "city": "text",
    "ip": "text",
    "user_agent": "text",
}
# Kept under the full policy only.
PERSONAL = ("ip", "user_agent")
# Unix seconds on their way.
TIMES = ("sent_at", "occurred_at")


class StorageError(Exception):
    """Events that could not be stored; the text may be logged."""


class MailEngagementEvent(models.Model):
    _inherit = "mail.engagement.event"

    @api.model
    def _engagement_insert(self, company, observations):
        """Store what an edge saw: one INSERT, no UPDATE, twice the same changes nothing.

        What the company or the recipient does not want recorded (any more) is taken and dropped.
        An event may come before its recipient's row; the summary joins them.

        :param res.company company: whose tokens these are
        :param list[observation.Observation] observations:
        :return: how many were taken, how many were known already, and what cannot be stored
        :rtype: tuple[int, int, list[dict]], the last as ``{"uid", "reason"}``
        """
        horizon = time.time() + FUTURE_SECONDS
        rejected = [
            {"uid": seen.uid, "reason": "future"} for seen in observations if seen.at > horizon
        ]
        seen = [item for item in observations if item.at <= horizon]
        if not seen or not company.engagement_enabled:
            return len(seen), 0, rejected
        wanted = company._engagement_recorded_types()
        rows = [self._engagement_row(item) for item in seen if item.type in wanted]
        if not rows:
            return len(seen), 0, rejected
        admitted, inserted, early = self._engagement_execute_insert(
            self._engagement_insert_sql(company, rows)
        )
        if early:
            self._engagement_look_again()
        return len(seen) - (admitted - inserted), admitted - inserted, rejected

    @api.model
    def _engagement_execute_insert(self, insert):
        """:return: its only row
        :raises StorageError: what PostgreSQL says quotes the row, addresses included
        """
        try:
            self.env.cr.execute(insert, log_exceptions=False)
        except (psycopg2.DataError, psycopg2.IntegrityError) as error:
            raise StorageError(why(error)) from None
        return self.env.cr.fetchone()

    @api.model
    def _engagement_look_again(self):
        """Have events judged that were faster than the commit of their recipient's row: a scanner
        may ask while the mail is being sent, and nobody else would look at its visit again."""
        # sudo: the edge acts for nobody.
        cron = self.env.ref("mail_engagement.ir_cron_summarise").sudo()
        soon = fields.Datetime.now() + timedelta(seconds=EARLY_SECONDS)
        waiting = self.env["ir.cron.trigger"].sudo()
        if not waiting.search_count([("cron_id", "=", cron.id), ("call_at", "<=", soon)], limit=1):
            cron._trigger(soon)

    @api.model
    def _engagement_row(self, seen):
        """The stored values of one observation, in the order of COLUMNS."""
        return (
            seen.uid,
            seen.type,
            seen.mail,
            seen.sent_at,
            seen.at,
            seen.repeat,
            None if seen.link is None else f"{seen.link:08x}",
            seen.method,
            int(seen.policy),
            seen.agent or None,
            seen.agent_name or None,
            seen.network or None,
            seen.network_name or None,
            ",".join(seen.hints) or None,
            seen.source,
            seen.device_type or None,
            seen.client or None,
            seen.os or None,
            seen.country or None,
            seen.city or None,
            seen.ip or None,
            seen.user_agent or None,
        )

    @api.model
    def _engagement_insert_sql(self, company, rows):
        stored = [name for name in COLUMNS if name != "country"]
        return SQL(
            """WITH seen AS (
                   SELECT * FROM %(rows)s AS seen),
               admitted AS (
                   SELECT seen.*, allowed.today, tracking.id AS tracking_id, link.id AS link_id,
                          country.id AS country_id
                     FROM seen
                LEFT JOIN mail_engagement_tracking tracking
                       ON tracking.uid = seen.mail_uid AND tracking.company_id = %(company)s
                LEFT JOIN mail_engagement_link link
                       ON link.rfc_message_id = tracking.rfc_message_id
                      AND link.reference = seen.link_ref
                LEFT JOIN res_country country ON country.code = seen.country
                LEFT JOIN res_partner partner ON partner.id = tracking.partner_id
                LEFT JOIN res_partner parent ON parent.id = partner.commercial_partner_id
                LEFT JOIN mail_engagement_suppression suppression
                       ON suppression.company_id = %(company)s
                      AND suppression.mail_uid = seen.mail_uid
               CROSS JOIN LATERAL (SELECT %(level)s AS today) AS allowed
                    WHERE seen.policy > 0
                      AND allowed.today >= CASE WHEN tracking.is_anonymous IS FALSE
                                                THEN 2 ELSE 1 END
                      AND seen.sent_at > %(horizon)s
                      AND (tracking.id IS NOT NULL OR NOT EXISTS (
                           SELECT FROM mail_engagement_tombstone stone
                            WHERE stone.uid_hash =
                                  encode(sha256(convert_to(seen.mail_uid, 'UTF8')), 'hex')))
                      AND %(excluded)s IS NOT TRUE),
               inserted AS (
                   INSERT INTO mail_engagement_event
                          (company_id, tracking_id, link_id, country_id, verdict_by, %(stored)s)
                   SELECT %(company)s, tracking_id, link_id, country_id, 'rule', %(values)s
                     FROM admitted
              ON CONFLICT (uid) DO NOTHING RETURNING 1)
            SELECT (SELECT count(*) FROM admitted), (SELECT count(*) FROM inserted),
                   (SELECT count(*) FROM admitted WHERE tracking_id IS NULL)""",
            rows=rows_sql(COLUMNS, rows),
            stored=SQL(", ").join(map(SQL.identifier, stored)),
            values=SQL(", ").join(map(self._engagement_stored_sql, stored)),
            company=company.id,
            level=self._engagement_level_sql(company),
            # A relay that has yet to learn of a shorter retention records what is too old.
            horizon=time.time() - company._engagement_retention_days() * 86400,
            excluded=company._engagement_excluded_sql(),
        )

    @api.model
    def _engagement_stored_sql(self, name):
        column = SQL.identifier(name)
        if name in TIMES:
            return SQL("to_timestamp(%s) AT TIME ZONE 'UTC'", column)
        if name in PERSONAL:
            return SQL("CASE WHEN today > 2 THEN %s END", column)
        return column

    @api.model
    def _engagement_level_sql(self, company):
        """How much of an event the recipient and the company allow today, as token.Policy.

        A suppression says what was refused since the mail was sent, by anybody who counts; the
        contact's own word is looked at too, for a mail that left at that very moment. A mail that
        names a person is not recorded where today people are only counted. Who acts on a mail
        whose row is not written yet was asked a moment ago.
        """
        policies = self.env["res.company"]._engagement_policies(company.id)
        by_country = {country: level for country, level in policies.items() if country != "most"}
        default = by_country.pop(None)
        said = SQL(
            """CASE seen.type WHEN 'open' THEN %s WHEN 'click' THEN %s
                              WHEN 'attachment' THEN %s END""",
            *(
                SQL(
                    "CASE WHEN 'refused' IN (partner.%(field)s, parent.%(field)s) THEN 'refused'"
                    " WHEN 'granted' IN (partner.%(field)s, parent.%(field)s) THEN 'granted' END",
                    field=SQL.identifier(field),
                )
                for field in FIELDS
            ),
        )
        return SQL(
            """CASE WHEN seen.type = ANY(string_to_array(suppression.kinds, ',')) THEN 0
                    WHEN seen.type = 'reply' THEN 3
                    WHEN tracking.is_anonymous IS NOT FALSE THEN %(most)s
                    ELSE CASE %(said)s
                         WHEN 'refused' THEN 0
                         WHEN 'granted' THEN %(most)s
                         ELSE %(country)s END END""",
            said=said,
            most=policies["most"],
            country=SQL(
                "CASE COALESCE(partner.country_id, parent.country_id) %s ELSE %s END",
                SQL(" ").join(SQL("WHEN %s THEN %s", *entry) for entry in by_country.items()),
                default,
            )
            if by_country
            else default,
        )
