# Run in Odoo's shell: a mail that was opened, and two rules that wait for it. The first stops in
# the middle until LOCK can be had.
# ruff: noqa: F821 Odoo's shell brings env
import os
import secrets
import time

from odoo.addons.mail_engagement.relay.engagement_relay.protocol.observation import Observation

# Demo data have others, some of which ask addresses on the Internet.
env["ir.cron"].search([]).active = False
env.ref("mail_engagement.ir_cron_fact").active = True
company = env.ref("base.main_company")
env["mail.engagement.terms"].accept(company)
company.engagement_enabled = True
customer = env["res.partner"].create({"name": "Carla", "email": "carla@customer.test"})
lead = env["crm.lead"].create({"name": "Solar roof", "partner_id": customer.id})
model = env["ir.model"]._get_id("crm.lead")
NOTE = "record.message_post(body='{} rule', subtype_xmlid='mail.mt_note')"
STOP = f"env.cr.execute('SELECT pg_advisory_xact_lock({os.environ['LOCK']})')"
for name, code in (
    ("First", f"{NOTE.format('First')}\n{STOP}\nrecord.write({{'priority': '2'}})"),
    ("Second", NOTE.format("Second")),
):
    env["base.automation"].create(
        {
            "name": name,
            "model_id": model,
            "trigger": "on_engagement",
            "engagement_kind": "open",
            "action_server_ids": [
                (0, 0, {"name": name, "model_id": model, "state": "code", "code": code})
            ],
        }
    )
tracking = env["mail.engagement.tracking"].create(
    {
        "uid": secrets.token_hex(10),
        "rfc_message_id": "<killed@seller.test>",
        "subject": "Your offer",
        "partner_id": customer.id,
        "email_normalized": customer.email,
        "model": "crm.lead",
        "res_id": lead.id,
        "company_id": company.id,
        "sent_at": "2026-01-05 08:00:00",
    }
)
tracking.sent_at = env.cr.now().replace(microsecond=0)
env.flush_all()
env["mail.engagement.event"]._engagement_insert(
    company,
    [
        Observation(
            uid=secrets.token_hex(16),
            type="open",
            mail=tracking.uid,
            sent_at=int(tracking.sent_at.timestamp()),
            policy=3,
            at=time.time() + 60,
            agent="browser",
        )
    ],
)
env["mail.engagement.tracking"]._engagement_judge_pending()
env.cr.commit()
print(f"LEAD={lead.id}")
