from werkzeug.exceptions import NotFound

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..models.core.reader import Reader
from ..relay.engagement_relay.pages import language
from ..relay.engagement_relay.protocol import token, wire
from .edge import accepted_languages, answer_not_found, answer_page
from .plain import PlainDispatcher
from .signed import RELAY_ROUTE, SignedController

ROUTE = {"type": PlainDispatcher.routing_type, "auth": "public", "save_session": False}


class EngagementPreferences(SignedController):
    """The recipient's own page, on Odoo's own address and carried through by a relay."""

    @http.route(
        f"{wire.ODOO_EDGE}/p/<engagement_rest:text>",
        methods=["GET", "HEAD"],
        readonly=True,
        **ROUTE,
    )
    def show(self, text):
        """Show it. Asking never changes anything: scanners ask."""
        return self._own(text, None)

    @http.route(f"{wire.ODOO_EDGE}/p/<engagement_rest:text>", methods=["POST"], csrf=False, **ROUTE)
    def submit(self, text):
        """Obey the form. The token in the address is what an attacker's page does not know."""
        if (request.httprequest.content_length or wire.MAX_FORM + 1) > wire.MAX_FORM:
            return answer_not_found()
        return self._own(text, request.httprequest.form)

    @http.route(f"{wire.PREFERENCES}/<string:text>", methods=["GET", "POST"], **RELAY_ROUTE)
    def carried(self, text):
        """For a relay to carry on: the same page, which only refuses."""
        relay = self._authenticate(wire.MAX_FORM)
        parsed = self._parse(relay, text, "p")
        if not parsed:
            raise NotFound()
        form = request.httprequest.form if request.httprequest.method == "POST" else None
        own_url = f"{relay.get_base_url()}{wire.ODOO_EDGE}/p/{text}"
        return self._page(
            relay.env, relay.company_id, parsed, form, may_grant=False, own_url=own_url
        )

    def _own(self, text, form):
        # sudo: the token is what allows it.
        env = request.env(user=SUPERUSER_ID)
        keys = env["mail.engagement.key"]
        found = keys._engagement_read(text, "p")
        if not found:
            return answer_not_found()
        parsed, state = found
        company = env["res.company"].browse(keys._engagement_secrets()[parsed.tenant]["company"])
        # Whoever has a compromised key may at most refuse.
        may_grant = state is not token.KeyState.COMPROMISED
        return self._page(env, company, parsed, form, may_grant=may_grant)

    def _page(self, env, company, parsed, form, **options):
        partner = env["mail.engagement.contact"]._engagement_find(parsed, company)
        if not partner:
            return answer_not_found()
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        partner, company = partner.with_env(env), company.with_env(env)
        status, page = env["mail.engagement.preferences"]._engagement_page(
            partner, company, parsed, form, reader=self._reader(partner), **options
        )
        return answer_page(f"<!DOCTYPE html>\n{page}", status)

    @staticmethod
    def _reader(partner):
        """Of the language that they chose on the page, else the contact's, else the browser's.

        Where one language is installed, every contact has it and Odoo asks nobody for another: its
        form hides the field. It says nothing of the person then.
        """
        chosen = request.httprequest.values.get(language.PARAMETER)
        own = partner.lang if partner.active_lang_count > 1 else None
        return Reader(language.choose(chosen, own, accepted=accepted_languages()))
