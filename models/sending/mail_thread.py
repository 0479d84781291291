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
        kwargs = self._engagement_allowed(kwargs)
        preference = self.env.user._engagement_preference()
        if preference and not kwargs.get("engagement_follow"):
            kwargs["engagement_follow"] = preference
        return super().message_post(*args, **kwargs)

    def message_notify(self, **kwargs):
        return super().message_notify(**self._engagement_allowed(kwargs))

    @api.model
    def _engagement_allowed(self, kwargs):
        """Leave out what the user has no say in: another company's rules instead of their own,
        and, for whoever is no colleague, whether a mail is followed. Costs no query.

        :param dict kwargs: of a message, as the client sent them
        :rtype: dict
        """
        user, company = self.env.user, kwargs.get("record_company_id")
        refused = {
            "record_company_id": company
            and not self.env.su
            and company not in user._get_company_ids(),
            "engagement_follow": kwargs.get("engagement_follow") and not user._is_internal(),
        }
        return {name: value for name, value in kwargs.items() if not refused.get(name)}
