import logging
from datetime import timedelta

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.tools import SQL

from ...tools.apart import apart
from ...tools.why import why
from ..events.mail_engagement_tracking import LOCK, MOST, PERSON, SUMS

_logger = logging.getLogger(__name__)

# Rows of each kind in one transaction: a summary waits no longer than that.
BATCH = 5000
KEPT = SQL("(ip IS NOT NULL OR user_agent IS NOT NULL OR city IS NOT NULL)")


class MailEngagementEvent(models.Model):
    """How long events, facts, addresses, names and mails are kept: a cleaner in batches."""

    _inherit = "mail.engagement.event"

    # Only the events that hold something to be coarsened one day.
    _kept_idx = models.Index(
        "(company_id, occurred_at)"
        " WHERE (ip IS NOT NULL OR user_agent IS NOT NULL OR city IS NOT NULL)"
    )

    @api.autovacuum
    def _gc_retention(self):
        """Delete or coarsen what is past its time, a batch at each call; the counts stay."""
        return self._engagement_vacuum(self.env.registry)

    @api.model
    def _engagement_vacuum(self, registry, limit=BATCH):
        """
        :return: how many rows were changed, and whether there may be more
        :rtype: tuple[int, int]
        """
        if modules.module.current_test:
            return self._engagement_vacuum_here(limit)
        # The lock first, then the snapshot: see MailEngagementTracking._engagement_summarise.
        with registry.cursor() as lock:
            lock.execute(SQL("SELECT pg_advisory_xact_lock(%s)", LOCK))
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    result = env[self._name]._engagement_vacuum_here(limit)
            except psycopg2.errors.SerializationFailure:
                _logger.info("Somebody wrote meanwhile, deleting this batch again")
                result = 0, 1
        # Workers that stored events meanwhile saw the lock and left them to us.
        self.env["mail.engagement.tracking"]._engagement_summarise(registry)
        return result

    @api.model
    def _engagement_vacuum_here(self, limit):
        steps = [
            step
            for company in self.env["res.company"].search([("engagement_tenant", "!=", False)])
            for step in self._engagement_vacuum_steps(company, limit)
        ]

        def take(some):
            return [self.env.execute_query(query)[0][0] for _company, _kind, query in some]

        def log(step, error):
            [(company, kind, _query)] = step
            _logger.error("Nothing was %s for company %s: %s", kind, company.id, why(error))

        counts = sum(apart(self.env.cr, steps, take, log), [])
        self.env["mail.engagement.tracking"].invalidate_model()
        for name in ("mail.engagement.fact", "mail.engagement.link", "mail.engagement.rate.past"):
            self.env[name].invalidate_model()
        self.invalidate_model()
        return sum(counts), sum(count >= limit for count in counts)

    @api.model
    def _engagement_vacuum_steps(self, company, limit):
        """
        :return: the company, what is done in a word, and the statement that says how often it did
        :rtype: list[tuple[res.company, str, SQL]]
        """
        now = fields.Datetime.now()
        events, addresses, people, mails = (
            now - timedelta(days=days)
            for days in (
                company.engagement_event_days,
                company.engagement_address_days,
                company.engagement_person_days,
                company.engagement_mail_days,
            )
        )
        steps = [
            (company, "deleted", self._engagement_purge_sql(company.id, events, limit)),
            (
                company,
                "coarsened",
                self._engagement_coarsen_sql(company.id, events, addresses, limit),
            ),
            (company, "deleted", self._engagement_purge_facts_sql(company.id, events, limit)),
        ]
        if mails < now:
            # Before they are forgotten: no rate is one of mails that only are counted.
            steps.append((company, "added up", self._engagement_age_sql(company.id, mails, limit)))
        if people < now:
            forget = self._engagement_forget_sql(company.id, people, limit)
            steps.append((company, "forgotten", forget))
        return steps

    @api.model
    def _engagement_coarsen_sql(self, company_id, since, until, limit):
        # What is older still is deleted anyway.
        return SQL(
            """WITH old AS (
                   SELECT id FROM mail_engagement_event
                    WHERE company_id = %s AND occurred_at >= %s AND occurred_at < %s AND %s
                    ORDER BY occurred_at LIMIT %s),
               coarse AS (
                   UPDATE mail_engagement_event event
                      SET ip = NULL, user_agent = NULL, city = NULL
                     FROM old WHERE event.id = old.id RETURNING 1)
            SELECT count(*) FROM coarse""",
            company_id,
            since,
            until,
            KEPT,
            limit,
        )

    @api.model
    def _engagement_purge_sql(self, company_id, until, limit):
        """Delete events, and note what they added to the counts, for later recounts."""
        return SQL(
            """WITH old AS (
                   SELECT id FROM mail_engagement_event
                    WHERE company_id = %(company)s AND occurred_at < %(until)s
                    ORDER BY occurred_at LIMIT %(limit)s),
               gone AS (
                   DELETE FROM mail_engagement_event event USING old WHERE event.id = old.id
                RETURNING event.tracking_id, event.link_id, event.type, event.verdict,
                          event.reason, event.repeat_count, event.occurred_at),
               sums AS (
                   SELECT tracking_id, %(sums)s,
                          MIN(occurred_at) FILTER (WHERE %(open)s) AS first_open_at,
                          MAX(occurred_at) FILTER (WHERE %(open)s) AS last_open_at,
                          MAX(occurred_at) FILTER (WHERE verdict = 'human') AS last_event_at
                     FROM gone GROUP BY tracking_id),
               mails AS (
                   UPDATE mail_engagement_tracking mail
                      SET purged = jsonb_build_object(%(noted)s,
                          'first_open_at', LEAST(sums.first_open_at,
                              (mail.purged->>'first_open_at')::timestamp),
                          'last_open_at', GREATEST(sums.last_open_at,
                              (mail.purged->>'last_open_at')::timestamp),
                          'last_event_at', GREATEST(sums.last_event_at,
                              (mail.purged->>'last_event_at')::timestamp))
                     FROM sums WHERE mail.id = sums.tracking_id),
               links AS (
                   UPDATE mail_engagement_link link
                      SET purged_click_count =
                          LEAST(COALESCE(link.purged_click_count, 0) + clicks, %(most)s)
                     FROM (SELECT link_id, SUM(repeat_count) AS clicks
                             FROM gone WHERE %(person)s AND link_id IS NOT NULL
                            GROUP BY link_id) AS followed
                    WHERE link.id = followed.link_id)
            SELECT count(*) FROM gone""",
            company=company_id,
            until=until,
            limit=limit,
            open=SQL("type = 'open' AND verdict = 'human'"),
            person=PERSON,
            most=MOST,
            sums=SQL(", ").join(
                SQL(
                    "COALESCE(SUM(repeat_count) FILTER (WHERE %s), 0) AS %s",
                    condition,
                    SQL.identifier(name),
                )
                for name, condition in SUMS.items()
            ),
            noted=SQL(", ").join(
                SQL(
                    "%s, LEAST(sums.%s + COALESCE((mail.purged->>%s)::numeric, 0), %s)",
                    name,
                    SQL.identifier(name),
                    name,
                    MOST,
                )
                for name in SUMS
            ),
        )

    @api.model
    def _engagement_purge_facts_sql(self, company_id, until, limit):
        """Delete facts of the events' age. Of their mails none is made any more, also where events
        of that age are recorded again some day: it might be one that happened already."""
        return SQL(
            """WITH old AS (
                   SELECT id FROM mail_engagement_fact
                    WHERE company_id = %s AND happened_at < %s
                    ORDER BY happened_at LIMIT %s),
               gone AS (
                   DELETE FROM mail_engagement_fact fact USING old WHERE fact.id = old.id
                RETURNING fact.tracking_id),
               over AS (
                   UPDATE mail_engagement_tracking mail SET are_facts_over = TRUE
                    WHERE mail.id IN (SELECT tracking_id FROM gone))
            SELECT count(*) FROM gone""",
            company_id,
            until,
            limit,
        )

    @api.model
    def _engagement_forget_sql(self, company_id, until, limit):
        """Make old mails anonymous; their numbers stay."""
        return SQL(
            """WITH old AS (
                   SELECT id FROM mail_engagement_tracking
                    WHERE company_id = %s AND sent_at < %s
                      AND (partner_id IS NOT NULL OR email_normalized IS NOT NULL)
                    ORDER BY sent_at LIMIT %s),
               nobody AS (
                   UPDATE mail_engagement_tracking mail
                      SET partner_id = NULL, email_normalized = NULL, delivery_text = NULL,
                          is_anonymous = TRUE
                     FROM old WHERE mail.id = old.id RETURNING 1)
            SELECT count(*) FROM nobody""",
            company_id,
            until,
            limit,
        )

    @api.model
    def _engagement_age_sql(self, company_id, until, limit):
        """Delete old mails, and add their counts to those that the rates keep.

        Only mails that nothing holds. No tombstones: what is
        asked for later is older than the events that are kept, and recorded nowhere. Links to
        pages need no row to lead there; files keep theirs.
        """
        return SQL(
            """WITH old AS (
                   SELECT id, rfc_message_id FROM mail_engagement_tracking mail
                    WHERE company_id = %(company)s AND sent_at < %(until)s
                      AND NOT (%(held)s)
                    ORDER BY sent_at LIMIT %(limit)s),
               past AS (%(add_up)s),
               links AS (
                   DELETE FROM mail_engagement_link link USING old
                    WHERE link.rfc_message_id = old.rfc_message_id AND link.kind = 'link'
                      AND NOT EXISTS (
                          SELECT FROM mail_engagement_tracking other
                           WHERE other.rfc_message_id = old.rfc_message_id
                             AND other.id NOT IN (SELECT id FROM old))),
               gone AS (
                   DELETE FROM mail_engagement_tracking mail USING old WHERE mail.id = old.id
                RETURNING 1)
            SELECT count(*) FROM gone""",
            company=company_id,
            until=until,
            limit=limit,
            held=SQL(" OR ").join(self.env["mail.engagement.tracking"]._engagement_held_sql()),
            add_up=self.env["mail.engagement.rate.past"]._engagement_add_up_sql(
                SQL("SELECT id FROM old")
            ),
        )
