from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_list
from odoo.tools.constants import GC_UNLINK_LIMIT

from ...tools.bulk import rows_sql
from ..chatter.mail_engagement_event import ICONS
from ..events.mail_engagement_event import NEWS_DAYS, ONCE, TYPES
from .res_company import OFFLINE

# While something may still be news, its alert is what keeps it from being told again.
KEPT_DAYS = NEWS_DAYS
# Newest alerts of one batch that a user's web client hears of; the others are in the menu.
TOLD = 100
SHOWN = 20
# Told in one mail, newest first; the rest is in the menu.
LINES = 10


class MailEngagementAlert(models.Model):
    """What a user is told of: the first time that a person opened a mail, followed one of its
    links, viewed one of its files, and each reply.

    It holds no name and no address: these are looked up with the reader's rights when it is shown.
    It goes with the event.
    """

    _name = "mail.engagement.alert"
    _description = "Engagement Alert"
    _order = "date DESC, id DESC"
    _rec_name = "type"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    tracking_id = fields.Many2one(
        "mail.engagement.tracking",
        "Followed E-mail",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    event_id = fields.Many2one(
        "mail.engagement.event", required=True, readonly=True, index=True, ondelete="cascade"
    )
    type = fields.Selection(TYPES, required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, help="What happens once, or counts as once.")
    date = fields.Datetime("When", required=True, readonly=True)
    is_read = fields.Boolean("Read", readonly=True)
    is_shown = fields.Boolean(
        "Shown", readonly=True, help="A toast told of it, in one of the user's windows."
    )
    offline = fields.Selection(
        OFFLINE[1:], readonly=True, help="How it waits to be told: no web client was open."
    )

    # Every index costs while events come in. This one serves what the mail's erasure looks for too.
    _once = models.UniqueIndex("(tracking_id, key, user_id)", "An alert is given once.")
    _newest_idx = models.Index("(user_id, date DESC, id DESC)")
    _waiting_idx = models.Index("(user_id) WHERE offline IS NOT NULL")

    @api.model
    def _engagement_create_alerts(self, events):
        """Alert the users who want to know what people did.

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
        # One query for all of them: each one's bus channel is their contact.
        users.fetch(["partner_id"])
        for user in users:
            mine = alerts[user.id]
            user._bus_send("mail_engagement.alert/new", {"ids": mine[:TOLD]})
        if any(offline for _user_id, _alert_id, offline in rows):
            # In a cron: ingest waits for us, and should not wait for a mail server.
            self.env.ref("mail_engagement.ir_cron_alert")._trigger()

    @api.model
    def _engagement_allowed_colleagues(self, events):
        """The colleagues to alert about a mail: those who want it and may read it.

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
            # Read as they would: one search for each colleague, whatever the number of mails.
            readable = (
                self.env["mail.engagement.tracking"]
                .with_user(user)
                .with_context(allowed_company_ids=None)
                .search([("id", "in", wanted[user.id])], order="id")
                if user._has_group("mail_engagement.group_user")
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
        """News for others, of mails that are somebody's: anonymous ones alert nobody."""
        return SQL(
            "%s AND tracking.is_anonymous IS NOT TRUE",
            events._engagement_news_sql(),
        )

    @api.model
    def _engagement_alert_sql(self, events, team):
        """Alerts of the senders, and of the colleagues among ``team``; newest first.

        Later evidence may make an event a person's, a machine's and a person's again: the unique
        key makes that one alert.
        """
        group = self.env.ref("mail_engagement.group_user")
        people = self.env["res.users"]._search(
            [("all_group_ids", "in", group.ids), ("share", "=", False)]
        )
        return SQL(
            """WITH news AS MATERIALIZED (
                   SELECT event.id AS event_id, tracking.id AS tracking_id, tracking.author_id,
                          tracking.company_id, event.type, event.occurred_at,
                          CONCAT_WS(':', event.type, NULLIF(%(once)s, '')) AS key
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
            once=ONCE,
            from_=self._engagement_alert_from_sql(),
            where=self._engagement_alert_where_sql(events),
            team=rows_sql({"user_id": "int", "tracking_id": "int"}, team),
            people=people.subselect(),
        )

    @api.model
    def engagement_latest(self, limit=SHOWN):
        """What the web client's menu shows.

        :return: ``unread``: how many; ``alerts``: the newest, see ``_engagement_lines``
        :rtype: dict
        """
        mine = [("user_id", "=", self.env.uid)]
        return {
            "unread": self._engagement_unread(),
            "alerts": self.search(mine, limit=limit)._engagement_lines(),
        }

    @api.model
    def engagement_toasts(self, ids, standing=()):
        """What a window shows of the user's new alerts: each alert goes to one window, once.

        In quiet hours it goes to none, and stands in the menu.

        :param list[int] ids: new alerts
        :param list[int] standing: those that toasts in this window tell of already
        :return: what ``engagement_latest`` does, and ``toasts``: one for each mail, see
            ``_engagement_toast``
        :rtype: dict
        """
        self.check_access("read")
        claimed = self.browse(self._engagement_claim(ids))
        toasts = []
        if claimed and not self.env.user._engagement_quiet_until():
            mails = claimed.tracking_id
            mine = [("user_id", "=", self.env.uid), ("tracking_id", "in", mails.ids)]
            together = claimed | self.search([("id", "in", standing), *mine])
            documents = claimed._engagement_readable()
            toasts = [
                alerts._engagement_toast(*documents[mail])
                for mail, alerts in together.sorted(lambda it: (it.date, it.id))
                .grouped("tracking_id")
                .items()
                if mail in documents
            ]
        return {**self.engagement_latest(), "toasts": toasts}

    @api.model
    def _engagement_claim(self, ids):
        """Take new alerts for one window. Another one that asks at the same moment gets the rest.

        :rtype: list[int]
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """UPDATE mail_engagement_alert SET is_shown = TRUE
                    WHERE id IN (SELECT id FROM mail_engagement_alert
                                  WHERE id = ANY(%s) AND user_id = %s
                                    AND is_read IS NOT TRUE AND is_shown IS NOT TRUE
                                    FOR UPDATE SKIP LOCKED)
                RETURNING id""",
                [int(id_) for id_ in ids],
                self.env.uid,
            )
        )
        self.invalidate_model(["is_shown"])
        return [id_ for (id_,) in rows]

    def _engagement_toast(self, model, res_id):
        """What people did with one mail, as one toast that grows.

        :return: ``mail`` and ``person``, which tell mails and people apart; ``ids`` of the alerts;
            ``text``; ``model``, ``res_id`` and ``message_id`` of what to open
        :rtype: dict
        """
        mail = self.tracking_id
        return {
            "mail": mail.id,
            # sudo: a number that says nothing but who is the same.
            "person": mail.sudo().partner_id.id or -mail.id,
            "ids": self.ids,
            "text": self._engagement_toast_text(),
            "model": model,
            "res_id": res_id,
            "message_id": mail.message_id.id,
        }

    def _engagement_toast_text(self):
        """“Carla opened, clicked “offer” and replied: “Your offer””."""
        if len(self) == 1:
            return self._engagement_alert_text()
        deeds = dict.fromkeys(alert._engagement_deed() for alert in self)
        return self.env._(
            "%(who)s %(deeds)s: “%(mail)s”",
            who=self.tracking_id._engagement_recipient_name() or self.env._("Somebody"),
            deeds=format_list(self.env, [*deeds]),
            mail=self.tracking_id.subject or self.env._("your e-mail"),
        )

    def _engagement_deed(self):
        """What somebody did, within the sentence of a toast."""
        # The link is the mail's, and that may be read.
        what = self.event_id.sudo().link_id.label
        if self.type == "click":
            return self.env._("clicked “%s”", what) if what else self.env._("clicked a link")
        if self.type == "attachment":
            return self.env._("viewed “%s”", what) if what else self.env._("viewed a file")
        return self.env._("replied") if self.type == "reply" else self.env._("opened")

    @api.model
    def engagement_mark_read(self, ids=None):
        """Mark the user's own alerts as read, in all their open web clients.

        :param list[int] ids: of alerts; by default all
        """
        self.check_access("read")
        self.flush_model(["is_read", "offline"])
        # Users write nothing of their alerts but this.
        rows = self.env.execute_query(
            SQL(
                """UPDATE mail_engagement_alert SET is_read = TRUE, offline = NULL
                    WHERE user_id = %s AND is_read IS NOT TRUE AND %s RETURNING id""",
                self.env.uid,
                SQL("TRUE") if ids is None else SQL("id = ANY(%s)", list(map(int, ids))),
            )
        )
        self.invalidate_model(["is_read", "offline"])
        self.env.user._bus_send(
            "mail_engagement.alert/read",
            {"ids": [id_ for (id_,) in rows], "unread": self._engagement_unread()},
        )

    @api.model
    def _engagement_unread(self):
        return self.search_count([("user_id", "=", self.env.uid), ("is_read", "=", False)])

    def _engagement_lines(self):
        """The alerts in words, of those mails that the user (still) may read.

        :return: ``id``, ``icon``, ``text``, ``at`` (UTC), ``is_read``, and ``model``, ``res_id``,
            ``message_id`` of what to open
        :rtype: list[dict]
        """
        self.fetch(["tracking_id", "event_id", "type", "date", "is_read"])
        documents = self._engagement_readable()
        lines = []
        for alert in self.filtered(lambda alert: alert.tracking_id in documents):
            model, res_id = documents[alert.tracking_id]
            lines.append(
                {
                    "id": alert.id,
                    "icon": ICONS[alert.type],
                    "text": alert._engagement_alert_text(),
                    "at": fields.Datetime.to_string(alert.date),
                    "is_read": alert.is_read,
                    "model": model,
                    "res_id": res_id,
                    "message_id": alert.tracking_id.message_id.id,
                }
            )
        return lines

    def _engagement_readable(self):
        """What to open for each of the alerts' mails that the user (still) may read."""
        readable = self.env["mail.engagement.tracking"].search(
            [("id", "in", self.tracking_id.ids)], order="id"
        )
        return readable._engagement_documents()

    def _engagement_alert_text(self):
        """“Azure Interior opened “Your offer””."""
        tracking = self.tracking_id
        who = tracking._engagement_recipient_name() or self.env._("Somebody")
        mail = tracking.subject or self.env._("your e-mail")
        # The link is the mail's, and that may be read.
        what = self.event_id.sudo().link_id.label
        if self.type == "open":
            return self.env._("%(who)s opened “%(mail)s”", who=who, mail=mail)
        if self.type == "reply":
            return self.env._("%(who)s replied to “%(mail)s”", who=who, mail=mail)
        if self.type == "click":
            return (
                self.env._(
                    "%(who)s clicked “%(what)s” in “%(mail)s”", who=who, what=what, mail=mail
                )
                if what
                else self.env._("%(who)s clicked a link in “%(mail)s”", who=who, mail=mail)
            )
        return (
            self.env._("%(who)s viewed “%(what)s” of “%(mail)s”", who=who, what=what, mail=mail)
            if what
            else self.env._("%(who)s viewed a file of “%(mail)s”", who=who, mail=mail)
        )

    @api.model
    def _cron_engagement_alert(self):
        """Tell those who had no web client open, each in one mail or one push notification.

        Alerts are marked as told before they are sent: nobody is told twice, whatever fails. In
        somebody's quiet hours theirs wait for the end of these.
        """
        waiting = self._read_group(
            [("offline", "!=", False)], ["user_id", "offline"], ["id:recordset"]
        )
        cron = self.env["ir.cron"]
        for done, (user, how, alerts) in enumerate(waiting, 1):
            if until := user._engagement_quiet_until():
                self.env.ref("mail_engagement.ir_cron_alert")._trigger(until)
                continue
            alerts.offline = False
            lines = (
                alerts.filtered(lambda alert: not alert.is_read)
                .sorted()
                .with_user(user)
                .with_context(lang=user.lang, tz=user.tz)
                ._engagement_lines()
            )
            if lines:
                tell = self._engagement_send_mail if how == "mail" else self._engagement_send_push
                tell(user, lines)
            if not cron._commit_progress(1, remaining=len(waiting) - done):
                return

    @api.model
    def _engagement_send_mail(self, user, lines):
        """Write to a user. This mail itself is not followed.

        :param res.users user:
        :param list[dict] lines: see ``_engagement_lines``
        """
        self = self.with_context(lang=user.lang)
        subject = lines[0]["text"]
        if len(lines) > 1:
            subject = self.env._("%(news)s, and %(count)s more", news=subject, count=len(lines) - 1)
        body = self.env["ir.qweb"]._render(
            "mail_engagement.alert_mail",
            {
                "lines": lines[:LINES],
                "more": len(lines[LINES:]),
                "base": user.get_base_url(),
            },
            minimal_qcontext=True,
        )
        self.env["mail.mail"].create(
            {
                "subject": subject,
                "body_html": body,
                "email_from": user.company_id.email_formatted or user.email_formatted,
                "recipient_ids": user.partner_id.ids,
                "auto_delete": True,
                "engagement_follow": "skip",
            }
        ).send()

    @api.model
    def _engagement_send_push(self, user, lines):
        """Odoo's own push notification, on the devices where the user allowed them.

        :param res.users user:
        :param list[dict] lines: see ``_engagement_lines``
        """
        self = self.with_context(lang=user.lang)
        thread = self.env["mail.thread"]
        devices, private_key, public_key = thread._web_push_get_partners_parameters(
            user.partner_id.ids
        )
        if not devices:
            return
        body = lines[0]["text"]
        if len(lines) > 1:
            body = self.env._("%(news)s, and %(count)s more", news=body, count=len(lines) - 1)
        payload = {
            "title": self.env._("Email Engagement"),
            "options": {
                "body": body,
                "icon": "/mail_engagement/static/description/icon.png",
                "data": {"model": lines[0]["model"], "res_id": lines[0]["res_id"]},
            },
        }
        thread._web_push_send_notification(
            devices, private_key, public_key, payload=thread._web_push_truncate_payload(payload)
        )

    @api.autovacuum
    def _gc_alerts(self):
        """Delete alerts that are older than KEPT_DAYS.

        :return: how many rows were deleted, and whether there may be more
        :rtype: tuple[int, bool]
        """
        until = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.search([("date", "<", until)], limit=GC_UNLINK_LIMIT, order="date")
        old.unlink()
        return len(old), len(old) == GC_UNLINK_LIMIT
