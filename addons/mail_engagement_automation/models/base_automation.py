import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.mail_engagement.models.events.mail_engagement_event import NEWS_DAYS
from odoo.addons.mail_engagement.tools.exclusions import is_excluded_link, lines
from odoo.addons.mail_engagement.tools.why import why

TRIGGER = "on_engagement"
# In a row; then the rule is switched off.
FAILURES = 5
# Until somebody says otherwise.
DAYS = 3
# Mails that become facts in one run of the scheduled action.
BATCH = 5000
# What decides which facts are wanted, and since when.
LISTENING = {"active", "trigger", "engagement_kind", "engagement_days"}


class RuleFailed(Exception):
    """An automation rule failed on a fact.

    :ivar base.automation rule:
    :ivar Exception error:
    """

    def __init__(self, rule, error):
        super().__init__(rule.id)
        self.rule, self.error = rule, error


class BaseAutomation(models.Model):
    """Rules that are set off by what people do with e-mails."""

    _inherit = "base.automation"

    trigger = fields.Selection(
        selection_add=[(TRIGGER, "E-mail engagement")], ondelete={TRIGGER: "cascade"}
    )
    engagement_kind = fields.Selection(
        selection="_engagement_kinds",
        string="What Happens",
        compute="_compute_engagement_kind",
        store=True,
        readonly=False,
        tracking=True,
    )
    engagement_link = fields.Char(
        "Link Address",
        compute="_compute_engagement_link",
        store=True,
        readonly=False,
        help="Only links whose address matches: * stands for anything. Empty: any link.",
    )
    engagement_days = fields.Integer(
        "Within",
        compute="_compute_engagement_days",
        store=True,
        readonly=False,
    )
    engagement_since = fields.Datetime(
        "Listens Since", readonly=True, copy=False, help="What was due before sets nothing off."
    )
    engagement_failure_count = fields.Integer("Failures in a Row", readonly=True, copy=False)

    @api.model
    def _engagement_kinds(self):
        """All kinds of facts: an addon that brings one more needs nothing here."""
        return self.env["mail.engagement.fact"]._fields["kind"]._description_selection(self.env)

    # A method each: Odoo takes what is computed together for given together.
    @api.depends("trigger")
    def _compute_engagement_kind(self):
        self.filtered(lambda rule: rule.trigger != TRIGGER).engagement_kind = False

    @api.depends("trigger", "engagement_kind")
    def _compute_engagement_link(self):
        self.filtered(lambda rule: rule.engagement_kind != "click").engagement_link = False

    @api.depends("trigger", "engagement_kind")
    def _compute_engagement_days(self):
        for rule in self:
            if rule.engagement_kind != "unanswered":
                rule.engagement_days = 0
            elif not rule.engagement_days:
                rule.engagement_days = DAYS

    @api.constrains("trigger", "engagement_kind", "engagement_days", "model_id")
    def _check_engagement(self):
        for rule in self.filtered(lambda rule: rule.trigger == TRIGGER):
            if not rule.engagement_kind:
                raise ValidationError(self.env._("Choose what has to happen to the e-mail."))
            if not rule.model_id.is_mail_thread:
                raise ValidationError(
                    self.env._("E-mails are not sent from records of “%s”.", rule.model_id.name)
                )
            if rule.engagement_kind == "unanswered" and rule.engagement_days < 1:
                raise ValidationError(self.env._("An answer is waited for a day at least."))

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._engagement_listen()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if LISTENING & vals.keys():
            self._engagement_listen()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache("stable")
        return result

    def action_view_webhook_logs(self):
        action = super().action_view_webhook_logs()
        if self.trigger == TRIGGER:
            action["name"] = self.env._("Failures")
        return action

    def _engagement_listen(self):
        """Have what these rules wait for become facts from now on, or no longer."""
        rules = self.filtered(lambda rule: rule.active and rule.trigger == TRIGGER)
        if rules:
            rules.write({"engagement_since": fields.Datetime.now(), "engagement_failure_count": 0})
        self.env.registry.clear_cache("stable")

    @api.model
    def _engagement_listening(self, kind=None):
        """:return: the rules that are switched on, those for one kind of fact or all"""
        domain = [("trigger", "=", TRIGGER)]
        if kind:
            domain.append(("engagement_kind", "=", kind))
        return self.sudo().with_context(active_test=True).search(domain, order="id")

    @api.model
    def _engagement_run(self, fact):
        """Run all rules that wait for this, as Odoo runs those that wait for a date.

        :raises RuleFailed: for the first that fails; those that failed before are left out
        """
        rules = self.with_context(__action_done={})._engagement_listening(fact.kind)
        for rule in rules - fact.failed_automation_ids:
            record = rule._engagement_record(fact)
            if not record:
                continue
            sent = self.env["mail.engagement.automation.mail"]
            try:
                with sent._engagement_led_by(rule | sent._engagement_rules(fact.tracking_id)):
                    rule._process(rule._filter_post(record, feedback=True))
                    self.env.flush_all()
            except psycopg2.OperationalError:
                raise  # Two transactions at once, a lost connection: no fault of the rule.
            except Exception as error:
                raise RuleFailed(rule, error) from error
            if rule.engagement_failure_count:
                rule.engagement_failure_count = 0

    def _engagement_record(self, fact):
        """What the rule runs on: the record that the e-mail was sent from; for contacts the
        recipient, where they are known.

        :return: nothing where the rule does not wait for this
        """
        tracking = fact.tracking_id
        if (
            fact.kind == "click"
            and self.engagement_link
            and not is_excluded_link(fact.link_id.url or "", lines(self.engagement_link))
        ):
            return None
        if fact.kind == "unanswered" and not self._engagement_still_waits(fact):
            return None
        if self in self.env["mail.engagement.automation.mail"]._engagement_rules(tracking):
            return None
        if self.model_name == "res.partner" and tracking.partner_id:
            return tracking.partner_id
        if self.model_name != tracking.model or not tracking.res_id:
            return None
        return self.env[self.model_name].browse(tracking.res_id).exists()

    def _engagement_still_waits(self, fact):
        """Whether it is this rule's number of days, and nobody has answered meanwhile."""
        tracking = fact.tracking_id
        due = fields.Datetime.add(tracking.sent_at, days=self.engagement_days)
        return (
            fact.key == str(self.engagement_days)
            and due >= self.engagement_since
            and bool(tracking._engagement_unanswered())
        )

    def _engagement_failed(self, error):
        """Log a failure where Odoo logs those of rules; switch off what always fails, and tell the
        administrators as Odoo does of its scheduled actions."""
        self.ensure_one()
        said = why(error).partition("\n")[0]
        self.env["ir.logging"].sudo().create(
            self._prepare_loggin_values(name=self.name, level="ERROR", message=why(error))
        )
        self.engagement_failure_count += 1
        if self.engagement_failure_count >= FAILURES:
            self.active = False
            text = self.env._(
                "“%(rule)s” is switched off after %(count)s failures in a row: %(why)s",
                rule=self.name,
                count=FAILURES,
                why=said,
            )
            self.message_post(body=text)
            self.env["ir.cron"]._notify_admin(text)

    @api.model
    def _cron_engagement_unanswered(self):
        """Make facts of the e-mails that nobody answered in time."""
        rules = self._engagement_listening("unanswered")
        for days, mine in rules.grouped("engagement_days").items():
            mails = self._engagement_due(days, min(mine.mapped("engagement_since")))
            self.env["mail.engagement.fact"]._engagement_add(
                "unanswered", mails._engagement_unanswered(), key=str(days)
            )
            self.env["ir.cron"]._commit_progress()

    @api.model
    def _engagement_due(self, days, since):
        """The followed e-mails whose time for an answer ran out after `since`, one recipient's of
        each message, without those that became a fact."""
        self.env.flush_all()
        now = fields.Datetime.now()
        since = max(since, fields.Datetime.subtract(now, days=NEWS_DAYS))
        rows = self.env.execute_query(
            SQL(
                """SELECT MIN(id) FROM mail_engagement_tracking mail
                    WHERE sent_at >= %(first)s AND sent_at <= %(last)s
                      AND state NOT IN ('failed', 'bounced', 'untracked')
                      AND rfc_message_id IS NOT NULL
                      AND company_id IN (SELECT id FROM res_company WHERE engagement_enabled)
                 GROUP BY rfc_message_id
                   HAVING SUM(reply_count) = 0 AND NOT EXISTS (
                       SELECT FROM mail_engagement_fact fact
                        WHERE fact.tracking_id = MIN(mail.id) AND kind = 'unanswered'
                          AND key = %(key)s)
                 ORDER BY 1 LIMIT %(limit)s""",
                first=fields.Datetime.subtract(since, days=days),
                last=fields.Datetime.subtract(now, days=days),
                key=str(days),
                limit=BATCH,
            )
        )
        return self.env["mail.engagement.tracking"].browse([id_ for (id_,) in rows])
