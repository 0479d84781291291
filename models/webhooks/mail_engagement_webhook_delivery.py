import json
import random
import secrets
import time
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

from ...tools.webhook import payload, post, schedule, sign
from ...tools.webhook.outcome import CONTENT, GONE
from .mail_engagement_webhook import LEASE

# As events, where these go sooner.
KEPT_DAYS = 30
WAITING = ("waiting", "failed")
ERRORS = [
    ("url", "Not an address"),
    ("scheme", "Not encrypted, and nobody allowed that"),
    ("private", "An internal address, and nobody allowed that"),
    ("dns", "The name leads nowhere"),
    ("connect", "Nobody answers"),
    ("tls", "The certificate is not trusted"),
    ("timeout", "No answer in time"),
    ("answer", "Something else than a web server answers"),
    ("redirect", "It leads elsewhere, which is not followed"),
    ("status", "The receiver did not take it"),
    (GONE, "The receiver wants no more"),
    (CONTENT, "It could not be put together"),
]


class Request(NamedTuple):
    """What post.post takes."""

    url: str
    body: str
    headers: dict[str, str]
    permitted: post.Permitted


class MailEngagementWebhookDelivery(models.Model):
    """A fact on its way to a receiver, and what came of it.

    It holds nothing of anybody: what is sent is read when it is sent, so that it obeys what the
    recipient wants at that moment, and goes with the mail when that is erased. The life of
    ``state``::

        waiting ─┬─ taken ──────────────────────► delivered
                 ├─ not taken ─► failed ─┬─ taken ► delivered
                 │                       └─ for three days, or 410 ► given_up
                 └─ the recipient refuses meanwhile ► withheld

        any of them ─ sent again by hand ─► waiting
    """

    _name = "mail.engagement.webhook.delivery"
    _description = "Webhook Delivery"
    _order = "id DESC"
    _rec_name = "uid"
    _log_access = False

    webhook_id = fields.Many2one(
        "mail.engagement.webhook", "Webhook", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="webhook_id.company_id")
    fact_id = fields.Many2one(
        "mail.engagement.fact",
        "Fact",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        groups="mail_engagement.group_manager",
        help="Empty for a test.",
    )
    tracking_id = fields.Many2one(
        related="fact_id.tracking_id", groups="mail_engagement.group_manager"
    )
    type = fields.Char(compute="_compute_type", compute_sudo=True)
    uid = fields.Char(
        "Identifier",
        required=True,
        readonly=True,
        help="The header webhook-id: the same over all attempts.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("failed", "Failed, tried again"),
            ("delivered", "Delivered"),
            ("given_up", "Given up"),
            ("withheld", "Not sent: the recipient does not want it"),
        ],
        "Status",
        required=True,
        default="waiting",
        readonly=True,
    )
    attempt_count = fields.Integer("Attempts", readonly=True)
    queued_at = fields.Datetime("Since", required=True, readonly=True)
    next_at = fields.Datetime("Next Attempt", required=True, readonly=True)
    sent_at = fields.Datetime("Last Attempt", readonly=True)
    error = fields.Selection(ERRORS, "Why Not", readonly=True)
    status = fields.Integer("HTTP Status", readonly=True)
    answer = fields.Text("What the Other Side Said", readonly=True)
    duration = fields.Integer("Milliseconds", readonly=True)

    _once = models.UniqueIndex("(webhook_id, uid)", "A fact is sent to a receiver once.")
    _due_idx = models.Index("(webhook_id, next_at, id) WHERE state IN ('waiting', 'failed')")

    @api.depends("fact_id.kind")
    def _compute_type(self):
        for delivery in self:
            delivery.type = payload.type_of(delivery.fact_id.kind or payload.TEST)

    @api.model
    def _engagement_queue(self, facts):
        """Have facts sent to whoever subscribed to them, once each.

        :param mail.engagement.fact facts:
        """
        webhooks = self.env["mail.engagement.webhook"]
        webhooks.flush_model()
        facts.flush_model()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO mail_engagement_webhook_delivery
                          (webhook_id, fact_id, uid, state, attempt_count, queued_at, next_at)
                   SELECT webhook.id, fact.id, fact.uid, 'waiting', 0, %(now)s, %(now)s
                     FROM %(kinds)s
                     JOIN mail_engagement_fact fact
                       ON fact.kind = choice.value AND fact.company_id = webhook.company_id
                    WHERE fact.id = ANY(%(facts)s) AND %(on)s
                 ORDER BY fact.happened_at, fact.id
              ON CONFLICT (webhook_id, uid) DO NOTHING RETURNING id""",
                now=now,
                kinds=webhooks._engagement_kinds_sql(),
                on=webhooks._engagement_on_sql(),
                facts=facts.ids,
            )
        )
        if rows:
            self.invalidate_model()
            webhooks._engagement_trigger()

    @api.model
    def _engagement_test(self, webhook_id):
        """A delivery of a test, which the scheduled action leaves to the caller for a while.

        :rtype: mail.engagement.webhook.delivery
        """
        now = fields.Datetime.now()
        # sudo: whoever may change a webhook may test it; deliveries are written by nobody directly.
        return self.sudo().create(
            {
                "webhook_id": webhook_id,
                "uid": secrets.token_hex(16),
                "queued_at": now,
                "next_at": now + timedelta(seconds=LEASE),
            }
        )

    @api.model
    def _engagement_next(self, webhook_id):
        """:return: the id of a receiver's next delivery that is due; others' are left alone"""
        rows = self.env.execute_query(
            SQL(
                """UPDATE mail_engagement_webhook_delivery SET next_at = %s
                    WHERE id = (SELECT id FROM mail_engagement_webhook_delivery
                                 WHERE webhook_id = %s AND state IN ('waiting', 'failed')
                                   AND next_at <= %s
                                 ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING id""",
                fields.Datetime.now() + timedelta(seconds=LEASE),
                webhook_id,
                fields.Datetime.now(),
            )
        )
        return rows and rows[0][0]

    def _engagement_prepare(self):
        """What is sent now, from what the recipient wants now.

        :return: None where nothing may be sent, or there is nothing any more
        :rtype: Request | None
        """
        delivery = self.exists()
        if not delivery:
            return None
        webhook, now = delivery.webhook_id, time.time()
        content = delivery._engagement_content()
        if not content:
            delivery.write({"state": "withheld", "error": False, "answer": False, "status": 0})
            return None
        delivery.sent_at = fields.Datetime.now()
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        headers = {
            "User-Agent": "mail_engagement",
            **sign.headers(webhook._engagement_secrets(), delivery.uid, now, body),
        }
        return Request(webhook.url, body, headers, webhook._engagement_permitted())

    def _engagement_content(self):
        """:return: the payload, None where nothing may be told"""
        if self.fact_id:
            news = self.fact_id._engagement_news()
            return news and payload.body(news)
        webhook = self.webhook_id
        company = (webhook.company_id.id, webhook.company_id.name)
        return payload.test_body(self.queued_at, company, webhook.name)

    def _engagement_note(self, outcome, spent):
        """Write down what came of an attempt.

        :param tools.webhook.outcome.Outcome outcome:
        :param float spent: seconds
        """
        delivery = self.exists()
        if not delivery:
            return
        delivery.write(
            {
                "attempt_count": delivery.attempt_count + 1,
                "status": outcome.status or 0,
                "error": outcome.error,
                "answer": outcome.text,
                "duration": round(spent * 1000),
            }
        )
        delivery.webhook_id._engagement_note(outcome)
        if not outcome.error:
            delivery.state = "delivered"
        elif outcome.error == GONE or not delivery.fact_id:
            # Nobody waits for a test.
            delivery.state = "given_up"
        else:
            delivery._engagement_try_again(outcome)

    def _engagement_try_again(self, outcome):
        """Later, or no more."""
        now = fields.Datetime.now()
        age = (now - self.queued_at).total_seconds()
        seconds = schedule.next_after(age, self.attempt_count, random.random(), outcome.asked)
        if seconds is not None:
            self.write({"state": "failed", "next_at": now + timedelta(seconds=seconds)})
            return
        self.state = "given_up"
        if outcome.error != CONTENT:
            self.webhook_id._engagement_given_up(self.queued_at)

    def _engagement_came_of_it(self):
        """The last attempt, in a line."""
        self.ensure_one()
        if not self.error:
            return self.env._(
                "The receiver answered %(status)s after %(milliseconds)s ms.",
                status=self.status,
                milliseconds=self.duration,
            )
        words = dict(self._fields["error"]._description_selection(self.env))
        said = " ".join(str(part) for part in (self.status, self.answer) if part)
        return f"{words[self.error]}: {said[:200]}" if said else words[self.error]

    def action_send_again(self):
        """Have these sent once more, with the same id."""
        self.webhook_id.check_access("write")
        now = fields.Datetime.now()
        # sudo: deliveries are written by nobody directly.
        self.sudo().write(
            {"state": "waiting", "attempt_count": 0, "queued_at": now, "next_at": now}
        )
        self.webhook_id._engagement_trigger()

    @api.autovacuum
    def _gc_deliveries(self):
        """Delete what came of deliveries a month ago, or at the age at which events go."""
        old, now = self.browse(), fields.Datetime.now()
        for (company,) in self._read_group([], ["webhook_id.company_id"]):
            days = min(KEPT_DAYS, company._engagement_retention_days())
            mine = [
                ("webhook_id.company_id", "=", company.id),
                ("queued_at", "<", now - timedelta(days=days)),
            ]
            old |= self.search(mine, limit=GC_UNLINK_LIMIT, order="id")
        old.unlink()
        return len(old), len(old) >= GC_UNLINK_LIMIT
