# Run in Odoo's shell, as the Apps menu does it.
env["ir.module.module"].search(  # noqa: F821 Odoo's shell brings it
    [("name", "=", "mail_engagement")]
).button_immediate_uninstall()
env.cr.commit()  # noqa: F821
