from odoo import fields, models

from ...tools.kinds import KINDS, REPLY

# Reasons that go without saying in a line about a person.
PLAIN = ("browser", "reply")
ICONS = {kind.name: kind.icon for kind in (*KINDS, REPLY)}


class MailEngagementEvent(models.Model):
    """How one event reads in the popover's time line."""

    _inherit = "mail.engagement.event"

    def _engagement_timeline_line(self):
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
