# Run by the demo in Odoo's shell: accept the terms, grant, switch following on, and keep what
# Odoo's own demo data left in the queue out of the inbox.
company = env.ref("base.main_company")  # noqa: F821 Odoo's shell brings it
env["mail.engagement.terms"].accept(company)  # noqa: F821
env["mail.engagement.permission"].grant(company, "odoo")  # noqa: F821
company.write({"engagement_enabled": True, "engagement_follow_attachments": True})
env["mail.mail"].search([("state", "=", "outgoing")]).cancel()  # noqa: F821
# The demo's events came by file, not over the edge: tell of the newest of them as if just seen.
events = env["mail.engagement.event"].search([("verdict", "=", "human")], limit=60)  # noqa: F821
env["mail.engagement.alert"]._engagement_create_alerts(events)  # noqa: F821
env.cr.commit()  # noqa: F821
