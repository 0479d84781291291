from odoo import api, fields, models
from odoo.tools import SQL


class MailEngagementState(models.Model):
    """The version of what a company's relays have to know; raised with each change.

    A counting row, not a sequence: transactions that raise it wait for each other. So the numbers
    become visible in their order, and a relay that asks for what is new misses nothing.
    """

    _name = "mail.engagement.state"
    _description = "State of the Relays"
    _log_access = False
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    version = fields.Integer(required=True, default=1)
    knowledge_version = fields.Integer(required=True, default=1)

    _company_unique = models.UniqueIndex("(company_id)", "One state for each company.")

    @api.model
    def _engagement_raise(self, companies, knowledge=False):
        """Raise the version, as something changed that these companies' relays have to know.

        :param bool knowledge: the networks and agents, which are large and told only when changed
        :return: the new version by company id
        :rtype: dict[int, int]
        """
        if not companies:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """INSERT INTO mail_engagement_state (company_id, version, knowledge_version)
                       SELECT id, 2, 2 FROM unnest(%(companies)s) AS id ORDER BY id
                       ON CONFLICT (company_id) DO UPDATE
                       SET version = mail_engagement_state.version + 1,
                           knowledge_version = CASE WHEN %(knowledge)s
                               THEN mail_engagement_state.version + 1
                               ELSE mail_engagement_state.knowledge_version END
                       RETURNING company_id, version""",
                    companies=companies.ids,
                    knowledge=knowledge,
                )
            )
        )

    @api.model
    def _engagement_versions(self, company):
        """:return: of the whole state, and of the knowledge within"""
        found = self.env.execute_query(
            SQL(
                """SELECT version, knowledge_version FROM mail_engagement_state
                    WHERE company_id = %s""",
                company.id,
            )
        )
        return found[0] if found else (1, 1)
