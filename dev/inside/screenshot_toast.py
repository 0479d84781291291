# Run by the screenshots in Odoo's shell: the administrator's newest mail that somebody followed a
# link of is news again.
alerts = env["mail.engagement.alert"]  # noqa: F821 Odoo's shell brings it
mine = [("user_id.login", "=", "admin")]
mail = alerts.search([*mine, ("type", "=", "click")], limit=1).tracking_id
alerts = alerts.search([*mine, ("tracking_id", "=", mail.id)])
alerts.write({"is_shown": False, "is_read": False})
alerts.user_id._bus_send("mail_engagement.alert/new", {"ids": alerts.ids})
env.cr.commit()  # noqa: F821
