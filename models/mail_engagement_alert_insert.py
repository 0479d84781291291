from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..tools.bulk import rows_sql
from .mail_engagement_alert import KEPT_DAYS

# Newest alerts of one batch that a user's web client shows one by one.
TOASTS = 3


class MailEngagementAlert(models.Model):
    _inherit = "mail.engagement.alert"

    @api.model
    def _engagement_alert(self, events):
        """Tell those who want to know what people did.

        A handful of statements whatever the number of events: ingest waits for them.

        :param mail.engagement.event events: the events that turned out to be a person's
        """
        if not events:
            return
        self.env.flush_all()
        team = self._engagement_allowed_colleagues(events)
        rows = self.env.execute_query(self._engagement_alert_sql(events, team))
        self.invalidate_model()
        alerts = defaultdict(list)
        for user_id, alert_id, _offline in rows:
            alerts[user_id].append(alert_id)
        users = self.env["res.users"].browse(alerts)
        # One query for all of them: each one's bus channel is his contact.
        users.fetch(["partner_id"])
        for user in users:
            mine = alerts[user.id]
            user._bus_send("mail_engagement.alert/new", {"ids": mine[:TOASTS], "count": len(mine)})
        if any(offline for _user_id, _alert_id, offline in rows):
            # Elsewhere: ingest waits for us, and should not for a mail server.
            self.env.ref("mail_engagement.ir_cron_alert")._trigger()

    @api.model
    def _engagement_allowed_colleagues(self, events):
        """Whom to tell of a colleague's mail: those who may read it.

        :return: user's and mail's ids
        :rtype: list[tuple[int, int]]
        """
        wanted = defaultdict(list)
        for user_id, tracking_id in self.env.execute_query(
            SQL(
                """SELECT DISTINCT person.id, tracking.id FROM %s
                     JOIN res_users person
                       ON person.active AND person.engagement_alert_scope = 'team'
                      AND person.partner_id IS DISTINCT FROM tracking.author_id
                      AND %s
                    WHERE %s""",
                self._engagement_alert_from_sql(),
                self._engagement_colleagues_sql(),
                self._engagement_alert_where_sql(events),
            )
        ):
            wanted[user_id].append(tracking_id)
        allowed = []
        for user in self.env["res.users"].browse(wanted):
            # Read as he would: one search for each colleague, whatever the number of mails.
            readable = (
                self.env["mail.engagement.tracking"]
                .with_user(user)
                .with_context(allowed_company_ids=None)
                .search([("id", "in", wanted[user.id])], order="id")
                if user.has_group("mail_engagement.group_user")
                else self.env["mail.engagement.tracking"]
            )
            allowed += [(user.id, tracking_id) for tracking_id in readable.ids]
        return allowed

    @api.model
    def _engagement_colleagues_sql(self):
        """Whether ``person`` is to know of the mails of ``tracking.author_id``."""
        return SQL("FALSE")

    @api.model
    def _engagement_alert_from_sql(self):
        return SQL(
            """mail_engagement_event event
          JOIN mail_engagement_tracking tracking ON tracking.id = event.tracking_id
          JOIN res_company company
            ON company.id = tracking.company_id
           AND company.engagement_enabled AND company.engagement_alerts"""
        )

    @api.model
    def _engagement_alert_where_sql(self, events):
        """People's events as the rules see them, that are the first of their kind.

        Who corrected an event knows already. Where people are only counted, nobody is told of.
        """
        return SQL(
            """event.id = ANY(%s) AND event.verdict = 'human' AND event.verdict_by = 'rule'
           AND event.reason IS DISTINCT FROM 'same_view'
           AND tracking.is_anonymous IS NOT TRUE
           AND event.occurred_at > (now() AT TIME ZONE 'UTC') - %s * INTERVAL '1 day'
           AND (event.type = 'reply' OR NOT EXISTS (
               SELECT FROM mail_engagement_event earlier
                WHERE earlier.tracking_id = event.tracking_id AND earlier.type = event.type
                  AND earlier.link_ref IS NOT DISTINCT FROM event.link_ref
                  AND earlier.verdict = 'human'
                  AND (earlier.occurred_at, earlier.id) < (event.occurred_at, event.id)))""",
            events.ids,
            KEPT_DAYS,
        )

    @api.model
    def _engagement_alert_sql(self, events, team):
        """Alerts of the senders, and of the colleagues among ``team``; newest first.

        Later evidence may make an event a person's, machine's and a person's again: the key sees
        to it that this is told once.
        """
        group = self.env.ref("mail_engagement.group_user")
        people = self.env["res.users"]._search(
            [("all_group_ids", "in", group.ids), ("share", "=", False)]
        )
        return SQL(
            """WITH news AS MATERIALIZED (
                   SELECT event.id AS event_id, tracking.id AS tracking_id, tracking.author_id,
                          tracking.company_id, event.type, event.occurred_at,
                          CONCAT_WS(':', event.type, CASE event.type WHEN 'reply' THEN event.uid
                                                     ELSE event.link_ref END) AS key
                     FROM %(from_)s WHERE %(where)s),
               people AS MATERIALIZED (
                   SELECT person.id AS user_id, person.partner_id, company.id AS company_id,
                          array_remove(ARRAY[
                              CASE WHEN person.engagement_alert_open THEN 'open' END,
                              CASE WHEN person.engagement_alert_click THEN 'click' END,
                              CASE WHEN person.engagement_alert_attachment THEN 'attachment' END,
                              CASE WHEN person.engagement_alert_reply THEN 'reply' END],
                              NULL) AS types,
                          CASE WHEN presence.id IS NULL
                               THEN NULLIF(COALESCE(person.engagement_alert_offline,
                                                    company.engagement_alert_offline), 'nothing')
                          END AS offline
                     FROM res_users person
                     JOIN res_company_users_rel works ON works.user_id = person.id
                     JOIN res_company company ON company.id = works.cid
                LEFT JOIN mail_presence presence
                       ON presence.user_id = person.id AND presence.status <> 'offline'
                    WHERE person.id IN %(people)s),
               told AS (
                   INSERT INTO mail_engagement_alert
                          (tracking_id, event_id, type, key, date, user_id, offline, is_read)
                   SELECT tracking_id, event_id, type, key, occurred_at, user_id, offline, FALSE
                     FROM (SELECT news.*, people.user_id, types, offline FROM news
                             JOIN people ON people.partner_id = news.author_id
                                        AND people.company_id = news.company_id
                        UNION ALL
                           SELECT news.*, people.user_id, types, offline FROM news
                             JOIN %(team)s AS team ON team.tracking_id = news.tracking_id
                             JOIN people ON people.user_id = team.user_id
                                        AND people.company_id = news.company_id) AS wanted
                    WHERE type = ANY(types)
              ON CONFLICT (tracking_id, key, user_id) DO NOTHING
                RETURNING id, user_id, date, offline)
            SELECT user_id, id, offline FROM told ORDER BY date DESC, id DESC""",
            from_=self._engagement_alert_from_sql(),
            where=self._engagement_alert_where_sql(events),
            team=rows_sql({"user_id": "int", "tracking_id": "int"}, team),
            people=people.subselect(),
        )


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    @api.model
    def _engagement_after_events(self, trackings, events):
        result = super()._engagement_after_events(trackings, events)
        self.env["mail.engagement.alert"]._engagement_alert(events)
        return result
