# Run in Odoo's shell: send mails until BENCH_UNTIL exists, at least BENCH_MAILS of them.
# ruff: noqa: F821 Odoo's shell brings env
import json
import os
import statistics
import time
from pathlib import Path

until, least = Path(os.environ["BENCH_UNTIL"]), int(os.environ["BENCH_MAILS"])
customer = env["res.partner"].search([("email", "=", "c1@shop.test")], limit=1)
links = "".join(f'<p><a href="https://shop.test/page/{n}">Page {n}</a></p>' for n in range(10))
spent, failed = [], 0
while len(spent) < least or not until.exists():
    mail = env["mail.mail"].create(
        {"subject": "Ten links", "body_html": links, "recipient_ids": [customer.id]}
    )
    env.cr.commit()
    start = time.perf_counter()
    mail.send()
    env.cr.commit()
    spent.append((time.perf_counter() - start) * 1000)
    failed += mail.exists().state != "sent" if mail.exists() else 0
found = {
    "mails": len(spent),
    "failed": failed,
    "median_ms": round(statistics.median(spent), 1),
    "worst_ms": round(max(spent), 1),
}
print("SEND=" + json.dumps(found))
