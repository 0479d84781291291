from odoo import models


class MailTemplate(models.Model):
    """Notes on each mail which template it was made from."""

    _inherit = "mail.template"

    def send_mail_batch(self, *args, email_values=None, **kwargs):
        """Remember on each mail which template it came from."""
        email_values = {"engagement_template_id": self.id, **(email_values or {})}
        return super().send_mail_batch(*args, email_values=email_values, **kwargs)
