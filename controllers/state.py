from odoo import http
from odoo.http import request

from ..relay.engagement_relay.protocol import wire
from .signed import SignedController


class EngagementState(SignedController):
    @http.route(wire.STATE, type="http", auth="none", methods=["GET"], save_session=False)
    def state(self, since="0"):
        """What a relay has to know of its company: keys, switches, who refused."""
        relay = self._authenticate()
        since = int(since) if since.isdecimal() and len(since) < 10 else 0
        response = request.make_json_response(
            relay._engagement_state(since), [("Cache-Control", "no-store")]
        )
        return self._after_answer(response, relay)
