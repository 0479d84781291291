from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    engagement_domain = fields.Char(
        "Tracking Domain",
        help="Where pixels and links point when Odoo itself answers: a name of your own domain "
        "that leads here. Empty: this Odoo's own address.",
        prefetch="engagement",
    )

    @api.constrains("engagement_domain")
    def _check_engagement_domain(self):
        for company in self.filtered("engagement_domain"):
            parts = urlsplit(company._engagement_domain_url())
            try:
                fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            except ValueError:
                fine = False
            if not fine or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
                raise ValidationError(
                    self.env._("“%s” is no host name such as track.example.com.", parts.netloc)
                )

    def _engagement_domain_url(self):
        domain = self.engagement_domain.strip().rstrip("/")
        return domain if "://" in domain else f"https://{domain}"

    def _engagement_base_url(self):
        if self.engagement_edge == "odoo" and self.engagement_domain:
            return self._engagement_domain_url() + "/e"
        return super()._engagement_base_url()
