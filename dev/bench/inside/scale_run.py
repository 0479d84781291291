# Run in Odoo's shell: everything that a person waits for, as each of three users.
# ruff: noqa: F821 Odoo's shell brings env
import json
import os
import statistics
import time
from datetime import timedelta

from odoo import api, fields, sql_db

from odoo.addons.mail_engagement.relay.engagement_relay.protocol.observation import Observation

# The first is not counted: it fills caches.
TIMES, ONLY = int(os.environ["BENCH_TIMES"]), os.environ["BENCH_ONLY"]
PEOPLE = {"salesperson": "seller_3", "leader": "leader", "manager": "boss"}
now = fields.Datetime.now()
month = ("occurred_at", ">=", now - timedelta(days=30))
engaged = {"engagement_last_at": {}, "engagement_score": {}}
mail_fields = {
    name: {}
    for name in ("subject", "sent_at", "state", "open_count", "click_count", "last_event_at")
} | {"partner_id": {"fields": {"display_name": {}}}, "author_id": {"fields": {"display_name": {}}}}
first = env["mail.engagement.tracking"].search([("uid", "=", f"{1:020x}")]).id
last = first - 1 + int(env["mail.engagement.tracking"].search_count([]))
loop, few = first, first + 1
seller = env["res.users"].search([("login", "=", "seller_3")])
busy = env["crm.lead"].search([("user_id", "=", seller.id)], limit=1, order="id")


def rows(model, domain=(), order=None, specification=None):
    return lambda env: env[model].web_search_read(
        list(domain),
        specification or {"display_name": {}},
        limit=80,
        order=order,
        # As lists of the web client ask.
        count_limit=10_001,
    )


def groups(model, by, domain=(), sums=("__count",)):
    return lambda env: env[model].formatted_read_group(list(domain), by, list(sums))


def grouped(model, by):
    return lambda env: env[model].web_read_group([], by, ["__count"], limit=80)


def report(*by, domain=()):
    return groups("mail.engagement.report", list(by), domain, ("__count", "repeat_count:sum"))


mails, leads, contacts = "mail.engagement.tracking", "crm.lead", "res.partner"
lead = [("type", "=", "opportunity")]
REPORTS = {
    "report: week, type": report("occurred_at:week", "type"),
    "report: heat map": report("weekday", "hour", domain=[("verdict", "=", "human")]),
    "report: salesperson, type": report("user_id", "type"),
    "report: team, type": report("team_id", "type"),
    "report: template, type": report("template_id", "type"),
    "report: salesperson, month": report("user_id", "occurred_at:month"),
    "report: salesperson, week": report("user_id", "occurred_at:week"),
    "report: week, type, 30 days": report("occurred_at:week", "type", domain=[month]),
    "report: heat map, 30 days": report(
        "weekday", "hour", domain=[month, ("verdict", "=", "human")]
    ),
}
SHOWN = {
    "chatter of 100 mails": lambda env: (
        env["mail.message"]
        .search(
            [("message_id", "like", ".scale@seller.test"), ("author_id", "=", author)], limit=100
        )
        .mapped("engagement")
    ),
    "mails: list": rows(mails, specification=mail_fields),
    "mails: by recipient": rows(
        mails, [("partner_id", "ilike", "Customer 1234")], specification=mail_fields
    ),
    "mails: rare subject": rows(
        mails, [("subject", "ilike", "Offer 99123")], specification=mail_fields
    ),
    "mails: last engagement": rows(mails, order="last_event_at desc", specification=mail_fields),
    "mails: grouped by recipient": grouped(mails, ["partner_id"]),
    "mails: grouped by sender": grouped(mails, ["author_id"]),
    "mails: graph": groups(mails, ["sent_at:month", "state"]),
    "events: list": rows("mail.engagement.event"),
    "leads: kanban": lambda env: (
        env[leads].formatted_read_group(lead, ["stage_id"], ["__count", "expected_revenue:sum"]),
        env[leads].web_search_read(lead, engaged | {"name": {}}, limit=80),
    ),
    "leads: opened in 24 h": rows(
        leads, [*lead, ("engagement_last_at", ">=", now - timedelta(days=1))], None, engaged
    ),
    "leads: never answered": rows(
        leads, [*lead, ("engagement_never_answered", "=", True)], None, engaged
    ),
    "contacts: by last engagement": rows(contacts, (), "engagement_last_at desc", engaged),
    "contacts: by score": rows(contacts, (), "engagement_score desc", engaged),
    "contacts: never answered": rows(
        contacts, [("engagement_never_answered", "=", True)], None, engaged
    ),
    "contact: form": lambda env: (
        env[contacts].browse(recipient).read(["engagement_score_text", "engagement_last_at"]),
        env[contacts].browse(recipient).engagement_timeline(),
    ),
    "lead: form": lambda env: (
        env[leads].browse(busy.id).read(["engagement_score_text", "engagement_tracking_count"]),
        env[leads].browse(busy.id).engagement_timeline(),
    ),
    "best time to send": lambda env: env[contacts].browse(recipient)._engagement_send_time(),
    "template rates": lambda env: env["mail.template"].search([]).engagement_rates(),
    "digest": lambda env: env["digest.digest"].search([], limit=1).kpi_engagement_mail_value,
    "alerts: menu": lambda env: env["mail.engagement.alert"].engagement_latest(),
}


def one_more(mail_id):
    """:return: what stores, judges, counts and shows one more open"""

    def run(env):
        mail = env[mails].sudo().browse(mail_id)
        at = time.time()
        seen = Observation(
            uid=f"{time.perf_counter_ns():032x}",
            type="open",
            mail=mail.uid,
            sent_at=int(mail.sent_at.timestamp()),
            policy=3,
            at=at,
            agent="browser",
        )
        env["mail.engagement.event"].sudo()._engagement_insert(mail.company_id, [seen])
        env[mails].with_user(api.SUPERUSER_ID)._engagement_judge_pending()

    return run


def attachment(env):
    file = env["ir.attachment"].sudo().create({"name": "any", "raw": b"any"})
    env.flush_all()
    begin()
    file.unlink()


def erase(env):
    return env[contacts].sudo().browse(recipient)._engagement_erase()


def delete(env):
    env[contacts].sudo().browse(recipient).unlink()


def age(env):
    """Mails of which the events went before."""
    old = env[mails].sudo().search([], order="sent_at", limit=5000)
    old.event_ids.unlink()
    env.flush_all()
    until = fields.Datetime.add(old[-1].sent_at, seconds=1)
    events = env["mail.engagement.event"].sudo()
    begin()
    [[gone]] = env.execute_query(events._engagement_age_sql(old.company_id.id, until, 5000))
    assert gone == 5000, gone


DONE = {
    "one more open of a mail with 50,000": one_more(loop),
    "one more open of a mail with 100": one_more(few),
    "erase a person": erase,
    "delete a contact": delete,
    "delete any attachment": attachment,
    "begin to judge again": lambda env: env["mail.engagement.rejudge"].sudo().create({}),
    "5,000 mails go by age": age,
    "nightly retention, nothing due": lambda env: (
        env["mail.engagement.event"].sudo()._engagement_vacuum_here(5000)
    ),
}


# What the scheduled action has done by then.
while env["mail.engagement.day"]._engagement_count_days():
    env.cr.commit()


def begin():
    global queries, start
    queries, start = sql_db.sql_counter, time.perf_counter()


def measure(login, work):
    """:return: milliseconds in the middle, and queries; nothing is kept"""
    user = env["res.users"].search([("login", "=", login)])
    spent = []
    for _time in range(TIMES):
        theirs = api.Environment(env.cr, user.id, {"tz": "Europe/Paris", "lang": "en_US"})
        env.cr.execute("SAVEPOINT bench")
        env.invalidate_all()
        theirs.user.has_group("base.group_user")
        begin()
        work(theirs)
        theirs.flush_all()
        spent.append(time.perf_counter() - start)
        asked = sql_db.sql_counter - queries
        env.invalidate_all(flush=False)
        env.transaction.clear()
        env.cr.execute("ROLLBACK TO SAVEPOINT bench")
    return {"ms": round(statistics.median(spent[1:]) * 1000, 1), "queries": asked}


some = env[mails].browse(last - 500)
recipient = some.partner_id.id
author = seller.partner_id.id
found = {}
for role, login in PEOPLE.items():
    for name, work in {**SHOWN, **REPORTS}.items():
        if ONLY in name:
            found[f"{name} ({role})"] = measure(login, work)
for name, work in DONE.items():
    if ONLY in name:
        found[name] = measure("boss", work)
env.cr.rollback()
print("SCALE=" + json.dumps(found))
