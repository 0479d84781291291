import re

from odoo import models

from .mail_message import SUBCHANNEL

# What a web client asks for when it opens a record: mail_engagement/crm.lead/7.
CHANNEL = re.compile(rf"{SUBCHANNEL}/(?P<model>[a-z0-9_.]+)/(?P<id>[0-9]{{1,9}})")


class IrWebsocket(models.AbstractModel):
    """Lets a web client listen to the record that it shows."""

    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """A record's own channel for those who have it open and may read it.

        The client's text is no channel: it is left out, and the record put in its place.
        """
        asked = [
            match
            for name in channels
            if isinstance(name, str) and (match := CHANNEL.fullmatch(name))
        ]
        channels = [name for name in channels if name not in {match[0] for match in asked}]
        if asked and self.env.user.has_group("mail_engagement.group_user"):
            channels += [
                (record, SUBCHANNEL)
                for match in asked
                for record in self._engagement_readable(match["model"], int(match["id"]))
            ]
        return super()._build_bus_channel_list(channels)

    def _engagement_readable(self, model, id_):
        """The record, or none where there is none that the user may read."""
        if model not in self.env or not self.env[model].has_access("read"):
            return []
        return self.env[model].browse(id_).exists()._filtered_access("read")
