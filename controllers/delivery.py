import hmac

from werkzeug.exceptions import BadRequest, Forbidden, NotFound, RequestEntityTooLarge

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..models.delivery.mail_engagement_provider import ROUTE
from ..tools.delivery_providers import MAX_BODY, PROVIDERS, Forged, Unreadable
from .plain import PlainDispatcher


class EngagementDelivery(http.Controller):
    """What providers tell of the mails that they deliver."""

    @http.route(
        f"{ROUTE}/<string:name>/<string:key>",
        methods=["POST"],
        type=PlainDispatcher.routing_type,
        auth="public",
        csrf=False,
        save_session=False,
    )
    def receive(self, name, key):
        """Note what a provider says, once it has proved that it is the provider.

        What it says of mails that nobody knows is answered the same: it is no error of its. An
        error of the database's is, so that it says it again.
        """
        asked = request.httprequest
        if asked.headers.get("Transfer-Encoding") or (asked.content_length or 0) > MAX_BODY:
            raise RequestEntityTooLarge()
        provider = self._provider(name, key)
        question = provider._engagement_asked(asked.headers, asked.get_data())
        try:
            PROVIDERS[name].verify(question)
            provider._engagement_receive(question)
        except Forged:
            raise Forbidden() from None
        except Unreadable:
            raise BadRequest() from None
        provider._engagement_heard()
        return request.make_response("", status=200)

    @staticmethod
    def _provider(name, key):
        """
        :raises NotFound: for an address that nobody was given
        """
        # sudo: the provider's proof is what allows it.
        env = request.env(user=SUPERUSER_ID)
        known = name in PROVIDERS and env["mail.engagement.provider"].search(
            [("provider", "=", name)]
        )
        for one in known or []:
            if hmac.compare_digest(one.key.encode(), key.encode(errors="replace")):
                return one
        raise NotFound()
