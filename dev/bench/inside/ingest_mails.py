# Run in Odoo's shell: MAILS sent mails of three salespeople, a customer and LINKS links each;
# DAYS ago, or long ago.
# ruff: noqa: F821 Odoo's shell brings env
import hashlib
import os
import secrets
from datetime import datetime, timedelta

MAILS, LINKS = int(os.environ["BENCH_MAILS"]), int(os.environ["BENCH_LINKS"])
DAYS = os.environ.get("BENCH_DAYS")
sent_at = env.cr.now() - timedelta(days=int(DAYS)) if DAYS else datetime(2026, 1, 5, 8)
company = env.ref("base.main_company")
users = env["res.users"].create(
    [
        {
            "name": f"Salesperson {number}",
            "login": f"bench{number}",
            "email": f"bench{number}@seller.test",
            "group_ids": [(4, env.ref("sales_team.group_sale_salesman").id)],
        }
        for number in range(3)
    ]
)
customers = env["res.partner"].create(
    [{"name": f"Customer {number}", "email": f"c{number}@shop.test"} for number in range(1000)]
)
messages = env["mail.message"].create(
    [
        {
            "model": "res.partner",
            "res_id": customers[number % 1000].id,
            "author_id": users[number % 3].partner_id.id,
            "message_type": "comment",
            "subject": f"Offer {number}",
            "message_id": f"<{number}.bench@seller.test>",
        }
        for number in range(MAILS)
    ]
)
env["mail.engagement.tracking"].create(
    [
        {
            "uid": secrets.token_hex(10),
            "message_id": message.id,
            "rfc_message_id": message.message_id,
            "subject": message.subject,
            "partner_id": message.res_id,
            "author_id": message.author_id.id,
            "model": message.model,
            "res_id": message.res_id,
            "company_id": company.id,
            "sent_at": sent_at.replace(microsecond=0),
        }
        for message in messages
    ]
)
env.flush_all()
env["mail.engagement.link"].create(
    [
        {
            "rfc_message_id": message.message_id,
            "reference": hashlib.sha256(str(index).encode()).hexdigest()[:8],
            "index": index,
            "url": f"https://shop.test/page/{index}",
            "label": f"Page {index}",
        }
        for message in messages
        for index in range(LINKS)
    ]
)
env.cr.commit()
env.cr.execute("ANALYZE")
env.cr.commit()
