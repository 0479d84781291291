import logging
import random
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...tools.webhook import post, schedule, sign
from ...tools.webhook.outcome import CONTENT, GONE, Outcome, of
from ...tools.why import why
from ..core.own_cursor import own_cursor

_logger = logging.getLogger(__name__)

# Receivers that are sent to at once, each by a thread and one delivery after the other.
RECEIVERS = 8
# Seconds of one run of the scheduled action, and for which one receiver keeps its thread.
RUN, VISIT = 30.0, 5.0
# Seconds after which somebody else takes over what a worker was killed at; a visit is over before.
LEASE = 60
# Hours in which the secret before signs as well.
OVERLAP = 24
TRIES = 5
# What decides which facts anybody wants.
SUBSCRIBES = {"active", "company_id", "disabled", "kind_ids", "secrets"}


class MailEngagementWebhook(models.Model):
    """A subscription: where facts of some kinds go, for one company.

    Deliveries wait in a table. A scheduled action, triggered at once, gives each receiver with
    something due a thread of its own, so that a slow one holds up none of the others. A receiver
    and a delivery are taken in short transactions, by leases that end by themselves; the request
    goes out between two of them. Killed at any line, a delivery is sent again, with the same id.
    """

    _name = "mail.engagement.webhook"
    _description = "Engagement Webhook"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        ondelete="cascade",
    )
    url = fields.Char("Address", required=True, tracking=True)
    kind_ids = fields.Many2many(
        "ir.model.fields.selection",
        "mail_engagement_webhook_kind_rel",
        "webhook_id",
        "selection_id",
        string="What It Is Sent",
        default=lambda self: self._engagement_kinds(),
        domain=lambda self: [("id", "in", self._engagement_kinds().ids)],
    )
    allow_http = fields.Boolean(
        "Without Encryption",
        tracking=True,
        groups="base.group_system",
        help="Allows addresses with http://: everybody on the way can read what is sent.",
    )
    allow_private = fields.Boolean(
        "Internal Addresses",
        tracking=True,
        groups="base.group_system",
        help="Allows addresses of your own network, which nobody outside can reach.",
    )
    secrets = fields.Json(
        groups=fields.NO_ACCESS,
        copy=False,
        help="The newest first; those before it with the time until which they sign.",
    )
    has_secret = fields.Boolean(compute="_compute_has_secret", compute_sudo=True)
    disabled = fields.Selection(
        [
            (GONE, "The receiver wants no more (410 Gone)"),
            ("failing", "Nothing could be delivered for three days"),
        ],
        readonly=True,
        copy=False,
        tracking=True,
    )
    failing_since = fields.Datetime(readonly=True, copy=False)
    failure_count = fields.Integer("Failures in a Row", readonly=True, copy=False)
    paused_until = fields.Datetime("Tried Again", readonly=True, copy=False)
    last_delivered_at = fields.Datetime("Last Delivered", readonly=True, copy=False)
    busy_until = fields.Datetime(readonly=True, copy=False, help="A worker sends to it.")
    visited_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Needs a secret"),
            ("on", "On"),
            ("failing", "Failing"),
            ("disabled", "Disabled"),
        ],
        "Status",
        compute="_compute_state",
    )
    delivery_ids = fields.One2many("mail.engagement.webhook.delivery", "webhook_id")
    waiting_count = fields.Integer("Waiting", compute="_compute_waiting_count")

    @api.model
    def _engagement_kinds(self):
        """The kinds of facts, as the records that Odoo has of a selection's choices.

        :rtype: ir.model.fields.selection
        """
        # sudo: names of kinds are no secret.
        choices = self.env["ir.model.fields.selection"].sudo()
        field = [("field_id.model", "=", "mail.engagement.fact"), ("field_id.name", "=", "kind")]
        return choices.search(field).sudo(False)

    @api.depends("secrets")
    def _compute_has_secret(self):
        for webhook in self:
            webhook.has_secret = bool(webhook.secrets)

    @api.depends("has_secret", "disabled", "failing_since")
    def _compute_state(self):
        for webhook in self:
            webhook.state = (
                "disabled"
                if webhook.disabled
                else "draft"
                if not webhook.has_secret
                else "failing"
                if webhook.failing_since
                else "on"
            )

    def _compute_waiting_count(self):
        waiting = self.env["mail.engagement.webhook.delivery"]._read_group(
            [("webhook_id", "in", self.ids), ("state", "in", ("waiting", "failed"))],
            ["webhook_id"],
            ["__count"],
        )
        counts = {webhook.id: count for webhook, count in waiting}
        for webhook in self:
            webhook.waiting_count = counts.get(webhook.id, 0)

    @api.constrains("url", "allow_http", "allow_private")
    def _check_url(self):
        for webhook in self:
            try:
                post.target(webhook.url, webhook._engagement_permitted())
            except post.Refused as error:
                raise ValidationError(self._engagement_refusal(error.code)) from None

    @api.model
    def _engagement_refusal(self, code):
        return {
            "url": self.env._(
                "This is no address that a webhook can be sent to. It begins with https://, has "
                "neither user nor password in it, and is up to 2,000 characters long."
            ),
            "scheme": self.env._(
                "This address is not encrypted: everybody on the way could read what is sent. Use "
                "https://, or allow it with “Without Encryption”."
            ),
            "private": self.env._(
                "This address is one of an internal network. Where it is meant to be, allow it "
                "with “Internal Addresses”."
            ),
        }[code]

    @api.constrains("kind_ids")
    def _check_kinds(self):
        for webhook in self:
            if not webhook.kind_ids:
                raise ValidationError(self.env._("Choose at least one kind of what is sent."))
            if webhook.kind_ids - self._engagement_kinds():
                raise ValidationError(self.env._("Only kinds of facts can be sent."))

    @api.model_create_multi
    def create(self, vals_list):
        webhooks = super().create(vals_list)
        self._engagement_forget_subscribed()
        return webhooks

    def write(self, vals):
        result = super().write(vals)
        if not SUBSCRIBES.isdisjoint(vals):
            self._engagement_forget_subscribed()
        return result

    def unlink(self):
        self._engagement_forget_subscribed()
        return super().unlink()

    def _engagement_forget_subscribed(self):
        self.env.registry.clear_cache("stable")

    @api.model
    def _engagement_subscribed(self):
        """What somebody subscribed to.

        :return: pairs of a kind and ids of companies
        :rtype: list[tuple[str, set[int]]]
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT choice.value, array_agg(DISTINCT webhook.company_id) FROM %s
                    WHERE %s GROUP BY choice.value""",
                self._engagement_kinds_sql(),
                self._engagement_on_sql(),
            )
        )
        return [(kind, set(companies)) for kind, companies in rows]

    @api.model
    def _engagement_kinds_sql(self):
        return SQL(
            """mail_engagement_webhook webhook
          JOIN mail_engagement_webhook_kind_rel wanted ON wanted.webhook_id = webhook.id
          JOIN ir_model_fields_selection choice ON choice.id = wanted.selection_id"""
        )

    @api.model
    def _engagement_on_sql(self):
        """Whether ``webhook`` gets anything."""
        return SQL("webhook.active AND webhook.disabled IS NULL AND webhook.secrets IS NOT NULL")

    def _engagement_permitted(self):
        return post.Permitted(private=self.allow_private, http=self.allow_http)

    def _engagement_secrets(self):
        """The secrets that sign now, the newest first.

        :rtype: list[str]
        """
        now = fields.Datetime.to_string(fields.Datetime.now())
        # sudo: whoever sends signs; nobody reads a secret.
        held = self.sudo().secrets or []
        return [one["secret"] for one in held if one.get("until", now) >= now]

    def _engagement_host(self):
        """Whom it is sent to, for records of processing: the address may hold a secret."""
        return urlsplit(self.url).hostname or ""

    def action_new_secret(self):
        """Make a secret and show it, this once. The one before signs for another day as well."""
        self.ensure_one()
        self.check_access("write")
        now = fields.Datetime.now()
        until = fields.Datetime.to_string(now + timedelta(hours=OVERLAP))
        # sudo: nobody reads a secret, whoever may replace it.
        webhook = self.sudo()
        held = [
            {"until": until, **one}
            for one in webhook.secrets or []
            if one.get("until", until) > fields.Datetime.to_string(now)
        ]
        secret = sign.new_secret()
        webhook.secrets = [{"secret": secret}, *held]
        webhook.message_post(body=self.env._("A new secret was made."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The Webhook's Secret"),
            "res_model": "mail.engagement.webhook.secret",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_secret": secret, "default_is_first": not held},
        }

    def action_enable(self):
        """Send again, what waits first."""
        self.check_access("write")
        # sudo: users write nothing of what came of it but this.
        self.sudo().write(
            {
                "disabled": False,
                "failing_since": False,
                "failure_count": 0,
                "paused_until": False,
            }
        )
        self._engagement_trigger()

    def action_test(self):
        """Send a test now, and say what came of it."""
        self.ensure_one()
        self.check_access("write")
        if not self.has_secret:
            raise UserError(self.env._("Make a secret first: it signs what is sent."))
        deliveries = self.env["mail.engagement.webhook.delivery"]
        with own_cursor(self.env) as cr:
            id_ = deliveries.with_env(self.env(cr=cr))._engagement_test(self.id).id
        self._engagement_send(id_)
        # This transaction began before.
        with own_cursor(self.env) as cr:
            test = deliveries.with_env(self.env(cr=cr)).browse(id_)
            is_delivered, text = test.state == "delivered", test._engagement_came_of_it()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if is_delivered else "danger",
                "title": self.env._("Delivered") if is_delivered else self.env._("Not delivered"),
                "message": text,
                "sticky": not is_delivered,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_deliveries(self):
        """The log of what was sent to it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_engagement.mail_engagement_webhook_delivery_action"
        )
        return {**action, "domain": [("webhook_id", "=", self.id)], "context": {}}

    @api.model
    def _engagement_trigger(self, at=None):
        # sudo: whoever has something to send runs nothing.
        self.env.ref("mail_engagement.ir_cron_webhook").sudo()._trigger(at)

    @api.model
    def _cron_engagement_deliver(self):
        """Send what is due, to several receivers at once and to each in order."""
        # What follows is done in transactions of its own, and this one would stay open as long.
        self.env["ir.cron"]._commit_progress()
        until = time.monotonic() + RUN
        here = modules.module.current_test
        registry = self.env.registry
        with ThreadPoolExecutor(RECEIVERS) as pool:
            running = set()
            while True:
                free = RECEIVERS - len(running) if time.monotonic() < until else 0
                for id_ in self._engagement_take(free):
                    if here:
                        self._engagement_visit(id_)
                    else:
                        running.add(pool.submit(_visit, registry, id_))
                if not running and (here or not free or not self._engagement_is_due()):
                    break
                # Others may have something due meanwhile.
                done, running = wait(running, 1, FIRST_COMPLETED)
                for visit in done:
                    if error := visit.exception():
                        _logger.error("A webhook's thread ended: %s", why(error))
        self._engagement_wake()

    @api.model
    def _engagement_take(self, limit):
        """Take receivers with something due, those first that had to wait longest.

        :param int limit: how many at most
        :return: their ids; nobody else takes them until they are given back, or their lease ends
        :rtype: list[int]
        """
        if not limit:
            return []
        query = SQL(
            """WITH due AS (
                   SELECT webhook.id FROM mail_engagement_webhook webhook WHERE %(sendable)s
                    ORDER BY webhook.visited_at NULLS FIRST, webhook.id
                    LIMIT %(limit)s FOR UPDATE OF webhook SKIP LOCKED)
            UPDATE mail_engagement_webhook webhook
               SET busy_until = %(busy)s, visited_at = %(now)s
              FROM due WHERE due.id = webhook.id RETURNING webhook.id""",
            sendable=self._engagement_sendable_sql(),
            limit=limit,
            now=fields.Datetime.now(),
            busy=fields.Datetime.now() + timedelta(seconds=LEASE),
        )
        return _in_transaction(self.env, lambda env: [id_ for (id_,) in env.execute_query(query)])

    @api.model
    def _engagement_sendable_sql(self):
        return SQL(
            """%(on)s
               AND COALESCE(webhook.busy_until, %(now)s) <= %(now)s
               AND COALESCE(webhook.paused_until, %(now)s) <= %(now)s
               AND EXISTS (SELECT FROM res_company company
                            WHERE company.id = webhook.company_id AND company.engagement_enabled)
               AND EXISTS (SELECT FROM mail_engagement_webhook_delivery delivery
                            WHERE delivery.webhook_id = webhook.id
                              AND delivery.state IN ('waiting', 'failed')
                              AND delivery.next_at <= %(now)s)""",
            on=self._engagement_on_sql(),
            now=fields.Datetime.now(),
        )

    @api.model
    def _engagement_is_due(self):
        query = SQL(
            "SELECT EXISTS (SELECT FROM mail_engagement_webhook webhook WHERE %s)",
            self._engagement_sendable_sql(),
        )
        return _in_transaction(self.env, lambda env: env.execute_query(query)[0][0])

    @api.model
    def _engagement_visit(self, webhook_id):
        """Send one receiver what is due, one after the other, as long as it takes it."""
        until = time.monotonic() + VISIT
        deliveries = self.env["mail.engagement.webhook.delivery"]
        try:
            while delivery_id := _in_transaction(
                self.env, lambda env: deliveries.with_env(env)._engagement_next(webhook_id)
            ):
                if not self._engagement_send(delivery_id) or time.monotonic() > until:
                    break
        except Exception as error:
            _logger.error("Webhook %s: %s", webhook_id, why(error))
        free = SQL("UPDATE mail_engagement_webhook SET busy_until = NULL WHERE id = %s", webhook_id)
        _in_transaction(self.env, lambda env: env.cr.execute(free))

    @api.model
    def _engagement_send(self, delivery_id):
        """Send a delivery, outside of any transaction.

        :return: whether the receiver may get the next one at once
        :rtype: bool
        """
        deliveries = self.env["mail.engagement.webhook.delivery"]
        start = time.monotonic()
        try:
            request = _in_transaction(
                self.env,
                lambda env: deliveries.with_env(env).browse(delivery_id)._engagement_prepare(),
            )
            if not request:
                return True
            start = time.monotonic()
            outcome = of(post.post(*request), time.time())
        except post.Refused as error:
            outcome = of(error, time.time())
        except psycopg2.Error:
            # The database's trouble, not the delivery's: its lease ends.
            raise
        except Exception as error:
            _logger.error("Delivery %s: %s", delivery_id, why(error))
            outcome = Outcome(CONTENT)
        spent = time.monotonic() - start
        _in_transaction(
            self.env,
            lambda env: deliveries.with_env(env)
            .browse(delivery_id)
            ._engagement_note(outcome, spent),
        )
        return not (outcome.is_away or outcome.error == GONE)

    def _engagement_note(self, outcome):
        """What an attempt says of the receiver."""
        self.ensure_one()
        if outcome.error == CONTENT:
            return
        now = fields.Datetime.now()
        if not outcome.error:
            values = {"last_delivered_at": now}
            if self.failing_since:
                values |= {"failing_since": False, "failure_count": 0, "paused_until": False}
                self._engagement_trigger()
        else:
            count = self.failure_count + 1
            values = {"failing_since": self.failing_since or now, "failure_count": count}
            if outcome.is_away:
                seconds = schedule.pause(count, random.random(), outcome.asked)
                values["paused_until"] = now + timedelta(seconds=seconds)
        self.write(values)
        if outcome.error == GONE:
            self._engagement_disable(GONE)

    def _engagement_given_up(self, queued_at):
        """A delivery was tried for as long as that is done."""
        self.ensure_one()
        if not self.last_delivered_at or self.last_delivered_at < queued_at:
            self._engagement_disable("failing")

    def _engagement_disable(self, reason):
        """Send no more, and tell the administrators."""
        if self.disabled:
            return
        self.disabled = reason
        words = dict(self._fields["disabled"]._description_selection(self.env))
        administrators = self.env["res.users"].search(
            [
                ("all_group_ids", "in", self.env.ref("base.group_system").ids),
                ("share", "=", False),
                ("company_ids", "in", self.company_id.ids),
            ]
        )
        self.message_post(
            body=self.env._(
                "This webhook is disabled: %s. What happens from now on is not sent. What waits is "
                "sent once you enable it again.",
                words[reason],
            ),
            partner_ids=administrators.partner_id.ids,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
        )

    @api.model
    def _engagement_wake(self):
        """Have the next attempt made when it is due."""
        query = SQL(
            """SELECT MIN(GREATEST(delivery.next_at, webhook.busy_until, webhook.paused_until))
                 FROM mail_engagement_webhook_delivery delivery
                 JOIN mail_engagement_webhook webhook ON webhook.id = delivery.webhook_id
                 JOIN res_company company
                   ON company.id = webhook.company_id AND company.engagement_enabled
                WHERE delivery.state IN ('waiting', 'failed') AND %s""",
            self._engagement_on_sql(),
        )
        [[at]] = _in_transaction(self.env, lambda env: env.execute_query(query))
        if at:
            self._engagement_trigger(max(at, fields.Datetime.now()))


def _visit(registry, webhook_id):
    """In a thread of its own: with no cursor between its short transactions."""
    with registry.cursor() as cr:
        webhooks = api.Environment(cr, SUPERUSER_ID, {})["mail.engagement.webhook"]
        webhooks._engagement_visit(webhook_id)


def _in_transaction(env, ask):
    """Ask something in a transaction of its own, again where another one came in its way.

    :param ask: a function of the environment in which it asks, as the superuser
    """
    for left in reversed(range(TRIES)):
        try:
            with own_cursor(env) as cr:
                own = api.Environment(cr, SUPERUSER_ID, {})
                result = ask(own)
                own.flush_all()
            if not modules.module.current_test:
                # This process's other threads, and other workers, keep what they asked.
                env.registry.signal_changes()
            return result
        except TransactionRollbackError:
            if not left:
                raise
            time.sleep(random.random() / 10)
    return None
