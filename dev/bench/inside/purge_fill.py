# Run in Odoo's shell: EVENTS judged events, ten for each mail, all past their time, and counted.
# ruff: noqa: F821 Odoo's shell brings env
import os

from odoo.tools import SQL

EVENTS, PER_MAIL = int(os.environ["BENCH_EVENTS"]), 10
company = env.ref("base.main_company")
env["mail.engagement.terms"].accept(company)
company.write({"engagement_enabled": True, "engagement_person_days": 0})
# The demo's own events would be counted with them.
env["mail.engagement.tracking"].search([]).unlink()
env["ir.mail_server"].search([]).active = False
env["ir.mail_server"].create(
    {
        "name": "Sink",
        "smtp_host": "127.0.0.1",
        "smtp_port": int(os.environ["BENCH_SMTP"]),
        "smtp_encryption": "none",
    }
)
customers = env["res.partner"].create(
    [{"name": f"Customer {number}", "email": f"c{number}@shop.test"} for number in range(1000)]
)
env.flush_all()
env.cr.execute(
    SQL(
        """INSERT INTO mail_engagement_tracking
                  (uid, rfc_message_id, subject, partner_id, email_normalized, company_id, sent_at,
                   state, open_count, click_count, attachment_open_count, reply_count,
                   machine_count)
           SELECT lpad(to_hex(n), 20, '0'), '<' || n || '.purge@seller.test>', 'Offer ' || n,
                  %(first)s + n %% 1000, 'c' || n %% 1000 || '@shop.test', %(company)s,
                  now() - interval '500 days', 'sent', 0, 0, 0, 0, 0
             FROM generate_series(0, %(mails)s - 1) AS n""",
        first=customers[0].id,
        company=company.id,
        mails=EVENTS // PER_MAIL,
    )
)
env.cr.execute(
    SQL(
        """INSERT INTO mail_engagement_event
                  (uid, mail_uid, tracking_id, company_id, type, occurred_at, sent_at,
                   repeat_count, verdict, reason, verdict_by, ip, user_agent, city, client, os)
           SELECT md5(mail.id || '.' || n), mail.uid, mail.id, mail.company_id,
                  CASE WHEN n %% 4 = 1 THEN 'click' ELSE 'open' END,
                  mail.sent_at + n * interval '1 hour', mail.sent_at, 1 + n %% 2,
                  CASE WHEN n %% 5 = 2 THEN 'machine' ELSE 'human' END, 'browser', 'rule',
                  '198.51.100.' || n, 'Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0', 'Osaka',
                  'Firefox', 'Linux'
             FROM mail_engagement_tracking mail, generate_series(0, %s - 1) AS n""",
        PER_MAIL,
    )
)
trackings = env["mail.engagement.tracking"].search([])
for at in range(0, len(trackings), 10_000):
    trackings[at : at + 10_000]._engagement_recount()
env.cr.commit()
env.cr.execute("ANALYZE")
env.cr.commit()
