# Run in Odoo's shell once a relay is paired: mails point at it, and it records.
company = env.ref("base.main_company")  # noqa: F821 Odoo's shell brings it
company.engagement_relay_id.url = "http://127.0.0.1"
company.engagement_edge = "relay"
env.cr.commit()  # noqa: F821
