# Run in Odoo's shell: many mails, each opened once by what today's knowledge calls a machine.
MAILS = 2000
env["mail.engagement.knowledge"].create(  # noqa: F821 Odoo's shell brings it
    {"kind": "network", "match": "93.184.216.0/24", "name": "Our gateway"}
)
sent = "now() at time zone 'utc' - interval '2 days'"
env.cr.execute(  # noqa: F821
    f"""WITH mail AS (
            INSERT INTO mail_engagement_tracking
                   (uid, company_id, subject, email_normalized, state, sent_at, open_count)
            SELECT lpad(to_hex(n), 20, '0'), 1, 'Judge me again', 'a@customer.test', 'opened',
                   {sent}, 1
              FROM generate_series(1, {MAILS}) n
         RETURNING id, uid)
        INSERT INTO mail_engagement_event
               (uid, mail_uid, tracking_id, company_id, type, occurred_at, sent_at, repeat_count,
                verdict, verdict_by, reason, method, policy, agent_class, source, ip, user_agent)
        SELECT lpad(uid, 32, 'f'), uid, id, 1, 'open', {sent} + interval '1 hour', {sent}, 1,
               'human', 'rule', 'browser', 'GET', 3, 'browser', 1, '93.184.216.34',
               'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
          FROM mail"""
)
env.cr.commit()  # noqa: F821
