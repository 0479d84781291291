import ipaddress
import logging

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wsgi import ClosingIterator

from odoo import SUPERUSER_ID, api, http
from odoo.http import GeoIP, request

from ..relay.engagement_relay.detection.observe import is_refused, observe
from ..relay.engagement_relay.pages.page import pages_for
from ..relay.engagement_relay.protocol import answers, token, wire
from ..tools.why import why
from .plain import PlainDispatcher

_logger = logging.getLogger(__name__)
ROUTE = {
    "type": PlainDispatcher.routing_type,
    "auth": "public",
    "methods": ["GET", "HEAD"],
    "save_session": False,
    "readonly": True,
}
# What may be asked for with which method.
_METHODS = {
    **dict.fromkeys("oca", ("GET", "HEAD")),
    "p": ("GET", "HEAD", "POST"),
}


def accepted_languages():
    """What the reader's browser asks for, as it asks."""
    return request.httprequest.headers.get("Accept-Language", "")


def asked():
    """What a request says of who sends it.

    :return: headers by their names in lower case, and the address; empty where a proxy says what
        is no address
    :rtype: tuple[dict[str, str], str]
    """
    # A header may hold NUL, which no database takes.
    headers = {
        name.lower(): value.replace("\0", "") for name, value in request.httprequest.headers.items()
    }
    address = request.httprequest.remote_addr or ""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return headers, ""
    return headers, address


def answer_page(page, status=200):
    """:param str page: HTML"""
    headers = {**answers.PAGE_HEADERS, "Content-Type": "text/html; charset=utf-8"}
    return request.make_response(page, [*headers.items()], status=status)


def answer_not_found():
    return answer_page(pages_for(accepted_languages()).not_found, 404)


class EngagementEdge(http.Controller):
    """What the recipients' mail clients ask for when Odoo itself is the edge.

    Answer first, write down afterwards: nobody waits for our database, and whatever fails there
    costs an event, never a customer's click.
    """

    @http.route(f"{wire.ODOO_EDGE}/o/<engagement_rest:text>", **ROUTE)
    def open(self, text):
        """The pixel: always the same, whatever was asked for."""
        response = request.make_response(answers.GIF, [*answers.PIXEL_HEADERS.items()])
        self._record_after(response, self._parse(text.removesuffix(".gif"), "o"))
        return response

    @http.route(f"{wire.ODOO_EDGE}/c/<engagement_rest:text>", **ROUTE)
    def click(self, text):
        """A link's target, from the token itself."""
        found = self._parse(text, "c")
        if not found:
            return answer_not_found()
        parsed, state = found
        if state is token.KeyState.COMPROMISED:
            return answer_page(pages_for(accepted_languages()).leaving_to(parsed.target))
        headers = {**answers.REDIRECT_HEADERS, "Location": parsed.target}
        response = request.make_response("", [*headers.items()], status=302)
        self._record_after(response, found)
        return response

    @http.route(f"{wire.ODOO_EDGE}/a/<engagement_rest:text>", **ROUTE)
    def attachment(self, text):
        """A followed file, as a download. Its name, behind the token, is not looked at."""
        found = self._parse(text.partition("/")[0], "a")
        stream = found and request.env["mail.engagement.link"]._engagement_stream(found[0])
        if not stream:
            return answer_not_found()
        response = stream.get_response(as_attachment=True)
        response.headers.update(answers.FILE_HEADERS)
        # A client that reads on in pieces has opened the file once.
        if request.httprequest.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
            self._record_after(response, found)
        return response

    @http.route([f"{wire.ODOO_EDGE}/healthz", f"{wire.ODOO_EDGE}/readyz"], **ROUTE)
    def health(self):
        return request.make_response("ok\n", [("Content-Type", "text/plain")])

    @http.route(f"{wire.ODOO_EDGE}/robots.txt", **ROUTE)
    def robots(self):
        return request.make_response(answers.ROBOTS, [("Content-Type", "text/plain")])

    @http.route(
        [wire.ODOO_EDGE, f"{wire.ODOO_EDGE}/<engagement_rest:rest>"],
        **{**ROUTE, "methods": None},
        csrf=False,
    )
    def other(self, rest=""):
        """The page of every other path, as at a relay.

        Odoo would take the edge's name for a language, and send browsers to the pages of that
        language for good.
        """
        kind, slash, _text = rest.partition("/")
        if slash and kind in _METHODS and request.httprequest.method not in _METHODS[kind]:
            raise MethodNotAllowed(_METHODS[kind])
        if rest == "o/":
            return self.open("")
        return answer_not_found()

    @staticmethod
    def _parse(text, kind):
        return request.env["mail.engagement.key"]._engagement_read(text, kind)

    def _record_after(self, response, found):
        """Write down what was asked for, once the answer is out. Never raises."""
        if not found:
            return
        try:
            self._record(response, found[0])
        except Exception as error:
            _logger.error("An event of mail %s was lost: %s", found[0].uid.hex(), why(error))

    def _record(self, response, parsed):
        registry = request.env.registry
        secrets = request.env["mail.engagement.key"]._engagement_secrets()[parsed.tenant]
        # sudo: the edge acts for nobody.
        company = request.env["res.company"].sudo().browse(secrets["company"])
        headers, address = asked()
        policy = min(parsed.policy, company._engagement_max_policy())
        if policy == token.Policy.NONE or is_refused(headers, company._engagement_honoured()):
            return
        seen = observe(
            parsed,
            method=request.httprequest.method,
            headers=headers,
            ip=address,
            knowledge=request.env["mail.engagement.knowledge"]._engagement_knowledge(),
            salt=secrets["uid"],
            max_policy=policy,
            session=request.env.user._is_internal(),
            place=self._place,
        )

        def record():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    company = env["res.company"].browse(secrets["company"])
                    env["mail.engagement.event"]._engagement_insert(company, [seen])
                env["mail.engagement.tracking"]._engagement_summarise(registry)
            except Exception as error:
                _logger.error("An event of mail %s was lost: %s", seen.mail, why(error))

        if response.direct_passthrough:
            # Such a response's file goes to the server without the response being closed.
            response.response = ClosingIterator(response.response, record)
        else:
            response.call_on_close(record)

    @staticmethod
    def _place(ip):
        found = GeoIP(ip)
        return found.country_code, found.city.name
