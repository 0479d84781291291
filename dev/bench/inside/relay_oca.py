# Run in Odoo's shell: 20,000 sent mails as OCA's addon keeps them, their pixels' paths in a file.
# ruff: noqa: F821 Odoo's shell brings env
import os

env.cr.execute(
    """INSERT INTO mail_tracking_email (token, state, name, recipient, timestamp, date)
       SELECT md5(n::text), 'sent', 'mail ' || n, 'p' || n || '@example.com',
              extract(epoch from now()), now()::date
         FROM generate_series(1, 20000) n RETURNING id, token"""
)
with open(os.environ["BENCH_PATHS"], "w") as paths:
    for id_, token in env.cr.fetchall():
        paths.write(f"/mail/tracking/open/{env.cr.dbname}/{id_}/{token}/blank.gif\n")
env.cr.commit()
