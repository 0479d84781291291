from odoo import api, models


class MailEngagementTracking(models.Model):
    """A followed mail's news become alerts, and an alert opens the mail's record."""

    _inherit = "mail.engagement.tracking"

    @api.model
    def _engagement_after_events(self, trackings, events):
        result = super()._engagement_after_events(trackings, events)
        self.env["mail.engagement.alert"]._engagement_create_alerts(events)
        return result

    def _engagement_documents(self):
        """What to open for each of these mails: its record, or where that is gone, what is kept
        of the mail itself.

        :return: model and id
        :rtype: dict[mail.engagement.tracking, tuple[str, int]]
        """
        documents = {tracking: (self._name, tracking.id) for tracking in self}
        for model, trackings in self.grouped("model").items():
            if model in self.env:
                records = self.env[model].browse(set(trackings.mapped("res_id")) - {0})
                found = set(records.exists()._filtered_access("read").ids)
                documents.update({it: (model, it.res_id) for it in trackings if it.res_id in found})
        return documents
