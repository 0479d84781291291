import logging

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.apart import apart
from ...tools.why import why
from .mail_engagement_tracking import LOCK

_logger = logging.getLogger(__name__)

BATCH = 200
STATES = [
    ("running", "Running"),
    ("stopped", "Stopped"),
    ("done", "Done"),
]


class MailEngagementRejudge(models.Model):
    """One run over all stored events, after the rules or the knowledge changed.

    Works in batches of mails, each in a transaction of its own that also says how far it came:
    stopped or killed at any moment, it goes on after the last finished batch, and what was done
    stays done.
    """

    _name = "mail.engagement.rejudge"
    _description = "Re-evaluation of Events"
    _order = "id DESC"
    _rec_name = "started_at"

    state = fields.Selection(STATES, required=True, default="running", readonly=True)
    user_id = fields.Many2one(
        "res.users", "Started By", default=lambda self: self.env.user, readonly=True
    )
    started_at = fields.Datetime("Started", default=fields.Datetime.now, readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    last_id = fields.Integer("Last Mail", readonly=True, help="Where to go on.")
    total = fields.Integer("Mails", readonly=True)
    done = fields.Integer("Judged", readonly=True)
    changed = fields.Integer("Verdicts Changed", readonly=True)
    progress = fields.Float(compute="_compute_progress", help="In percent.")

    _one_running = models.UniqueIndex(
        "(state) WHERE state = 'running'", "Stored events are being re-evaluated already."
    )

    @api.depends("state", "total", "done")
    def _compute_progress(self):
        for run in self:
            if run.state == "done":
                run.progress = 100
            else:
                run.progress = min(100, 100 * run.done / run.total) if run.total else 0

    @api.model_create_multi
    def create(self, vals_list):
        runs = super().create(vals_list)
        runs._engagement_trigger()
        return runs

    @api.model
    def action_start(self):
        """Judge all stored events again.

        :return: the run's window
        :rtype: dict
        """
        if self.search_count([("state", "=", "running")], limit=1):
            raise UserError(self.env._("Stored events are being re-evaluated already."))
        return self.create({})._engagement_window()

    def action_stop(self):
        """End after the current batch."""
        self.check_access("write")
        self.filtered(lambda run: run.state == "running").state = "stopped"

    def action_continue(self):
        """Go on where it was stopped."""
        self.check_access("write")
        self.filtered(lambda run: run.state == "stopped").state = "running"
        self._engagement_trigger()

    def _engagement_window(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Re-evaluation"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def _engagement_trigger(self):
        self.env.ref("mail_engagement.ir_cron_rejudge")._trigger()

    @api.model
    def _cron_engagement_rejudge(self):
        """One batch after the other, until done, stopped or out of time."""
        cron = self.env["ir.cron"]
        self._engagement_count_mails()
        # Before a batch, which writes the same row by a cursor of its own.
        cron._commit_progress()
        while True:
            left = self._engagement_rejudge_batch(self.env.registry)
            if not left:
                return
            # Ends with the time of a cron job; the job is then called again.
            if not cron._commit_progress(1, remaining=left):
                return

    @api.model
    def _engagement_count_mails(self):
        """See how much there is to do: with millions of events that takes longer than a person
        who presses a button should wait."""
        run = self.search([("state", "=", "running"), ("total", "=", 0)], limit=1)
        if run:
            [(run.total,)] = self.env.execute_query(
                SQL(
                    """SELECT count(*) FROM mail_engagement_tracking mail
                        WHERE EXISTS (SELECT FROM mail_engagement_event event
                                       WHERE event.tracking_id = mail.id)"""
                )
            )

    @api.model
    def _engagement_rejudge_batch(self, registry):
        """Judge a batch again, in a transaction of its own.

        :return: how many mails are left
        :rtype: int
        """
        if modules.module.current_test:
            return self.sudo()._engagement_rejudge_here()
        # The lock first, then the snapshot: see MailEngagementTracking._engagement_summarise.
        with registry.cursor() as lock:
            lock.execute(SQL("SELECT pg_advisory_xact_lock(%s)", LOCK))
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    left = env[self._name]._engagement_rejudge_here()
            except psycopg2.errors.SerializationFailure:
                _logger.info("Somebody wrote meanwhile, judging this batch again")
                left = 1
        # Workers that stored events meanwhile saw the lock and left them to us.
        self.env["mail.engagement.tracking"]._engagement_summarise(registry)
        return left

    @api.model
    def _engagement_rejudge_here(self):
        run = self.search([("state", "=", "running")], limit=1)
        if not run:
            return 0
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT tracking_id FROM mail_engagement_event
                    WHERE tracking_id > %s ORDER BY tracking_id LIMIT %s""",
                run.last_id,
                BATCH,
            )
        )
        trackings = self.env["mail.engagement.tracking"].browse([id_ for (id_,) in rows])
        if not trackings:
            run.write({"state": "done", "ended_at": fields.Datetime.now()})
            return 0
        changed = apart(
            self.env.cr,
            trackings,
            lambda mails: mails._engagement_rejudge(),
            lambda mail, error: _logger.error(
                "Mail %s stays as it was judged: %s", mail.id, why(error)
            ),
        )
        run.write(
            {
                "last_id": trackings[-1].id,
                "done": run.done + len(trackings),
                "changed": run.changed + sum(changed),
            }
        )
        self.env.flush_all()
        return max(run.total - run.done, 1)
