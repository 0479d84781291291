from odoo import fields, models

SHOWN_EVENTS = 50
# The mail left, or was not followed: there is nothing to tell of it yet.
QUIET = ("sent", "untracked")


class MailEngagementTracking(models.Model):
    """What the chatter shows of one recipient."""

    _inherit = "mail.engagement.tracking"

    def _engagement_counted(self):
        """Bring the chips up to date in open web clients."""
        result = super()._engagement_counted()
        self.message_id._engagement_bus_send()
        return result

    def _engagement_timeline(self):
        """:return: for each recipient ``id``, ``name``, ``state``, ``delivery``, ``is_shared``,
        ``machine_count``, ``notes`` on what silence means, ``events``, newest first, and whether
        nothing happened (``is_quiet``); in the order of the mails
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        return [
            {
                "id": tracking.id,
                # sudo: the recipients of a readable message are no secret.
                "name": tracking._engagement_recipient_name(),
                "state": tracking.state,
                "state_label": labels[tracking.state],
                "delivery": tracking._engagement_way_line(),
                "is_shared": tracking.is_shared,
                "machine_count": tracking.machine_count,
                "notes": tracking._engagement_unseen_notes(),
                "is_quiet": tracking._engagement_is_quiet(),
                "events": [
                    event._engagement_timeline_line()
                    for event in tracking._engagement_shown_events()
                ],
            }
            for tracking in self
        ]

    def _engagement_is_quiet(self):
        """Whether nothing happened that somebody would want to know of."""
        way = self._engagement_way_line()
        arrives = not way or way["status"] == "delivered"
        return arrives and self.state in QUIET and not self.event_ids

    def _engagement_way_line(self):
        """What is told of the mail's way; false where nothing is known, or there is better news."""
        status = self.delivery_shown
        if not (status or self.delivery_why) or (status == "delivered" and self.state != "sent"):
            return False
        labels = dict(self._fields["delivery"]._description_selection(self.env))
        return {
            "status": status or self.state,
            "label": labels.get(status, ""),
            "at": fields.Datetime.to_string(self.delivery_at),
            "why": self.delivery_why,
            "advice": self.delivery_advice,
            "text": self.delivery_text or self.delivery_code or "",
        }

    def _engagement_shown_events(self):
        """The latest events of people and of machines: neither hide the others."""
        self.ensure_one()
        mine = [("tracking_id", "=", self.id)]
        return (
            self.event_ids.search([*mine, ("verdict", "!=", "machine")], limit=SHOWN_EVENTS)
            | self.event_ids.search([*mine, ("verdict", "=", "machine")], limit=SHOWN_EVENTS)
        ).sorted(lambda event: (event.occurred_at, event.id), reverse=True)

    def _engagement_recipient_name(self):
        if self.is_anonymous:
            return self.env._("All recipients together")
        if self.is_shared:
            return self.env._("One of: %s", self.email_normalized)
        # sudo: the recipients of a readable message are no secret.
        return self.sudo().partner_id.name or self.email_normalized or ""
