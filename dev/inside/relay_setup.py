# Run in Odoo's shell: following switched on, and a relay that waits with a one-time code.
company = env.ref("base.main_company")  # noqa: F821 Odoo's shell brings it
env["mail.engagement.terms"].accept(company)  # noqa: F821
company.engagement_enabled = True
relay = env["mail.engagement.relay"].create({"name": "Edge"})  # noqa: F821
env.cr.commit()  # noqa: F821
print(f"CODE={relay.pairing_code}")
