from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class MailEngagementLineMixin(models.AbstractModel):
    """What the lines of a report are about, each a followed e-mail or something of one.

    A report's query names the followed e-mail ``mail``, and joins what stands in
    ``_engagement_line_joins``.
    """

    _name = "mail.engagement.line.mixin"
    _description = "Line about a Followed E-mail"
    _inherit = ["mail.engagement.access.mixin"]
    _rec_name = "subject"
    _depends = {
        "mail.engagement.tracking": [
            "author_id",
            "company_id",
            "model",
            "partner_id",
            "res_id",
            "subject",
            "template_id",
        ],
        "res.users": ["partner_id", "active"],
    }

    tracking_id = fields.Many2one("mail.engagement.tracking", "E-mail", readonly=True)
    subject = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    partner_id = fields.Many2one("res.partner", "Recipient", readonly=True)
    template_id = fields.Many2one("mail.template", "Template", readonly=True)
    company_id = fields.Many2one("res.company", "Company", readonly=True)

    @api.model
    def _engagement_line_columns(self):
        """:return: what each field of a line is
        :rtype: dict[str, SQL]
        """
        mine = ("subject", "partner_id", "template_id", "company_id")
        return {
            "tracking_id": SQL("mail.id"),
            **{name: SQL.identifier("mail", name) for name in mine},
            "user_id": SQL("seller.id"),
        }

    @api.model
    def _engagement_line_joins(self):
        """:rtype: SQL"""
        return self._engagement_seller_join()

    @api.model
    def _engagement_seller_join(self):
        """The user who sent the e-mail: somebody active, where a contact had several.

        :rtype: SQL
        """
        return SQL(
            """LEFT JOIN (SELECT DISTINCT ON (partner_id) * FROM res_users
                            ORDER BY partner_id, active DESC, id) seller
                      ON seller.partner_id = mail.author_id"""
        )

    @api.model
    def _engagement_access_domain(self):
        """A user who may read an e-mail may read its lines."""
        return Domain("tracking_id", "any!", self.env["mail.engagement.tracking"]._search([]))

    @api.model
    def _engagement_is_by_company(self):
        """Whether the rules for mails tell no more of them apart than what adds them up does."""
        if not self._engagement_is_restricted():
            return True
        rule = self.env["ir.rule"]._compute_domain("mail.engagement.tracking")
        return all(one.field_expr == "company_id" for one in rule.iter_conditions())

    def action_open_mail(self):
        """The followed e-mail that a line is about; nothing where none is kept any more."""
        self.ensure_one()
        if not self.tracking_id:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.engagement.tracking",
            "res_id": self.tracking_id.id,
            "views": [(False, "form")],
        }
