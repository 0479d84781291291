from odoo import http
from odoo.http import request

from ..relay.engagement_relay.protocol import wire
from .signed import RELAY_ROUTE, SignedController


class EngagementState(SignedController):
    """Tells a relay what it has to know: keys, switches, refusals."""

    @http.route(wire.STATE, methods=["GET"], **RELAY_ROUTE)
    def state(self):
        """What a relay has to know of its company: keys, switches, who refused."""
        relay = self._authenticate()
        since = request.httprequest.args.get("since", "0")
        since = int(since) if since.isdecimal() and len(since) < 10 else 0
        response = request.make_json_response(
            relay._engagement_state_since(since), [("Cache-Control", "no-store")]
        )
        return self._after_answer(response, relay)
