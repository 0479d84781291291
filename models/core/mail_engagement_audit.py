from odoo import api, fields, models
from odoo.exceptions import UserError

# In front of a country's code: the rule for contacts there without a decision.
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
                entry.label = self.env._("%s: contacts without a decision", name or country)
                continue
            entry.label = labels.get(entry.setting, {}).get("string") or entry.setting

    # Nothing is ever written.  pylint: disable=method-required-super
    def write(self, vals):
        """Refuse: a log that can be changed proves nothing."""
        raise UserError(self.env._("The log of settings is only added to."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of settings is only added to."))
