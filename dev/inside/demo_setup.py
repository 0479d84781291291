# Run by the demo in Odoo's shell: accept the terms, grant, switch following on.
company = env.ref("base.main_company")  # noqa: F821 Odoo's shell brings it
env["mail.engagement.terms"].accept(company)  # noqa: F821
env["mail.engagement.permission"].grant(company, "odoo")  # noqa: F821
company.write({"engagement_enabled": True, "engagement_follow_attachments": True})
env.cr.commit()  # noqa: F821
