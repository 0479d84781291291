from odoo import api, fields, models
from odoo.exceptions import UserError

# Before a country's code: the rule for who said nothing there.
POLICY = "policy:"


class MailEngagementAudit(models.Model):
    """Who changed which setting of which company, from what to what. Only ever added to."""

    _name = "mail.engagement.audit"
    _description = "Changed Setting"
    _order = "id DESC"
    _rec_name = "setting"
    _log_access = False

    date = fields.Datetime("When", required=True, default=fields.Datetime.now, readonly=True)
    user_id = fields.Many2one("res.users", "Who", ondelete="restrict", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    setting = fields.Char("Technical Name", required=True, readonly=True)
    label = fields.Char("Setting", compute="_compute_label")
    old = fields.Char("Before", readonly=True)
    new = fields.Char("After", readonly=True)

    @api.depends("setting")
    @api.depends_context("lang")
    def _compute_label(self):
        labels = self.env["res.company"].fields_get(attributes=["string"])
        for entry in self:
            if entry.setting.startswith(POLICY):
                country = entry.setting.removeprefix(POLICY)
                # sudo: countries' names are no secret.
                name = self.env["res.country"].sudo().search([("code", "=", country)]).name
                entry.label = self.env._("%s: who said nothing", name or country)
                continue
            entry.label = labels.get(entry.setting, {}).get("string") or entry.setting

    # Nothing to go on with.  pylint: disable=method-required-super
    def write(self, vals):
        """Refuse: a log that can be changed proves nothing."""
        raise UserError(self.env._("The log of settings is only added to."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of settings is only added to."))


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """Log what changes of Email Engagement's settings."""
        names = [name for name in vals if self._engagement_is_logged(name)]
        if not names:
            return super().write(vals)
        before = {company: company._engagement_shown(names) for company in self}
        result = super().write(vals)
        # sudo: the log is written by nobody directly, so that it stays what it is.
        self.env["mail.engagement.audit"].sudo().create(
            [
                {
                    "user_id": self.env.uid,
                    "company_id": company.id,
                    "setting": name,
                    "old": before[company][name],
                    "new": value,
                }
                for company in self
                for name, value in company._engagement_shown(names).items()
                if value != before[company][name]
            ]
        )
        return result

    def _engagement_is_logged(self, name):
        """Not what no person sets: the tenant's number is made once, by us."""
        field = self._fields.get(name)
        return bool(
            field and field.store and name.startswith("engagement_") and name != "engagement_tenant"
        )

    def _engagement_shown(self, names):
        """:return: the settings' values as a person reads them; no setting is a secret"""
        self.ensure_one()
        # sudo: a manager of one company may change a setting that points to what he cannot read.
        company = self.sudo()
        return {
            name: str(
                ", ".join(company[name].mapped("display_name"))
                if company._fields[name].relational
                else company[name]
            )
            for name in names
        }
