# Run in Odoo's shell: OCA's event_create, first with one commit for all events, then one for each.
# ruff: noqa: F821 Odoo's shell brings env
import os
import time

count = int(os.environ["BENCH_EVENTS"])
env.cr.execute(
    """INSERT INTO mail_tracking_email (token, state, name, recipient, timestamp, date)
       SELECT md5(n::text), 'sent', 'mail ' || n, 'p' || n || '@example.com',
              extract(epoch from now()), now()::date
         FROM generate_series(1, %s) n RETURNING id""",
    [2 * count],
)
mails = env["mail.tracking.email"].browse([id_ for (id_,) in env.cr.fetchall()])
env.cr.execute("ANALYZE mail_tracking_email")
env.cr.commit()


def measure(mails, commit):
    start = time.perf_counter()
    for number, mail in enumerate(mails):
        metadata = {
            "ip": f"203.0.113.{number % 200}",
            "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0",
            "os_family": "Windows",
            "ua_family": "Chrome",
            "timestamp": 1_800_000_000 + number,
        }
        mail.event_create("open", metadata)
        if commit:
            env.cr.commit()
    env.cr.commit()
    return count / (time.perf_counter() - start)


together, each = measure(mails[:count], False), measure(mails[count:], True)
assert env["mail.tracking.event"].search_count([]) == 2 * count
print(f"PEER={together:.1f},{each:.1f}")
