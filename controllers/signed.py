import logging
import re
from urllib.parse import quote

from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, Unauthorized

from odoo import SUPERUSER_ID, api, http
from odoo.http import request

from ..relay.engagement_relay.protocol import signature, token, versions, wire
from ..tools.why import why
from .plain import PlainDispatcher

_logger = logging.getLogger(__name__)

# Of each route that a relay asks for.
RELAY_ROUTE = {
    "type": PlainDispatcher.routing_type,
    "auth": "none",
    "csrf": False,
    "save_session": False,
}
_is_identifier = re.compile(r"[0-9a-f]{32}").fullmatch
_is_relay = re.compile(r"engagement-relay/([0-9A-Za-z.+]{1,32})").fullmatch


def too_old():
    """Who has to be upgraded, said to a relay that this Odoo does not understand, or that does not
    understand it.

    :return: the answer, None where both do
    :rtype: Response | None
    :raises BadRequest: what it says is no version
    """
    try:
        who = versions.too_old(request.httprequest.headers.get(wire.PROTOCOL_HEADER))
    except ValueError:
        raise BadRequest() from None
    if not who:
        return None
    return request.make_json_response(
        {"reason": f"{who}_too_old", "protocol": versions.said()}, status=wire.UPGRADE_REQUIRED
    )


class SignedController(http.Controller):
    """What a relay asks for: no login, no key of a user, only the pairing's signature."""

    def _authenticate(self, max_body=0):
        """Who asks, once their signature over all that they sent is verified.

        :param int max_body: bytes
        :return: the relay in the superuser's environment
        :rtype: mail.engagement.relay
        :raises HTTPException: nothing is taken from them, nor told
        """
        asked = request.httprequest
        if (asked.content_length or 0) > max_body or asked.headers.get("Transfer-Encoding"):
            raise RequestEntityTooLarge()
        headers = asked.headers
        identifier = headers.get(wire.RELAY_HEADER, "")
        # Any other text is none, and PostgreSQL refuses some.
        if not _is_identifier(identifier):
            raise Unauthorized()
        # sudo: the signature is what allows it.
        relay = request.env(user=SUPERUSER_ID)["mail.engagement.relay"].search(
            [
                ("identifier", "=", identifier),
                ("state", "=", "paired"),
            ],
            limit=1,
        )
        tenant = headers.get(wire.TENANT_HEADER, "")
        if not relay or tenant != relay.company_id.engagement_tenant:
            raise Unauthorized()
        try:
            signature.verify(
                relay._engagement_secret(),
                headers.get(wire.SIGNATURE_HEADER),
                relay=relay.identifier,
                tenant=tenant,
                method=asked.method,
                path=self._raw_path(),
                timestamp=headers.get(wire.TIMESTAMP_HEADER),
                body=asked.get_data(cache=True),
            )
        except signature.BadSignature:
            raise Unauthorized() from None
        if answer := too_old():
            raise HTTPException(response=self._after_answer(answer, relay))
        return relay

    @staticmethod
    def _raw_path():
        """Path and query as they were asked for."""
        environ = request.httprequest.environ
        if raw := environ.get("RAW_URI") or environ.get("REQUEST_URI"):
            return raw
        query = environ.get("QUERY_STRING")
        path = quote(environ["PATH_INFO"].encode("latin1"))
        return f"{path}?{query}" if query else path

    def _after_answer(self, response, relay, depth=None, work=None):
        """Note that the relay was seen, and do the work that its answer need not wait for.

        :param int depth: how many events wait there, if it said so
        """
        registry, relay_id = request.env.registry, relay.id
        headers = request.httprequest.headers
        protocol = headers.get(wire.PROTOCOL_HEADER)
        version = _is_relay(headers.get("User-Agent", ""))

        @response.call_on_close
        def after():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["mail.engagement.relay"].browse(relay_id)._engagement_seen(
                        depth, protocol=protocol, version=version and version[1]
                    )
            except Exception as error:
                _logger.error("That relay %s was seen could not be noted: %s", relay_id, why(error))
            if work:
                work()

        return response

    def _parse(self, relay, text, kind):
        """A token of the relay's own tenant, or None."""
        try:
            parsed, _state = token.parse(
                text, relay.env["mail.engagement.key"]._engagement_keyring()
            )
        except token.InvalidToken:
            return None
        own = bytes.fromhex(relay.company_id.engagement_tenant)
        return parsed if parsed.kind == kind and parsed.tenant == own else None
