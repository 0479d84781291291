# Run in Odoo's shell: what a sales organisation has after some years. EVENTS events, ten for each
# mail, CONTACTS contacts, LEADS opportunities of forty salespeople in five teams, and two mails
# with many events of their own. All by plain SQL, without the indexes, which come back at the end.
# ruff: noqa: F821 Odoo's shell brings env
import os

from odoo import Command
from odoo.tools import SQL

EVENTS, CONTACTS, LEADS = (
    int(os.environ[f"BENCH_{name}"]) for name in ("EVENTS", "CONTACTS", "LEADS")
)
PER_MAIL, SELLERS, TEAMS, TEMPLATES, DAYS = 10, 40, 5, 30, 1095
MANY, FEW = 50_000, 100
MAILS = EVENTS // PER_MAIL
FILLED = (
    "res_partner",
    "crm_lead",
    "mail_message",
    "mail_notification",
    "mail_engagement_tracking",
    "mail_engagement_link",
    "mail_engagement_event",
)


def sql(query, **values):
    env.cr.execute(SQL(query, **values))


def last(table):
    return env.execute_query(SQL("SELECT COALESCE(MAX(id), 0) FROM %s", SQL.identifier(table)))[0][
        0
    ]


company = env.ref("base.main_company")
env["mail.engagement.terms"].accept(company)
# The nightly job finds nothing to delete or to forget.
company.write(
    {"engagement_enabled": True, "engagement_event_days": 2 * DAYS, "engagement_person_days": 0}
)
env["mail.engagement.tracking"].search([]).unlink()
people = [
    *((f"seller_{n}", "sales_team.group_sale_salesman") for n in range(SELLERS)),
    ("leader", "sales_team.group_sale_salesman_all_leads"),
    ("boss", "sales_team.group_sale_manager"),
]
users = env["res.users"].create(
    [
        {
            "name": login,
            "login": login,
            "email": f"{login}@seller.test",
            "group_ids": [Command.set([env.ref("base.group_user").id, env.ref(group).id])],
        }
        for login, group in people
    ]
)
sellers = users[:SELLERS]
teams = env["crm.team"].create([{"name": f"Team {n}"} for n in range(TEAMS)])
env["crm.team.member"].create(
    [
        {"user_id": seller.id, "crm_team_id": teams[number % TEAMS].id}
        for number, seller in enumerate(sellers)
    ]
)
templates = env["mail.template"].create(
    [
        {"name": f"Offer {n}", "model_id": env.ref("crm.model_crm_lead").id, "subject": "Offer"}
        for n in range(TEMPLATES)
    ]
)
stages = env["crm.stage"].search([("is_won", "=", False)])
countries = env["res.country"].search([("code", "in", ["DE", "FR", "US", "JP", "ES", "IT"])])
env.flush_all()
sql("SET session_replication_role = replica")
sql("SET work_mem = '256MB'")
sql("SET maintenance_work_mem = '1GB'")
sql("SELECT setseed(0.25)")
kept = []
for table in FILLED:
    for name, definition in env.execute_query(
        SQL(
            """SELECT index.relname, pg_get_indexdef(indexrelid)
                 FROM pg_index JOIN pg_class index ON index.oid = indexrelid
                WHERE indrelid = %s::regclass AND NOT indisprimary
                  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)""",
            table,
        )
    ):
        kept.append(definition)
        sql("DROP INDEX %(name)s", name=SQL.identifier(name))
contact, lead, message, mail = map(
    last, ("res_partner", "crm_lead", "mail_message", "mail_engagement_tracking")
)
sql(
    """INSERT INTO res_partner (id, name, complete_name, email, email_normalized, type, active,
                                partner_share, commercial_partner_id, lang, country_id, color,
                                company_id, create_date, write_date)
       SELECT %(contact)s + n, 'Customer ' || n, 'Customer ' || n, 'c' || n || '@shop.test',
              'c' || n || '@shop.test', 'contact', TRUE, TRUE, %(contact)s + n, 'en_US',
              (%(countries)s)[1 + n %% %(lands)s], 0, NULL, now(), now()
         FROM generate_series(1, %(contacts)s) AS n""",
    contact=contact,
    contacts=CONTACTS,
    countries=countries.ids,
    lands=len(countries),
)
sql(
    """INSERT INTO crm_lead (id, name, type, active, partner_id, user_id, team_id, company_id,
                             stage_id, email_from, email_normalized, partner_name, priority,
                             probability, expected_revenue, color, date_open, create_date,
                             write_date)
       SELECT %(lead)s + n, 'Opportunity ' || n, 'opportunity', TRUE,
              %(contact)s + 1 + floor(random() * %(contacts)s)::int,
              (%(sellers)s)[1 + n %% %(many)s],
              (%(teams)s)[1 + (n %% %(many)s) %% %(teams_count)s], %(company)s,
              (%(stages)s)[1 + n %% %(stages_count)s], 'x@shop.test', 'x@shop.test', 'Shop ' || n,
              '0', 20, 1000, 0, now(), now() - random() * interval '1 day' * %(days)s, now()
         FROM generate_series(1, %(leads)s) AS n""",
    lead=lead,
    leads=LEADS,
    contact=contact,
    contacts=CONTACTS,
    sellers=sellers.ids,
    many=SELLERS,
    teams=teams.ids,
    teams_count=TEAMS,
    company=company.id,
    stages=stages.ids,
    stages_count=len(stages),
    days=DAYS,
)
# Six of ten mails are an opportunity's, four a contact's; some contacts get many.
sql(
    """CREATE TABLE bench_mail AS
       SELECT n, CASE WHEN n %% 10 < 6 THEN 'crm.lead' ELSE 'res.partner' END AS model,
              CASE WHEN n %% 10 < 6 THEN %(lead)s + lead ELSE %(contact)s + contact END AS res_id,
              %(contact)s + contact AS partner_id, 'c' || contact || '@shop.test' AS email,
              CASE WHEN n %% 10 < 6 THEN 1 + lead %% %(many)s ELSE 1 + floor(seller)::int END
                  AS seller,
              (now() AT TIME ZONE 'UTC') - interval '1 day' * %(days)s * (1 - n::float8 / %(mails)s)
                  - interval '1 hour' AS sent_at
         FROM (SELECT n, 1 + floor(random() * %(leads)s)::int AS lead,
                      1 + floor(power(random(), 2) * %(contacts)s)::int AS contact,
                      random() * %(many)s AS seller
                 FROM generate_series(1, %(mails)s) AS n) AS drawn""",
    lead=lead,
    leads=LEADS,
    contact=contact,
    contacts=CONTACTS,
    many=SELLERS,
    mails=MAILS,
    days=DAYS,
)
sql(
    """INSERT INTO mail_message (id, model, res_id, subject, body, message_type, author_id, date,
                                 message_id, subtype_id, email_from, create_date, write_date)
       SELECT %(message)s + n, model, res_id, 'Offer ' || n, '<p>Offer</p>', 'comment',
              (%(authors)s)[seller], sent_at, '<' || n || '.scale@seller.test>', %(comment)s,
              'seller@seller.test', sent_at, sent_at
         FROM bench_mail""",
    message=message,
    authors=sellers.partner_id.ids,
    comment=env.ref("mail.mt_comment").id,
)
sql(
    """INSERT INTO mail_notification (author_id, mail_message_id, res_partner_id,
                                      notification_type, notification_status, is_read)
       SELECT (%(authors)s)[seller], %(message)s + n, partner_id, 'email', 'sent', TRUE
         FROM bench_mail
    UNION ALL
       SELECT (%(authors)s)[seller], %(message)s + n, (%(authors)s)[1 + seller %% %(many)s],
              'inbox', 'sent', TRUE
         FROM bench_mail WHERE n %% 20 = 0""",
    message=message,
    authors=sellers.partner_id.ids,
    many=SELLERS,
)
sql(
    """INSERT INTO mail_engagement_link (rfc_message_id, reference, index, kind, url, label,
                                         click_count)
       SELECT '<' || mail.n || '.scale@seller.test>',
              CASE link WHEN 1 THEN '0000000a' ELSE '0000000b' END,
              link, 'link', 'https://shop.test/page/' || link, 'Page ' || link, 1
         FROM bench_mail mail, generate_series(1, 2) AS link ORDER BY mail.n"""
)
first_link = last("mail_engagement_link") - 2 * MAILS
sql(
    """INSERT INTO mail_engagement_event
              (uid, mail_uid, tracking_id, company_id, type, occurred_at, sent_at, repeat_count,
               verdict, reason, verdict_by, method, policy, agent_class, network_class, source,
               device_type, client, os, country_id, ip, user_agent, link_ref, link_id)
       SELECT md5('scale' || n || '.' || k), lpad(to_hex(n), 20, '0'), %(mail)s + n, %(company)s,
              type, LEAST(at, now() AT TIME ZONE 'UTC'), sent_at, 1,
              CASE WHEN type = 'reply' THEN 'human'
                   WHEN n %% 10 < 3 OR k %% 5 = 2 THEN 'machine'
                   WHEN k = 6 THEN 'unknown' ELSE 'human' END,
              CASE WHEN k = 9 THEN 'same_view' WHEN k = 6 THEN 'unknown_agent' ELSE 'browser' END,
              'rule', 'GET', 3, 'browser', '', n + k, (ARRAY['desktop', 'mobile'])[1 + k %% 2],
              (ARRAY['Firefox', 'Chrome', 'Safari', 'Outlook'])[1 + n %% 4],
              (ARRAY['Windows', 'iOS', 'Linux'])[1 + n %% 3], (%(countries)s)[1 + n %% %(lands)s],
              CASE WHEN at > now() - interval '30 days' THEN '198.51.100.' || k END,
              CASE WHEN at > now() - interval '30 days'
                   THEN 'Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0' END,
              CASE WHEN type = 'click' THEN '0000000' || CASE WHEN k = 1 THEN 'a' ELSE 'b' END END,
              CASE WHEN type = 'click' THEN %(link)s + 2 * n - 2 + k END
         FROM (SELECT mail.*, k, sent_at + interval '37 minutes' * (k + 1) * (k + n %% 7) AS at,
                      CASE WHEN k = 0 AND n %% 12 = 0 AND n %% 10 >= 3 THEN 'reply'
                           WHEN k IN (1, 2) THEN 'click'
                           WHEN k = 3 AND n %% 5 = 0 THEN 'attachment' ELSE 'open' END AS type
                 FROM bench_mail mail, generate_series(0, %(per_mail)s - 1) AS k
                ORDER BY n, k) AS event""",
    mail=mail,
    company=company.id,
    countries=countries.ids,
    lands=len(countries),
    link=first_link,
    per_mail=PER_MAIL,
)
sql(
    """INSERT INTO mail_engagement_tracking
              (id, uid, message_id, rfc_message_id, subject, partner_id, email_normalized,
               author_id, model, res_id, template_id, company_id, sent_at, is_shared, is_anonymous,
               state,
               open_count, click_count, attachment_open_count, reply_count, machine_count,
               unknown_count, private_count, first_open_at, last_open_at, last_event_at)
       SELECT %(mail)s + n, lpad(to_hex(n), 20, '0'), %(message)s + n,
              '<' || n || '.scale@seller.test>', 'Offer ' || n, partner_id, email,
              (%(authors)s)[seller], model, res_id, (%(templates)s)[1 + n %% %(many)s], %(company)s,
              sent_at, FALSE, FALSE,
              CASE WHEN replies > 0 THEN 'replied' WHEN clicks + files > 0 THEN 'clicked'
                   WHEN opens > 0 THEN 'opened' ELSE 'sent' END,
              opens, clicks, files, replies, machines, unknowns, 0,
              first_open_at, last_open_at, last_event_at
         FROM bench_mail
         JOIN (SELECT tracking_id,
                      count(*) FILTER (WHERE type = 'open' AND person) AS opens,
                      count(*) FILTER (WHERE type = 'click' AND person) AS clicks,
                      count(*) FILTER (WHERE type = 'attachment' AND person) AS files,
                      count(*) FILTER (WHERE type = 'reply' AND person) AS replies,
                      count(*) FILTER (WHERE verdict = 'machine') AS machines,
                      count(*) FILTER (WHERE verdict = 'unknown') AS unknowns,
                      MIN(occurred_at) FILTER (WHERE type = 'open' AND verdict = 'human')
                          AS first_open_at,
                      MAX(occurred_at) FILTER (WHERE type = 'open' AND verdict = 'human')
                          AS last_open_at,
                      MAX(occurred_at) FILTER (WHERE verdict = 'human') AS last_event_at
                 FROM (SELECT *, verdict = 'human' AND reason <> 'same_view' AS person
                         FROM mail_engagement_event) AS event
                GROUP BY tracking_id) AS sums ON tracking_id = %(mail)s + n
        ORDER BY n""",
    mail=mail,
    message=message,
    authors=sellers.partner_id.ids,
    templates=templates.ids,
    many=TEMPLATES,
    company=company.id,
)
# A loop on an address, and an ordinary one beside it, to see what one more open costs.
for number, events in ((1, MANY), (2, FEW)):
    sql(
        """INSERT INTO mail_engagement_event
                  (uid, mail_uid, tracking_id, company_id, type, occurred_at, sent_at, repeat_count,
                   verdict, reason, verdict_by, method, policy, agent_class, network_class, source,
                   client, os, device_type)
           SELECT md5('loop' || %(number)s || '.' || n), uid, id, company_id, 'open',
                  sent_at + interval '1 hour' + n * interval '40 seconds', sent_at, 1, 'human',
                  'browser', 'rule', 'GET', 3, 'browser', '', 7, 'Firefox', 'Linux', 'desktop'
             FROM mail_engagement_tracking, generate_series(1, %(events)s) AS n
            WHERE id = %(id)s""",
        number=number,
        id=mail + number,
        events=events,
    )
sql("DROP TABLE bench_mail")
for table in FILLED:
    sql(
        "SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), %(last)s)",
        table=table,
        last=last(table),
    )
env.cr.commit()
for definition in kept:
    env.cr.execute(SQL(definition))
sql("SET session_replication_role = origin")
env["mail.engagement.tracking"].browse([mail + 1, mail + 2])._engagement_recount()
env.cr.commit()
# No trigger saw these events come.
env["mail.engagement.day.stale"]._engagement_note_all()
env.cr.commit()
