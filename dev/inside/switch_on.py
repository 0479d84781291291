# Run in Odoo's shell: every company accepts the terms and follows its mails, by Odoo's own edge.
# ruff: noqa: F821 Odoo's shell brings env
for company in env["res.company"].search([]):
    env["mail.engagement.terms"].accept(company)
    company.engagement_enabled = True
env.cr.commit()
