import json

from werkzeug.exceptions import BadRequest, Forbidden, RequestEntityTooLarge

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..relay.engagement_relay.protocol import wire

MAX_BODY = 16 * 2**10
MAX_HOSTS = 20


class EngagementPair(http.Controller):
    @http.route(
        wire.PAIR,
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def pair(self):
        """A relay brings the one-time code, and gets its secret and the state."""
        if (request.httprequest.content_length or 0) > MAX_BODY:
            raise RequestEntityTooLarge()
        try:
            values = json.loads(request.httprequest.get_data())
            code, name, version = (str(values[key]) for key in ("code", "name", "version"))
            hosts = [str(host)[:255] for host in values["hosts"]][:MAX_HOSTS]
        except (KeyError, TypeError, ValueError):
            raise BadRequest() from None
        # sudo: whoever knows the code may, once.
        relays = request.env(user=SUPERUSER_ID)["mail.engagement.relay"]
        answer = relays._engagement_pair(code[:64], name[:64], version[:32], hosts)
        if answer is None:
            raise Forbidden()
        return request.make_json_response(answer, [("Cache-Control", "no-store")])
