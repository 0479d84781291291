# Run by the screenshots in Odoo's shell: the newest alert of the administrator comes again.
alert = env["mail.engagement.alert"].search(  # noqa: F821 Odoo's shell brings it
    [("user_id.login", "=", "admin")], limit=1
)
alert.user_id._bus_send("mail_engagement.alert/new", {"ids": alert.ids, "count": 1})
env.cr.commit()  # noqa: F821
