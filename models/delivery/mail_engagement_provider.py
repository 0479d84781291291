import logging
import secrets
import time
from datetime import timedelta
from urllib.parse import quote

import requests

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ...tools.delivery_providers import PROVIDERS, Asked, Forged
from ...tools.why import why

_logger = logging.getLogger(__name__)

ROUTE = "/mail_engagement/delivery"
# What is fetched from a provider: a certificate of some kilobytes, within the request's own time.
MOST_BYTES = 64 * 2**10
SECONDS = 5
HEARD = timedelta(minutes=1)
# Certificates by their address: SNS changes them about once a year.
_fetched = {}
MOST_FETCHED = 16


class MailEngagementProvider(models.Model):
    """A provider that delivers a company's mails and tells Odoo what became of them.

    What it says is believed for the mails of that company, where its proof holds
    (``tools.delivery_providers``). The key in the address is not the proof: it says which of
    several agreements is meant, and keeps those away who only try.
    """

    _name = "mail.engagement.provider"
    _description = "E-mail Provider"
    _order = "company_id, provider, id"
    _rec_name = "provider"

    provider = fields.Selection(
        [(name, one.label) for name, one in PROVIDERS.items()], required=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)
    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        groups="base.group_system",
        default=lambda self: secrets.token_urlsafe(24),
    )
    secret = fields.Char(
        required=True,
        copy=False,
        groups="base.group_system",
        help="What proves that a request is the provider's own.",
    )
    url = fields.Char("Address for the Provider", compute="_compute_url")
    heard_at = fields.Datetime("Last Heard Of", readonly=True, copy=False)

    _key_unique = models.UniqueIndex("(key)", "A provider has an address of its own.")

    @api.depends("provider")
    def _compute_display_name(self):
        for one in self:
            one.display_name = PROVIDERS[one.provider].label if one.provider else ""

    @api.depends("provider", "key")
    def _compute_url(self):
        for one in self:
            # sudo: only administrators see a provider's form.
            key = one.sudo().key or ""
            path = f"{ROUTE}/{one.provider}/{quote(key)}"
            one.url = one.provider and key and f"{one.get_base_url()}{path}"

    @api.model_create_multi
    def create(self, vals_list):
        providers = super().create(vals_list)
        self.env.registry.clear_cache("stable")
        return providers

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache("stable")
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache("stable")
        return result

    @api.model
    @tools.ormcache("company_id", cache="stable")
    def _engagement_header_names(self, company_id):
        """The providers whose events name a mail only by what it carries. Costs no query.

        :rtype: tuple[str, ...], names of PROVIDERS
        """
        # sudo: whoever sends, the mail has to be told.
        mine = self.sudo().search([("company_id", "=", company_id)])
        return tuple(sorted({one for one in mine.mapped("provider") if PROVIDERS[one].headers("")}))

    def _engagement_asked(self, headers, body):
        """
        :param headers: of the request, names in any case
        :param bytes body:
        :rtype: Asked
        """
        return Asked(headers, body, (self.secret or "").strip(), int(time.time()), _fetch)

    def _engagement_receive(self, asked):
        """Note what a verified request says of this company's mails; others are nobody's business.

        :param Asked asked:
        :raises Unreadable: where it is no such thing as the provider documents
        """
        events = [*PROVIDERS[self.provider].events(asked)]
        trackings = self.env["mail.engagement.tracking"]
        trackings._engagement_deliver(trackings._engagement_of_events(self.company_id, events))

    def _engagement_heard(self):
        """Note that the provider is in touch, once a minute at most: many requests may come at
        once, and would wait for each other."""
        now = fields.Datetime.now()
        if not self.heard_at or now - self.heard_at > HEARD:
            self.env.cr.execute(
                SQL(
                    """UPDATE mail_engagement_provider SET heard_at = %s WHERE id =
                       (SELECT id FROM mail_engagement_provider WHERE id = %s
                           FOR UPDATE SKIP LOCKED)""",
                    now,
                    self.id,
                ),
                # Of two requests at once Odoo makes one again, and that notes nothing.
                log_exceptions=False,
            )


def _fetch(url):
    """What stands at an address that was found to be a provider's own.

    :raises Forged: where nothing of use stands there
    """
    if url in _fetched:
        return _fetched[url]
    try:
        with requests.get(url, timeout=SECONDS, stream=True, allow_redirects=False) as answer:
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
            is_good = answer.status_code == 200 and len(body) <= MOST_BYTES
    except (requests.RequestException, OSError) as error:
        _logger.warning("A provider's certificate could not be fetched: %s", why(error))
        is_good = False
    if not is_good:
        raise Forged
    if url.endswith(".pem"):
        while len(_fetched) >= MOST_FETCHED:
            _fetched.pop(next(iter(_fetched)), None)
        _fetched[url] = body
    return body
