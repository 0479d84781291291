import re
import zlib

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from odoo import http
from odoo.http import request

from ..relay.engagement_relay.protocol import wire
from ..relay.engagement_relay.protocol.observation import BadObservation, Observation
from .signed import RELAY_ROUTE, SignedController

# More events than any disk holds.
MAX_DEPTH_DIGITS = 18
_GZIP = 16 + zlib.MAX_WBITS
_UID = re.compile(r'"uid": ?"([0-9a-f]{32})"')


class EngagementIngest(SignedController):
    """Takes in what a relay observed."""

    @http.route(wire.INGEST, methods=["POST"], **RELAY_ROUTE)
    def ingest(self):
        """A relay's batch of observations, one JSON object a line (docs/protocol.md).

        The same batch twice changes nothing; a line that is no observation is refused alone.
        """
        relay = self._authenticate(wire.MAX_BATCH)
        depth = self._depth()
        observations, rejected = self._read(self._body())
        company = relay.company_id
        env = relay.env
        accepted, duplicates, refused = env["mail.engagement.event"]._engagement_insert(
            company, observations
        )
        version, _knowledge = env["mail.engagement.state"]._engagement_versions(company)
        response = request.make_json_response(
            {
                "accepted": accepted,
                "duplicates": duplicates,
                "rejected": rejected + refused,
                "state_version": version,
            }
        )
        registry = env.registry
        tracking = env["mail.engagement.tracking"]
        return self._after_answer(
            response, relay, depth, lambda: tracking._engagement_summarise_aside(registry)
        )

    @staticmethod
    def _depth():
        """How many events wait at the relay, None where it does not say."""
        depth = request.httprequest.headers.get(wire.DEPTH_HEADER)
        if depth is None:
            return None
        if not (depth.isascii() and depth.isdigit() and len(depth) <= MAX_DEPTH_DIGITS):
            raise BadRequest()
        return min(int(depth), 2**31 - 1)

    @staticmethod
    def _body():
        """The batch as text, unpacked no further than wire.MAX_UNPACKED."""
        body = request.httprequest.get_data()
        encoding = request.httprequest.headers.get("Content-Encoding", "identity")
        if encoding == "gzip":
            unpacker = zlib.decompressobj(_GZIP)
            try:
                body = unpacker.decompress(body, wire.MAX_UNPACKED)
            except zlib.error:
                raise BadRequest() from None
            if unpacker.unconsumed_tail:
                raise RequestEntityTooLarge()
            if not unpacker.eof or unpacker.unused_data:
                raise BadRequest()
        elif encoding != "identity":
            raise BadRequest()
        if body.count(b"\n") > wire.MAX_LINES:
            raise RequestEntityTooLarge()
        return body

    @staticmethod
    def _read(body):
        """:return: the observations, and what is none as ``{"uid", "reason"}``"""
        observations, rejected = [], []
        # What is not UTF-8 becomes half surrogate pairs, which no observation may contain.
        lines = body.decode(errors="surrogateescape").split("\n")
        if not lines[-1]:
            lines.pop()
        for line in lines:
            try:
                observations.append(Observation.from_json(line))
            except BadObservation as error:
                uid = _UID.search(line)
                rejected.append({"uid": uid[1] if uid else "", "reason": str(error)})
        return observations, rejected
