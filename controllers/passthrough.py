from werkzeug.exceptions import NotFound

from odoo import http

from ..relay.engagement_relay.protocol import wire
from .signed import RELAY_ROUTE, SignedController


class EngagementPassthrough(SignedController):
    """Hands a relay the followed files that its visitors ask for."""

    @http.route(f"{wire.ATTACHMENT}/<string:text>", methods=["GET", "HEAD"], **RELAY_ROUTE)
    def attachment(self, text):
        """A followed file, for the relay to carry on. It records the view itself."""
        relay = self._authenticate()
        parsed = self._parse(relay, text, "a")
        stream = parsed and relay.env["mail.engagement.link"]._engagement_stream(parsed)
        if not stream:
            raise NotFound()
        return stream.get_response(as_attachment=True)
