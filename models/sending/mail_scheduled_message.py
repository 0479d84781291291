import json

from odoo import Command, api, models


class MailScheduledMessage(models.Model):
    """Keeps the choice to follow, and the template, of a mail that leaves later."""

    _inherit = "mail.scheduled.message"

    @api.model
    def _notification_parameters_whitelist(self):
        return super()._notification_parameters_whitelist() | {
            "engagement_follow",
            "engagement_template_id",
            "engagement_recipients_only",
        }

    def _engagement_split(self, groups):
        """Write to each group in a message of its own, at its time, and to nobody else: followers
        of the record would get all of them.

        :param groups: for each when (naive, in UTC) and to whom; the first keeps this message
        :type groups: list[tuple[datetime, res.partner]]
        :return: the others
        """
        self.ensure_one()
        parameters = json.loads(self.notification_parameters or "{}")
        parameters = json.dumps({**parameters, "engagement_recipients_only": True})
        values = [
            {
                "scheduled_date": at,
                "partner_ids": [Command.set(people.ids)],
                "notification_parameters": parameters,
            }
            for at, people in groups
        ]
        self.write(values[0])
        return self.union(*(self._engagement_copy(it) for it in values[1:])) - self

    def _engagement_copy(self, values):
        """With files of its own: each message takes its files along when it leaves."""
        other = self.copy({**values, "attachment_ids": False})
        owner = {"res_model": self._name, "res_id": other.id}
        other.attachment_ids = (
            self.attachment_ids.union(*(file.copy(owner) for file in self.attachment_ids))
            - self.attachment_ids
        )
        return other
