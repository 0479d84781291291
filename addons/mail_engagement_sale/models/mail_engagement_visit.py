import logging
from datetime import timedelta, timezone

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

from odoo.addons.mail_engagement.controllers.edge import asked
from odoo.addons.mail_engagement.models.events.mail_engagement_event import VERDICTS
from odoo.addons.mail_engagement.models.events.mail_engagement_tracking import Row
from odoo.addons.mail_engagement.relay.engagement_relay.detection.observe import (
    bucket,
    is_refused,
    observe,
)
from odoo.addons.mail_engagement.relay.engagement_relay.protocol import token
from odoo.addons.mail_engagement.tools.judge.reason import SET_ASIDE
from odoo.addons.mail_engagement.tools.why import why

from .sale_order import VIEWED

_logger = logging.getLogger(__name__)

# Seconds: a page that comes so soon after a followed link, in the same program, is where it led.
# Not by the address: a browser may reach the edge and Odoo over two of them.
LED = 10
# What is kept of a visit: what the verdict needs, and no address, place or agent's own words.
KEPT = (
    "method",
    "agent",
    "agent_name",
    "network",
    "network_name",
    "source",
    "device_type",
    "client",
    "os",
)
SAID = Markup('<p>%s<br/><small class="text-muted">%s</small></p>')
# No event has this id.
BESIDE = 0


class MailEngagementVisit(models.Model):
    """A visit of a quotation's page by the link in a followed e-mail: by whom, and what is said of
    it in the quotation's chatter.

    It is no event of the mail and in no count: where a followed link led to the page, the click is
    counted already. It is judged beside the mail's events, without being evidence on them. The
    message stays when the visit goes.
    """

    _name = "mail.engagement.visit"
    _description = "Visit of a Quotation"
    _order = "happened_at DESC, id DESC"
    _log_access = False

    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    tracking_id = fields.Many2one(
        "mail.engagement.tracking", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    happened_at = fields.Datetime(required=True, index=True)
    body = fields.Char(required=True, help="What Odoo would have said.")
    seen = fields.Json(required=True, help="What the judge needs, and no more.")
    is_open = fields.Boolean(default=True, help="To be judged, or judged again.")
    verdict = fields.Selection(VERDICTS)
    reason = fields.Char()
    reason_params = fields.Json()
    message_id = fields.Many2one("mail.message", index="btree_not_null", ondelete="set null")

    _open_idx = models.Index("(id) WHERE is_open")

    @api.model
    def _engagement_note(self, order, body):
        """Write down the visit that this request is, where it may be judged.

        :param sale.order order:
        :param str body: what Odoo says of it
        :return: nothing where no followed mail led here, or where the recipient's permission, the
            company or the browser does not allow it
        :rtype: mail.engagement.visit
        """
        partner = self._engagement_visitor(order)
        tracking, level, sources = self._engagement_mail(order, partner)
        headers, address = asked()
        company = tracking.company_id
        if level < token.Policy.NO_IP or is_refused(headers, company._engagement_honoured()):
            return self.browse()
        uid = bytes.fromhex(tracking.uid)
        salts = company._engagement_salts()[company.id]
        observation = observe(
            token.Token(
                "c",
                0,
                bytes.fromhex(company.engagement_tenant),
                token.Policy(level),
                int(tracking.sent_at.timestamp()),
                uid,
            ),
            method=request.httprequest.method,
            headers=headers,
            ip=address,
            knowledge=self.env["mail.engagement.knowledge"]._engagement_knowledge(),
            # That of the edge which has seen this address before, Odoo's or a relay's.
            salt=next((salt for salt in salts if bucket(salt, uid, address) in sources), salts[0]),
        )
        visit = self.create(
            {
                "order_id": order.id,
                "tracking_id": tracking.id,
                "company_id": company.id,
                "happened_at": fields.Datetime.now(),
                "body": body,
                "seen": {
                    "at": observation.at,
                    "hints": ",".join(observation.hints),
                    **{name: getattr(observation, name) for name in KEPT},
                },
            }
        )
        self._engagement_work()
        return visit

    @api.model
    def _engagement_visitor(self, order):
        """Who got the link, which is signed for them; else who is logged in, or the customer.

        :rtype: res.partner
        """
        pid, signed = request.params.get("pid"), request.params.get("hash")
        if pid and signed and str(pid).isdecimal():
            if tools.consteq(order._sign_token(int(pid)), str(signed)):
                return self.env["res.partner"].browse(int(pid))
        user = request.env.user
        return order.partner_id if user._is_public() else user.partner_id

    @api.model
    def _engagement_mail(self, order, partner):
        """The followed mail that led to an order's page: one that they just clicked, else the last.

        :return: the mail's row, how much of a click on it may be known today (token.Policy), and
            from where it was seen before; zero where there is none
        :rtype: tuple[mail.engagement.tracking, int, set[int]]
        """
        mails = self.env["mail.engagement.tracking"]
        company = order.company_id
        if not company.engagement_enabled or "click" not in company._engagement_recorded_types():
            return mails, 0, set()
        now = fields.Datetime.now()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT tracking.id, CASE WHEN state = 'untracked' THEN 0 ELSE %(level)s END,
                          ARRAY(SELECT DISTINCT source FROM mail_engagement_event event
                                 WHERE event.tracking_id = tracking.id AND source IS NOT NULL)
                     FROM mail_engagement_tracking tracking
                    WHERE model = 'sale.order' AND res_id = %(order)s AND partner_id = %(partner)s
                      AND company_id = %(company)s AND is_anonymous IS NOT TRUE
                      AND state <> 'failed'
                      AND sent_at > %(horizon)s
                      AND %(excluded)s IS NOT TRUE
                      AND NOT EXISTS (
                          SELECT FROM mail_engagement_suppression suppression
                           WHERE suppression.company_id = tracking.company_id
                             AND suppression.mail_uid = tracking.uid
                             AND 'click' = ANY(string_to_array(suppression.kinds, ',')))
                 ORDER BY EXISTS (SELECT FROM mail_engagement_event event
                                   WHERE event.tracking_id = tracking.id AND event.type = 'click'
                                     AND event.occurred_at > %(led)s) DESC,
                          sent_at DESC, id DESC
                    LIMIT 1""",
                level=self.env["res.partner"]._engagement_level_sql(
                    company._engagement_policies(company.id),
                    kind=SQL("'click'"),
                    partner=SQL("tracking.partner_id"),
                    addresses=SQL("tracking.email_normalized"),
                ),
                order=order.id,
                partner=partner.id,
                company=company.id,
                horizon=now - timedelta(days=company._engagement_retention_days()),
                excluded=company._engagement_excluded_sql(),
                led=now - timedelta(seconds=LED),
            )
        )
        for id_, level, sources in rows:
            return mails.browse(id_), level, set(sources)
        return mails, 0, set()

    @api.model
    def _engagement_work(self):
        # sudo: whoever caused something new, the cron judges.
        self.env.ref("mail_engagement_sale.ir_cron_visit").sudo()._trigger()

    @api.model
    def _engagement_look_again(self, trackings):
        """Have visits judged again, as there is news of the mails that led to them."""
        if not trackings:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_visit SET is_open = TRUE
                    WHERE tracking_id = ANY(%s) AND NOT is_open""",
                trackings.ids,
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model(["is_open"])
            self._engagement_work()

    @api.model
    def _cron_engagement_visit(self):
        """Judge the visits that wait, each in a transaction of its own.

        One that fails waits for the next time, and is given up after a day.
        """
        waiting = self.search([("is_open", "=", True)], order="id")
        cron = self.env["ir.cron"]
        for left, visit in zip(reversed(range(len(waiting))), waiting, strict=True):
            try:
                visit._engagement_decide()
                self.env.flush_all()
            except Exception as error:
                self.env.cr.rollback()
                _logger.error("Visit %s is not told of: %s", visit.id, why(error))
                if visit.happened_at < fields.Datetime.now() - timedelta(days=1):
                    visit.is_open = False
            if not cron._commit_progress(1, remaining=left):
                return

    def _engagement_decide(self):
        """Judge, and say so in the chatter where that is new."""
        verdict, reason, params = self._engagement_verdict()
        self.is_open = False
        if (verdict, reason, params) == (self.verdict, self.reason, self.reason_params or {}):
            return
        before = self._engagement_is_customers() if self.verdict else None
        self.write({"verdict": verdict, "reason": reason, "reason_params": params})
        if verdict == "human":
            facts = self.env["mail.engagement.fact"]
            facts._engagement_add("quotation", self.tracking_id, happened_at=self.happened_at)
        order = self._engagement_order()
        if self._engagement_is_customers():
            self.with_env(order.env)._engagement_tell_customers(order, before)
        else:
            self.with_env(order.env)._engagement_tell_others(order, before)

    def _engagement_verdict(self):
        """The verdict on the click that led here, else on this visit, beside the mail's events.

        :return: verdict, the reason's code, and what its words need
        :rtype: tuple[str, str, dict]
        """
        mail, own = self.tracking_id, self._engagement_row()
        events = mail._engagement_rows()
        click = next(filter(self._engagement_is_led, reversed(events)), None)
        if click and click.verdict_by == "user":
            return click.verdict, click.reason, self._engagement_corrector(click)
        try:
            # Beside the click that led here, this would be one more visitor.
            verdicts = mail._engagement_verdicts(events if click else [*events, own])
        except Exception as error:
            _logger.error("Visit %s cannot be judged: %s", self.id, why(error))
            return "unknown", SET_ASIDE, {}
        found = verdicts[(click or own).id]
        return found.verdict, found.reason, found.params

    def _engagement_is_led(self, row):
        """Whether this is the page of that click."""
        return (
            row.type == "click"
            and 0 <= self.seen["at"] - row.at <= LED
            and all(
                (getattr(row, name) or "") == (self.seen[name] or "")
                for name in ("agent", "client", "os", "device_type")
            )
        )

    def _engagement_corrector(self, click):
        event = self.env["mail.engagement.event"].browse(click.id)
        return {"user": event.correction_id.user_id.name or ""}

    def _engagement_row(self):
        """This visit as a click of the mail, for the judge.

        :rtype: Row
        """
        mail = self.tracking_id
        nothing = dict.fromkeys(Row._fields)
        seen = {name: self.seen[name] for name in ("at", "hints", *KEPT)}
        known = {
            "id": BESIDE,
            "tracking_id": mail.id,
            "company_id": mail.company_id.id,
            "author_id": mail.author_id.id,
            "mail_uid": mail.uid,
            "rfc_message_id": mail.rfc_message_id,
            "anonymous": mail.is_anonymous,
            "type": "click",
            "t": self.seen["at"] - mail.sent_at.replace(tzinfo=timezone.utc).timestamp(),
            "repeat": 1,
        }
        return Row(**{**nothing, **seen, **known})

    def _engagement_is_customers(self):
        """A visit that Odoo's own words may be said of."""
        return self.verdict in ("human", "unknown")

    def _engagement_order(self):
        """The quotation, for the salesperson to be told in their language, as Odoo tells them.

        :rtype: sale.order
        """
        order = self.order_id
        lang = order.user_id.lang or order.company_id.partner_id.lang
        return order.with_user(SUPERUSER_ID).with_context(lang=lang)

    def _engagement_tell_customers(self, order, before):
        """Say what Odoo says, and how sure that is."""
        if before:
            self._engagement_say(order, self._engagement_customers_text())
            return
        alone = not self._engagement_shared()
        told = self.message_id
        self.message_id = order.message_post(
            body=self._engagement_customers_text(),
            message_type="notification",
            subtype_xmlid=VIEWED,
            date=self.happened_at,
        )
        if told and alone:
            told.unlink()
        elif told:
            left = self.search([("message_id", "=", told.id)], limit=1)
            left._engagement_tell_others(order, False)

    def _engagement_tell_others(self, order, before):
        """Note a machine's or an own visit apart; machines of one mail are one note."""
        if before is None and self.verdict == "machine":
            self.message_id = self.search(
                [
                    ("tracking_id", "=", self.tracking_id.id),
                    ("verdict", "=", "machine"),
                    ("message_id", "!=", False),
                ],
                limit=1,
            ).message_id
        text = self._engagement_others_text()
        if self.message_id:
            self._engagement_say(order, text)
            if before:
                note = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")
                self.message_id.subtype_id = note
            return
        self.message_id = order.message_post(
            body=text,
            message_type="notification",
            subtype_xmlid="mail.mt_note",
            date=self.happened_at,
        )

    def _engagement_say(self, order, text):
        """Correct what was said, on open screens too."""
        if self.message_id:
            order._message_update_content(self.message_id, body=text, strict=False)

    def _engagement_shared(self):
        """The other visits that are told of in the same message."""
        return self.message_id and self.search(
            [("message_id", "=", self.message_id.id), ("id", "!=", self.id)]
        )

    def _engagement_customers_text(self):
        reason = self._engagement_reason()
        if self.verdict == "unknown":
            text = self.env._("Nobody knows whether this was a person: %s", reason)
        elif self.reason in ("browser", "same_view"):
            text = self.env._("A person's visit, as far as anybody can tell.")
        else:
            text = self.env._("A person's visit: %s", reason)
        return SAID % (self.body, text)

    def _engagement_others_text(self):
        reason = self._engagement_reason()
        if self.verdict == "self":
            text = self.env._("Somebody on your own side opened the link to this quotation.")
        elif count := len(self._engagement_shared() or ()):
            text = self.env._(
                "Scanners opened the link to this quotation %s times, not the customer.", count + 1
            )
        else:
            text = self.env._("A scanner opened the link to this quotation, not the customer.")
        return SAID % (text, reason)

    def _engagement_reason(self):
        """The reason in words, as in the time line.

        :rtype: str
        """
        text = self.env["mail.engagement.event"]._engagement_reasons().get(self.reason) or ""
        try:
            return (text % (self.reason_params or {})).strip(" :")
        except (KeyError, TypeError, ValueError):
            return text

    @api.autovacuum
    def _gc_visits(self):
        """Visits go when events of their age do, and when nobody is to know any more whose e-mail
        it was; what was said of them stays in the chatter.

        :return: how many rows were deleted, and whether there may be more
        :rtype: tuple[int, bool]
        """
        gone = 0
        for company in self.env["res.company"].search([("engagement_tenant", "!=", False)]):
            until = fields.Datetime.now() - timedelta(days=company._engagement_retention_days())
            old = self.search(
                Domain("company_id", "=", company.id)
                & (
                    Domain("happened_at", "<", until)
                    | Domain("tracking_id.is_anonymous", "=", True)
                ),
                limit=GC_UNLINK_LIMIT - gone,
            )
            gone += len(old)
            old.unlink()
        return gone, gone == GC_UNLINK_LIMIT
