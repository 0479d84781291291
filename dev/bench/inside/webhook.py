# Run in Odoo's shell: a webhook of every kind to URL, with a secret; it is off.
# ruff: noqa: F821 Odoo's shell brings env
import os

webhook = env["mail.engagement.webhook"].create(
    {"name": "Bench", "url": os.environ["URL"], "allow_http": True, "allow_private": True}
)
webhook.action_new_secret()
webhook.active = False
env.cr.commit()
print(f"WEBHOOK={webhook.id}")
