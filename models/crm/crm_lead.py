from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmLead(models.Model):
    """Shows on an opportunity how warm it is: by the mails that were sent from it, and by those
    that its contact got from elsewhere."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "mail.engagement.record.mixin"]

    def _compute_team_id(self):
        before = self._origin._engagement_teams()
        result = super()._compute_team_id()
        self._engagement_note_moved(before)
        return result

    def write(self, vals):
        before = self._engagement_teams() if "team_id" in vals else {}
        result = super().write(vals)
        self._engagement_note_moved(before)
        return result

    def _engagement_teams(self):
        if not self.env["res.company"]._engagement_is_on():
            return {}
        return {lead: lead.team_id for lead in self}

    def _engagement_note_moved(self, before):
        """Have the days counted anew on which something happened to mails of another team now.

        :param before: opportunity → its team then
        """
        moved = [lead.id for lead, team in before.items() if lead.team_id != team]
        if moved:
            # sudo: nothing is read here.
            stale = self.env["mail.engagement.day.stale"].sudo()
            stale._engagement_note_documents(self._name, moved)

    @api.model
    def _engagement_record_key(self):
        return "res_id", Domain("model", "=", self._name)

    def _engagement_mails(self):
        return super()._engagement_mails() | self.partner_id._engagement_mails()

    @api.model
    def _engagement_sources(self, domain=Domain.TRUE):
        """Its contact's, and what was sent from it to others."""
        self.flush_model(["partner_id"])
        mails = self._engagement_query(domain)
        lead, recipient = (mails.make_alias(mails.table, it) for it in ("lead", "recipient"))
        mails.add_join(
            "JOIN",
            lead,
            SQL("(SELECT id AS lead, partner_id AS customer FROM crm_lead)"),
            SQL("%s = %s", SQL.identifier(lead, "lead"), mails.groupby),
        )
        mails.add_join(
            "LEFT JOIN",
            recipient,
            SQL("(SELECT id AS recipient, commercial_partner_id AS company FROM res_partner)"),
            SQL(
                "%s = %s",
                SQL.identifier(recipient, "recipient"),
                SQL.identifier(mails.table, "partner_id"),
            ),
        )
        mails.add_where(
            SQL(
                "(%(customer)s IN (%(recipient)s, %(company)s)) IS NOT TRUE",
                customer=SQL.identifier(lead, "customer"),
                recipient=SQL.identifier(recipient, "recipient"),
                company=SQL.identifier(recipient, "company"),
            )
        )
        return [("partner_id", self.env["res.partner"]._engagement_query(domain)), ("id", mails)]

    @api.model
    def _engagement_lookups(self, domain):
        contacts = self.env["res.partner"]._engagement_lookups(domain)
        return [*super()._engagement_lookups(domain), *(("partner_id", it) for _id, it in contacts)]
