from datetime import timedelta

from odoo import api, fields, models


class MailEngagementTombstone(models.Model):
    """A mail whose recipient was erased: what comes for it later is dropped.

    Only a hash of what its tokens carry, so that it leads back to nobody.
    """

    _name = "mail.engagement.tombstone"
    _description = "Erased E-mail"
    _log_access = False
    _rec_name = "uid_hash"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    uid_hash = fields.Char(required=True)
    date = fields.Datetime(required=True)

    _hash_unique = models.UniqueIndex("(uid_hash)", "An e-mail is erased once.")

    @api.autovacuum
    def _gc_tombstones(self):
        """Tokens older than the retention are not recorded anyway."""
        for company in self.env["res.company"].search([("engagement_tenant", "!=", False)]):
            days = timedelta(days=company._engagement_retention_days())
            until = fields.Datetime.now() - days
            self.search([("company_id", "=", company.id), ("date", "<", until)]).unlink()
