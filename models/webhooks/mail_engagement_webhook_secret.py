from odoo import fields, models


class MailEngagementWebhookSecret(models.AbstractModel):
    """Shows a webhook's new secret, once: it has no table, as Odoo shows a new API key."""

    _name = "mail.engagement.webhook.secret"
    _description = "New Secret of a Webhook"

    # For the onchange that returns the secret to the dialog.
    id = fields.Id()
    secret = fields.Char(readonly=True)
    is_first = fields.Boolean(readonly=True)
