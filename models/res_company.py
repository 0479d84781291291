import secrets
from typing import NamedTuple
from urllib.parse import urlsplit

from odoo import api, fields, http, models, tools
from odoo.exceptions import ValidationError

from ..tools import exclusions


class Settings(NamedTuple):
    """What sending has to know of a company, read once for each process."""

    company: int
    tenant: str
    enabled: bool
    follow: bool
    follow_attachments: bool
    opens: bool
    clicks: bool
    attachments: bool
    base_url: str
    page_link: bool
    excluded_domains: tuple
    excluded_links: tuple
    only_mailboxes: bool


class ResCompany(models.Model):
    _inherit = "res.company"

    # All are of a prefetch group of their own: Odoo reads a company for every mail, these fields
    # rarely, and they would make that twice as slow.
    engagement_enabled = fields.Boolean("Email Engagement", prefetch="engagement")
    engagement_follow_default = fields.Boolean(
        "Follow New E-mails", default=True, prefetch="engagement"
    )
    engagement_follow_attachments = fields.Boolean(
        "Follow New Attachments",
        help="A followed file travels as a link instead of within the e-mail.",
        prefetch="engagement",
    )
    engagement_track_opens = fields.Boolean("Opens", default=True, prefetch="engagement")
    engagement_track_clicks = fields.Boolean("Link Clicks", default=True, prefetch="engagement")
    engagement_track_attachments = fields.Boolean(
        "Attachment Views", default=True, prefetch="engagement"
    )
    engagement_only_mailboxes = fields.Boolean(
        "Only Enabled Mailboxes",
        help="Only e-mails of colleagues whose mailbox is approved and enabled are followed.",
        prefetch="engagement",
    )
    engagement_edge = fields.Selection(
        [("odoo", "Odoo itself"), ("relay", "A relay")],
        default="odoo",
        required=True,
        prefetch="engagement",
    )
    engagement_tenant = fields.Char(
        copy=False, readonly=True, groups="base.group_system", prefetch="engagement"
    )

    @api.constrains("engagement_enabled", "engagement_edge")
    def _check_engagement_enabled(self):
        terms = self.env["mail.engagement.terms"]
        for company in self.filtered("engagement_enabled"):
            if not terms._engagement_is_accepted(company):
                raise ValidationError(
                    self.env._("Accept the terms of service of Email Engagement first.")
                )
            if company.engagement_edge == "odoo":
                company._engagement_check_own_edge()

    def _engagement_check_own_edge(self):
        """Odoo's own edge has to know from the host name alone which database is meant.

        :raises ValidationError: where several databases answer on this host
        """
        base_url = self._engagement_base_url()
        databases = http.db_list(force=True, host=urlsplit(base_url).netloc)
        if len(databases) > 1:
            raise ValidationError(
                self.env._(
                    "%(count)s databases answer on %(url)s, so Odoo cannot tell which of them a "
                    "recipient's e-mail belongs to. Start Odoo with one database (--database), "
                    "set a filter (--db-filter), or use a relay.",
                    count=len(databases),
                    url=base_url,
                )
            )

    def write(self, vals):
        result = super().write(vals)
        if any(name.startswith("engagement_") for name in vals):
            self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache("company_id")
    def _engagement_settings(self, company_id):
        """:rtype: Settings"""
        # An error in here may not abort the transaction that sends a mail.
        with self.env.cr.savepoint(flush=False):
            return self._engagement_read_settings(company_id)

    @api.model
    def _engagement_read_settings(self, company_id):
        # sudo: any sender's mail is followed as the company has decided.
        company = self.sudo().browse(company_id)
        return Settings(
            company=company_id,
            tenant=company.engagement_tenant,
            enabled=company.engagement_enabled and bool(company.engagement_tenant),
            follow=company.engagement_follow_default,
            follow_attachments=company.engagement_follow_attachments,
            opens=company.engagement_track_opens,
            clicks=company.engagement_track_clicks,
            attachments=company.engagement_track_attachments,
            base_url=company._engagement_base_url(),
            page_link=company.engagement_page_link,
            excluded_domains=exclusions.domains(company.engagement_excluded_domains),
            excluded_links=exclusions.lines(company.engagement_excluded_links),
            only_mailboxes=company.engagement_only_mailboxes,
        )

    def _engagement_base_url(self):
        """Where the recipients' clients ask for pixels, links and files, without a final slash."""
        return self.get_base_url() + "/e"

    def _engagement_prepare_keys(self):
        """Give each company its tenant number and keys, once."""
        keys = self.env["mail.engagement.key"]
        for company in self:
            if not company.engagement_tenant:
                company.engagement_tenant = secrets.token_hex(4)
            held = keys.search([("company_id", "=", company.id)])
            for purpose in sorted({"token", "uid"} - set(held.mapped("purpose"))):
                keys.create({"company_id": company.id, "purpose": purpose})
