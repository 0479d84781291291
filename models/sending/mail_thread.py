from odoo import api, models


class MailThread(models.AbstractModel):
    """Takes the choice to follow with a message, from those who may make it."""

    _inherit = "mail.thread"

    def _get_message_create_valid_field_names(self):
        return super()._get_message_create_valid_field_names() | {
            "engagement_follow",
            "engagement_template_id",
        }

    @api.model
    def _get_allowed_message_params(self):
        return super()._get_allowed_message_params() | {"engagement_follow"}

    def message_post(self, *args, **kwargs):
        """A user's own preference holds where they do not say otherwise."""
        kwargs = self.env["mail.message"]._engagement_allowed(kwargs)
        if kwargs.pop("engagement_recipients_only", False):
            kwargs["notify_skip_followers"] = True
        preference = self.env.user._engagement_preference()
        if preference and not kwargs.get("engagement_follow"):
            kwargs["engagement_follow"] = preference
        return super().message_post(*args, **kwargs)

    def _notify_thread_by_email(self, message, recipients_data, **kwargs):
        message._engagement_expect(recipients_data)
        return super()._notify_thread_by_email(message, recipients_data, **kwargs)

    def message_notify(self, **kwargs):
        return super().message_notify(**self.env["mail.message"]._engagement_allowed(kwargs))
