import json
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import groupby

from ..tools.bulk import rows_sql
from ..tools.judge import Seen, judge

VERDICT_COLUMNS = {"id": "int", "verdict": "text", "reason": "text", "params": "jsonb"}


class Row(NamedTuple):
    """An event as the judging reads it: plain SQL, as records would take ten times as long.

    :ivar bool anonymous: of its mail, as ``author_id`` and ``rfc_message_id``
    :ivar float t: seconds since sending
    """

    id: int
    tracking_id: int
    company_id: int
    author_id: int | None
    mail_uid: str
    rfc_message_id: str | None
    anonymous: bool
    type: str
    t: float | None
    at: float
    link_ref: str | None
    method: str | None
    repeat: int
    agent: str | None
    agent_name: str | None
    network: str | None
    network_name: str | None
    hints: str | None
    source: int | None
    device_type: str | None
    client: str | None
    os: str | None
    ip: str | None
    verdict: str | None
    reason: str | None
    params: dict | None
    verdict_by: str | None

    def seen(self, is_own_device):
        """
        :param bool is_own_device: the sender's own device caused it
        :rtype: tools.judge.Seen
        """
        hints = tuple(self.hints.split(",")) if self.hints else ()
        return Seen(
            key=self.id,
            type=self.type,
            t=self.t,
            at=self.at,
            link=self.link_ref,
            method=self.method or "GET",
            repeat=self.repeat,
            agent=self.agent or "unknown",
            network=self.network or "",
            agent_name=self.agent_name or "",
            network_name=self.network_name or "",
            hints=hints,
            # Zero is what the ORM makes of nothing.
            source=self.source or None,
            device_type=self.device_type or "",
            client=self.client or "",
            os=self.os or "",
            is_self=is_own_device or "session" in hints,
            anonymous=self.anonymous,
        )


def _several_links(rows):
    """:return: the RFC Message-Ids of mails of which more than one link was followed"""
    first = {}
    return {
        row.rfc_message_id
        for row in rows
        if row.type == "click" and first.setdefault(row.tracking_id, row.link_ref) != row.link_ref
    }


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    def _engagement_judge(self, only=None):
        """Judge all observations of these mails together.

        :param mail.engagement.event only: events whose verdict may change, the others are but
            evidence; by default all that nobody corrected
        :return: the events that a person (newly) caused
        :rtype: mail.engagement.event
        """
        self.env.flush_all()
        self.fetch(["company_id", "author_id", "message_id"])
        rows = self._engagement_rows()
        links = self._engagement_link_counts(_several_links(rows))
        own = self._engagement_own_events(rows)
        rules = {company.id: company._engagement_rules() for company in self.company_id}
        allowed = None if only is None else set(only.ids)
        changed, news = [], []
        for _tracking_id, mine in groupby(rows, lambda row: row.tracking_id):
            verdicts = judge(
                [row.seen(row.id in own) for row in mine],
                rules[mine[0].company_id],
                links.get(mine[0].rfc_message_id),
            )
            for row in mine:
                if row.verdict_by == "user" or (allowed is not None and row.id not in allowed):
                    continue
                if row.anonymous and row.verdict:
                    continue  # Of a mail since forgotten: what belonged together is not known now.
                found = verdicts[row.id]
                params = found.params or None
                if (found.verdict, found.reason, params) == (row.verdict, row.reason, row.params):
                    continue
                changed.append((row.id, found.verdict, found.reason, params and json.dumps(params)))
                if found.verdict == "human" and row.verdict != "human":
                    news.append(row.id)
        self._engagement_write_verdicts(changed)
        return self.env["mail.engagement.event"].browse(news)

    def _engagement_rows(self):
        """:return: the events of these mails, mail by mail, in the order of what happened
        :rtype: list[Row]
        """
        self.env.cr.execute(
            SQL(
                """SELECT event.id, tracking.id, tracking.company_id, tracking.author_id,
                          tracking.uid, tracking.rfc_message_id,
                          COALESCE(tracking.is_anonymous, FALSE), event.type,
                          EXTRACT(EPOCH FROM event.occurred_at - event.sent_at)::float8,
                          EXTRACT(EPOCH FROM event.occurred_at)::float8,
                          event.link_ref, event.method, event.repeat_count, event.agent_class,
                          event.agent_name, event.network_class, event.network_name, event.hints,
                          event.source, event.device_type, event.client, event.os, event.ip,
                          event.verdict, event.reason, event.reason_params, event.verdict_by
                     FROM mail_engagement_event event
                     JOIN mail_engagement_tracking tracking ON tracking.id = event.tracking_id
                    WHERE event.tracking_id = ANY(%s)
                 ORDER BY event.tracking_id, event.occurred_at, event.id""",
                self.ids,
            )
        )
        return list(map(Row._make, self.env.cr.fetchall()))

    def _engagement_write_verdicts(self, changed):
        """:param list changed: rows of VERDICT_COLUMNS"""
        if not changed:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_event event
                      SET verdict = new.verdict, reason = new.reason, reason_params = new.params
                     FROM %s AS new
                    WHERE event.id = new.id""",
                rows_sql(VERDICT_COLUMNS, changed),
            )
        )
        self.env["mail.engagement.event"].invalidate_model(
            ["verdict", "reason", "reason_params", "reason_text"]
        )

    @api.model
    def _engagement_link_counts(self, message_ids):
        """How many different links mails have; matters only where several were followed.

        :param message_ids: RFC Message-Ids
        :rtype: dict[str, int], by Message-Id
        """
        return dict(
            self.env["mail.engagement.link"]._read_group(
                [("rfc_message_id", "in", list(message_ids)), ("kind", "=", "link")],
                ["rfc_message_id"],
                ["__count"],
            )
        )
