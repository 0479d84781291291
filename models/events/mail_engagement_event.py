import logging
import time
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...relay.engagement_relay.detection.classify import classify
from ...relay.engagement_relay.protocol.kept import KEPT_FROM, level
from ...relay.engagement_relay.protocol.token import Policy
from ...tools.apart import apart
from ...tools.bulk import rows_sql
from ...tools.kinds import KINDS, REPLY
from ...tools.why import why
from .reasons import REASON_TEXTS

_logger = logging.getLogger(__name__)

TYPES = [(kind.name, kind.done) for kind in (*KINDS, REPLY)]
VERDICTS = [
    ("human", "A person"),
    ("machine", "A machine"),
    ("unknown", "Unknown"),
    ("self", "The sender"),
]
# Clocks differ a little; an event from further ahead, or before its mail was sent, is none.
CLOCKS_DIFFER = 86400
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
# The times that observations have, unix seconds: Python lacks others, and no view shows them.
FIRST_TIME, AFTER_LAST_TIME = 0, 2**32
# Of a mail whose recipients are only counted, or forgotten, nobody's device or place is kept.
KEPT_OF_NOBODY = SQL("CASE WHEN tracking.is_anonymous THEN %s END", int(Policy.ANONYMOUS))
# Unix seconds on their way.
TIMES = ("sent_at", "occurred_at")
CORRECTED = ("human", "machine", "self")
# What happened longer ago is no news, however late it came in.
NEWS_DAYS = 30
# What makes an event the same as an earlier one of its mail: each link and file has a first time,
# each reply is one.
ONCE = SQL("COALESCE(CASE event.type WHEN 'reply' THEN event.uid ELSE event.link_ref END, '')")


def kept_sql(name, value):
    """
    :param str name: of an observation's key
    :param SQL value: what it holds
    :return: that, as far as it may be kept under the policy ``kept``
    :rtype: SQL
    """
    if name not in KEPT_FROM:
        return value
    return SQL("CASE WHEN kept >= %s THEN %s END", int(KEPT_FROM[name]), value)


class MailEngagementEvent(models.Model):
    """Something that happened to a sent mail: an edge saw a request, or a reply came in.

    Only ever inserted on the hot path; ``verdict`` stays empty until the summary judges all
    observations of a recipient's mail together, and may change with later evidence.
    """

    _name = "mail.engagement.event"
    _description = "Engagement Event"
    _inherit = ["mail.engagement.access.mixin"]
    _order = "occurred_at DESC, id DESC"
    _rec_name = "type"
    _log_access = False

    uid = fields.Char("Identifier", required=True, readonly=True)
    mail_uid = fields.Char("Mail", required=True, readonly=True)
    tracking_id = fields.Many2one("mail.engagement.tracking", "Recipient", ondelete="cascade")
    link_id = fields.Many2one(
        "mail.engagement.link", "Link", ondelete="set null", index="btree_not_null"
    )
    link_ref = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    type = fields.Selection(TYPES, required=True, readonly=True)
    occurred_at = fields.Datetime("When", required=True, readonly=True, index=True)
    sent_at = fields.Datetime(readonly=True, help="What the token says.")
    repeat_count = fields.Integer("Times", default=1, readonly=True)
    verdict = fields.Selection(VERDICTS)
    reason = fields.Char(help="A code, worded at display.")
    reason_params = fields.Json()
    reason_text = fields.Char("Why", compute="_compute_reason_text")
    verdict_by = fields.Selection([("rule", "Rule"), ("user", "Corrected")], default="rule")
    method = fields.Char(readonly=True)
    policy = fields.Integer(readonly=True, help="How much of it was kept: docs/privacy.md.")
    agent_class = fields.Char(readonly=True)
    agent_name = fields.Char(readonly=True)
    network_class = fields.Char(readonly=True)
    network_name = fields.Char(readonly=True)
    hints = fields.Char(readonly=True)
    source = fields.Integer(readonly=True, help="Tells two networks apart, gives no address back.")
    device_type = fields.Selection(
        [
            ("desktop", "Computer"),
            ("mobile", "Phone"),
            ("tablet", "Tablet"),
            ("other", "Other"),
        ],
        "Device",
        readonly=True,
    )
    client = fields.Char(readonly=True)
    os = fields.Char("System", readonly=True)
    country_id = fields.Many2one("res.country", "Country", readonly=True)
    city = fields.Char(readonly=True)
    ip = fields.Char("IP Address", readonly=True, groups="mail_engagement.group_manager")
    user_agent = fields.Char(readonly=True, groups="mail_engagement.group_manager")
    correction_id = fields.Many2one(
        "mail.engagement.correction",
        "Correction",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _uid_unique = models.UniqueIndex("(uid)", "An event is stored once.")
    _tracking_idx = models.Index("(tracking_id, occurred_at)")
    _pending_idx = models.Index("(mail_uid) WHERE verdict IS NULL")

    def init(self):
        """At each update: take out of stored events what today's rules would not store. One
        statement looks into an index, the other reads the table once; both write such rows only.
        """
        self._engagement_delete_timeless()
        self._engagement_lower_stored()

    def _engagement_delete_timeless(self):
        """What came before observations had bounds."""
        first, after_last = (
            datetime.fromtimestamp(at, timezone.utc).replace(tzinfo=None)
            for at in (FIRST_TIME, AFTER_LAST_TIME)
        )
        self.env.cr.execute(
            SQL(
                """DELETE FROM mail_engagement_event
                    WHERE occurred_at < %s OR occurred_at >= %s""",
                first,
                after_last,
            )
        )
        if self.env.cr.rowcount:
            _logger.info("%s events of no time were deleted", self.env.cr.rowcount)

    def _engagement_lower_stored(self):
        """What came while only the level at ingest decided, see docs/privacy.md."""
        columns = {name: "country_id" if name == "country" else name for name in KEPT_FROM}
        values = {name: SQL.identifier("event", column) for name, column in columns.items()}
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_event event SET policy = kept, %(lowered)s
                     FROM (SELECT event.id AS event_id, kept
                             FROM mail_engagement_event event
                        LEFT JOIN mail_engagement_tracking tracking
                               ON tracking.id = event.tracking_id AND tracking.is_anonymous
                     CROSS JOIN LATERAL (SELECT LEAST(event.policy, %(nobody)s) AS kept) lowest
                            WHERE kept > 0
                              AND (event.policy > kept OR num_nonnulls(%(more)s) > 0)) wrong
                    WHERE event.id = event_id""",
                lowered=SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(columns[name]), kept_sql(name, value))
                    for name, value in values.items()
                ),
                nobody=KEPT_OF_NOBODY,
                more=SQL(", ").join(
                    SQL("CASE WHEN kept < %s THEN %s::text END", int(KEPT_FROM[name]), value)
                    for name, value in values.items()
                ),
            )
        )
        if self.env.cr.rowcount:
            _logger.info("%s events held more than their policy allows", self.env.cr.rowcount)

    @api.model
    def _engagement_access_domain(self):
        """A user who may read a mail may read its events."""
        return Domain("tracking_id", "any!", self.env["mail.engagement.tracking"]._search([]))

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
        seen, rejected, now = [], [], time.time()
        for item in observations:
            reason = self._engagement_wrong_time(item, now)
            if reason:
                rejected.append({"uid": item.uid, "reason": reason})
            else:
                seen.append(item)
        if not seen or not company.engagement_enabled:
            return len(seen), 0, rejected
        wanted = company._engagement_recorded_types()
        rows = [self._engagement_row(item) for item in seen if item.type in wanted]

        def store(some):
            # What PostgreSQL says quotes the row, addresses included.
            insert = self._engagement_insert_sql(company, some)
            self.env.cr.execute(insert, log_exceptions=False)
            return self.env.cr.fetchone()

        def refuse(row, error):
            [[uid, *_values]] = row
            rejected.append({"uid": uid, "reason": "storage"})
            _logger.error("Observation %s cannot be stored: %s", uid, why(error))

        refused = len(rejected)
        stored = apart(self.env.cr, rows, store, refuse)
        admitted, inserted, early = map(sum, zip(*stored, strict=True)) if stored else (0, 0, 0)
        if early:
            self._engagement_look_again()
        known = admitted - inserted
        return len(seen) - known - (len(rejected) - refused), known, rejected

    @staticmethod
    def _engagement_wrong_time(seen, now):
        """Why an observation cannot be of this mail; empty where it can.

        :param float now: unix seconds
        """
        if seen.at > now + CLOCKS_DIFFER:
            return "future"
        if seen.at < seen.sent_at - CLOCKS_DIFFER:
            return "before"
        return ""

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
            int(level(seen.policy, seen.minimum)),
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
                   SELECT seen.*, %(kept)s AS kept, tracking.id AS tracking_id, link.id AS link_id,
                          country.id AS country_id
                     FROM seen
                LEFT JOIN mail_engagement_tracking tracking
                       ON tracking.uid = seen.mail_uid AND tracking.company_id = %(company)s
                LEFT JOIN mail_engagement_link link
                       ON link.rfc_message_id = tracking.rfc_message_id
                      AND link.reference = seen.link_ref
                LEFT JOIN res_country country ON country.code = seen.country
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
                   SELECT %(company)s, tracking_id, link_id, %(country)s, 'rule', %(values)s
                     FROM admitted
              ON CONFLICT (uid) DO NOTHING RETURNING 1)
            SELECT (SELECT count(*) FROM admitted), (SELECT count(*) FROM inserted),
                   (SELECT count(*) FROM admitted WHERE tracking_id IS NULL)""",
            rows=rows_sql(COLUMNS, rows),
            stored=SQL(", ").join(map(SQL.identifier, stored)),
            values=SQL(", ").join(map(self._engagement_stored_sql, stored)),
            company=company.id,
            level=self._engagement_level_sql(company),
            kept=SQL("LEAST(seen.policy, allowed.today, %s)", KEPT_OF_NOBODY),
            country=kept_sql("country", SQL("country_id")),
            # A relay that has yet to learn of a shorter retention records what is too old.
            horizon=time.time() - company._engagement_retention_days() * 86400,
            excluded=company._engagement_excluded_sql(),
        )

    @api.model
    def _engagement_stored_sql(self, name):
        column = SQL.identifier(name)
        if name in TIMES:
            return SQL("to_timestamp(%s) AT TIME ZONE 'UTC'", column)
        return SQL("kept") if name == "policy" else kept_sql(name, column)

    @api.model
    def _engagement_level_sql(self, company):
        """How much of an event the recipient and the company allow today, as token.Policy.

        A suppression says what was refused since the mail was sent; the words of all who count
        are looked at too, for a mail that left at that very moment. A mail that names a person is
        not recorded where today people are only counted. Who acts on a mail whose row is not
        written yet was asked a moment ago.
        """
        policies = company._engagement_policies(company.id)
        return SQL(
            """CASE WHEN seen.type = ANY(string_to_array(suppression.kinds, ',')) THEN 0
                    WHEN seen.type = 'reply' THEN 3
                    WHEN tracking.is_anonymous IS NOT FALSE THEN %s
                    ELSE %s END""",
            policies.most,
            self.env["res.partner"]._engagement_level_sql(
                policies,
                kind=SQL("seen.type"),
                partner=SQL("tracking.partner_id"),
                addresses=SQL("tracking.email_normalized"),
            ),
        )

    def _engagement_news_sql(self):
        """Which of these events are news for others: the first of its kind that the rules take for
        a person's, and each reply.

        Not the same view loaded again, nor what a user corrected: they know of it already.

        :rtype: SQL, a condition on ``event``
        """
        return SQL(
            """event.id = ANY(%s) AND event.verdict = 'human' AND event.verdict_by = 'rule'
           AND event.reason IS DISTINCT FROM 'same_view'
           AND event.occurred_at > (now() AT TIME ZONE 'UTC') - %s * INTERVAL '1 day'
           AND (event.type = 'reply' OR NOT EXISTS (
               SELECT FROM mail_engagement_event earlier
                WHERE earlier.tracking_id = event.tracking_id AND earlier.type = event.type
                  AND earlier.link_ref IS NOT DISTINCT FROM event.link_ref
                  AND earlier.verdict = 'human'
                  AND (earlier.occurred_at, earlier.id) < (event.occurred_at, event.id)))""",
            self.ids,
            NEWS_DAYS,
        )

    @api.depends("reason", "reason_params", "correction_id")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        texts = self._engagement_reasons()
        for event in self:
            event.reason_text = event._engagement_word_reason(texts)

    def _engagement_word_reason(self, texts):
        """The reason in words: "Microsoft Azure, 4 s after sending".

        :param dict texts: of ``_engagement_reasons``
        """
        params = dict(self.reason_params or {})
        if self.reason == "corrected":
            # sudo: who corrected an event is no secret among those who see it.
            params["user"] = self.sudo().correction_id.user_id.name or ""
        text = texts.get(self.reason) or self.reason or ""
        try:
            return (text % params).strip(" :")
        except (KeyError, TypeError, ValueError):
            return text

    @api.model
    def _engagement_reasons(self):
        """The words of the judge's reasons in the reader's language.

        :rtype: dict[str, str], code → text with named placeholders
        """
        return {code: self.env._(text) for code, text in REASON_TEXTS.items()}

    def engagement_correct(self, verdict):
        """Somebody knows better than the rules: "Not a person", "That was a person", "That was
        me". Kept with who and when; counts and states follow at once.

        :param str verdict: ``human``, ``machine`` or ``self``
        :raises UserError: for another verdict
        :raises AccessError: for events of mails that the user may not read
        """
        self.check_access("read")
        if verdict not in CORRECTED:
            raise UserError(self.env._("An event can be a person's, a machine's or your own."))
        # sudo: events are written by the rules, and by nobody but through these two methods.
        events = self.sudo().filtered(lambda event: event.verdict != verdict)
        for event in events:
            event._engagement_end_correction()
            event.write(
                {
                    "correction_id": self.env["mail.engagement.correction"]
                    .sudo()
                    .create(event._engagement_correction_values(self.env.user, verdict))
                    .id,
                    "verdict": verdict,
                    "verdict_by": "user",
                    "reason": "corrected",
                    "reason_params": False,
                }
            )
        events._engagement_after_correction()

    def engagement_undo_correction(self):
        """Let the rules decide again.

        :raises AccessError: for events of mails that the user may not read
        """
        self.check_access("read")
        # sudo: as above.
        events = self.sudo().filtered(lambda event: event.verdict_by == "user")
        events._engagement_end_correction()
        events.write({"verdict": False, "verdict_by": "rule", "correction_id": False})
        events._engagement_after_correction()

    def _engagement_correction_values(self, user, verdict):
        before = self.correction_id if self.verdict_by == "user" else self
        return {
            "event_id": self.id,
            "company_id": self.company_id.id,
            "user_id": user.id,
            "date": fields.Datetime.now(),
            "type": self.type,
            # What the rules had said, also when somebody corrected it before.
            "verdict_before": before.verdict_before if before != self else self.verdict,
            "verdict": verdict,
            "reason": before.reason,
            "network_name": self.network_name,
            "agent_name": self.agent_name,
        }

    def _engagement_end_correction(self):
        self.correction_id.write({"undone_at": fields.Datetime.now(), "undone_by_id": self.env.uid})

    def _engagement_after_correction(self):
        """Judge what is open again, recount, and show it."""
        if not self:
            return
        self.env.flush_all()
        trackings = self.tracking_id
        news = trackings._engagement_judge()
        trackings._engagement_recount()
        trackings._engagement_counted()
        trackings._engagement_happened(news)
        corrected = self.filtered(lambda event: event.verdict == "human")
        trackings._engagement_after_events(trackings, news | corrected)

    @api.model
    def _engagement_actions(self):
        """The words on the buttons, by what they make of an event."""
        return {
            "human": self.env._("That was a person"),
            "machine": self.env._("Not a person"),
            "self": self.env._("That was me"),
        }

    def _engagement_classify(self):
        """Name network and agent by today's knowledge, from the address and agent kept."""
        knowledge = self.env["mail.engagement.knowledge"]._engagement_knowledge()
        for event in self:
            headers = {"user-agent": event.user_agent}
            if event.agent_class == "assistant":
                # Who signed the request is kept, the header is not.
                headers["signature-agent"] = f"https://{event.agent_name or ''}"
            traits = classify(event.method or "GET", headers, event.ip, knowledge)
            values = {
                "agent_class": traits.agent or False,
                "agent_name": traits.agent_name or False,
                "network_class": traits.network or False,
                "network_name": traits.network_name or False,
                "device_type": traits.device_type or False,
                "client": traits.client or False,
                "os": traits.os or False,
            }
            if any(event[name] != value for name, value in values.items()):
                event.write(values)
