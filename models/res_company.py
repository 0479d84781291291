import secrets
from typing import NamedTuple

from odoo import api, fields, models, tools


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


class ResCompany(models.Model):
    _inherit = "res.company"

    engagement_enabled = fields.Boolean("Email Engagement")
    engagement_follow_default = fields.Boolean("Follow New E-mails", default=True)
    engagement_follow_attachments = fields.Boolean(
        "Follow New Attachments",
        help="A followed file travels as a link instead of within the e-mail.",
    )
    engagement_track_opens = fields.Boolean("Opens", default=True)
    engagement_track_clicks = fields.Boolean("Link Clicks", default=True)
    engagement_track_attachments = fields.Boolean("Attachment Views", default=True)
    engagement_edge = fields.Selection(
        [("odoo", "Odoo itself"), ("relay", "A relay")], default="odoo", required=True
    )
    engagement_tenant = fields.Char(copy=False, readonly=True, groups="base.group_system")

    def write(self, vals):
        result = super().write(vals)
        if any(name.startswith("engagement_") for name in vals):
            self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache("company_id")
    def _engagement_settings(self, company_id):
        """:rtype: Settings"""
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
