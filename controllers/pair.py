import json
import logging

from werkzeug.exceptions import BadRequest, Forbidden, RequestEntityTooLarge

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..relay.engagement_relay.protocol import wire
from ..relay.engagement_relay.protocol.observation import plain_text
from .signed import RELAY_ROUTE, too_old

_logger = logging.getLogger(__name__)

MAX_BODY = 16 * 2**10
MAX_HOSTS = 20
LONGEST = {"code": 64, "name": 64, "version": 32}
LONGEST_HOST = 255


class EngagementPair(http.Controller):
    """Lets a relay exchange its one-time code for a secret."""

    @http.route(wire.PAIR, methods=["POST"], **RELAY_ROUTE)
    def pair(self):
        """A relay brings the one-time code, and gets its secret and the state."""
        asked = request.httprequest
        if (asked.content_length or 0) > MAX_BODY or asked.headers.get("Transfer-Encoding"):
            raise RequestEntityTooLarge()
        values, wrong = self._read(asked.get_data())
        if wrong:
            _logger.warning("Somebody asked for a pairing with what is none: %s", wrong)
            raise BadRequest()
        # Before the code is spent.
        if answer := too_old():
            return answer
        # sudo: the one-time code is what allows it.
        relays = request.env(user=SUPERUSER_ID)["mail.engagement.relay"]
        answer = relays._engagement_pair(**values, protocol=asked.headers.get(wire.PROTOCOL_HEADER))
        if answer is None:
            raise Forbidden()
        return request.make_json_response(answer, [("Cache-Control", "no-store")])

    @staticmethod
    def _read(body):
        """:return: code, name, version and hosts, cut to their lengths; and which key is wrong"""
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            return None, "json"
        if not isinstance(values, dict):
            return None, "object"
        is_text = plain_text(MAX_BODY)
        for key in LONGEST:
            if not is_text(values.get(key)):
                return None, key
        hosts = values.get("hosts")
        if not isinstance(hosts, list) or not all(map(is_text, hosts)):
            return None, "hosts"
        texts = {key: values[key][:longest] for key, longest in LONGEST.items()}
        return texts | {"hosts": [host[:LONGEST_HOST] for host in hosts[:MAX_HOSTS]]}, ""
