from odoo import fields, models

SHOWN_EVENTS = 50
# Reasons that go without saying in a line about a person.
PLAIN = ("browser", "reply")
ICONS = {
    "open": "fa-eye",
    "click": "fa-link",
    "attachment": "fa-paperclip",
    "reply": "fa-reply",
}


class MailMessage(models.Model):
    _inherit = "mail.message"

    def engagement_timeline(self):
        """What became of this message, for the popover: a time line for each recipient.

        :rtype: list[dict], see MailEngagementTracking._engagement_timeline
        """
        self.ensure_one()
        self.check_access("read")
        return self.engagement_tracking_ids.sorted("id")._engagement_timeline()


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    def _engagement_timeline(self):
        """:return: for each recipient ``id``, ``name``, ``state``, ``is_shared``, ``machine_count``
        and ``events``, newest first
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        return [
            {
                "id": tracking.id,
                # sudo: the recipients of a readable message are no secret.
                "name": tracking._engagement_recipient_name(),
                "state": tracking.state,
                "state_label": labels[tracking.state],
                "is_shared": tracking.is_shared,
                "machine_count": tracking.machine_count,
                "events": [
                    event._engagement_timeline() for event in tracking._engagement_shown_events()
                ],
            }
            for tracking in self
        ]

    def _engagement_shown_events(self):
        """The latest of people and the latest of machines, that neither hides the other."""
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


class MailEngagementEvent(models.Model):
    _inherit = "mail.engagement.event"

    def _engagement_timeline(self):
        """One line of the time line."""
        return {
            "id": self.id,
            "icon": ICONS[self.type],
            "title": self._engagement_title(),
            "detail": self._engagement_detail(),
            "at": fields.Datetime.to_string(self.occurred_at),
            "verdict": self.verdict,
            "verdict_by": self.verdict_by,
            "reason": self.reason_text,
            "is_plain": self.reason in PLAIN,
            "actions": [
                {"verdict": verdict, "label": label}
                for verdict, label in self._engagement_actions().items()
                # An automatic reply is a machine's, a person's reply is one: both are on record.
                if verdict != self.verdict and self.type != "reply"
            ],
        }

    def _engagement_title(self):
        if self.type == "click":
            title = self.env._("Clicked “%s”", self.link_id.label or self.link_id.url or "…")
        elif self.type == "attachment":
            title = self.env._("Viewed “%s”", self.link_id.label or "…")
        elif self.type == "reply":
            title = self.env._("Replied")
        else:
            title = self.env._("Opened")
        if self.repeat_count > 1:
            title = self.env._("%(what)s, %(count)s times", what=title, count=self.repeat_count)
        return title

    def _engagement_detail(self):
        """Where and with what: “Apple Mail, iPhone · Osaka, JP”, as far as it is known."""
        devices = dict(self._fields["device_type"]._description_selection(self.env))
        device = devices.get(self.device_type, "") if self.device_type != "other" else ""
        # sudo: countries are public.
        place = [self.city, self.sudo().country_id.code]
        return " · ".join(
            part
            for part in (
                ", ".join(filter(None, [self.client, self.os or device])),
                ", ".join(filter(None, place)),
            )
            if part
        )
