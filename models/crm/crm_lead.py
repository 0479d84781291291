from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmLead(models.Model):
    """Shows on an opportunity how warm it is: by the mails that were sent from it, and by those
    that its contact got from elsewhere."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "mail.engagement.record.mixin"]

    def init(self):
        """A trigger, as those of events: assigning leads by the hundred costs Odoo no query more.

        Another team's are the days on which something happened to the opportunity's mails then.
        """
        result = super().init()
        self.env.cr.execute(
            SQL(
                """CREATE OR REPLACE FUNCTION mail_engagement_note_lead() RETURNS trigger AS $$
                   BEGIN
                       INSERT INTO mail_engagement_day_stale (day)
                       SELECT DISTINCT event.occurred_at::date
                         FROM mail_engagement_tracking mail
                         JOIN mail_engagement_event event ON event.tracking_id = mail.id
                        WHERE mail.model = 'crm.lead' AND mail.res_id = NEW.id
                          AND event.verdict IS NOT NULL;
                       RETURN NULL;
                   END $$ LANGUAGE plpgsql;
                   DROP TRIGGER IF EXISTS mail_engagement_lead_moved ON crm_lead;
                   CREATE TRIGGER mail_engagement_lead_moved AFTER UPDATE OF team_id ON crm_lead
                   FOR EACH ROW WHEN (OLD.team_id IS DISTINCT FROM NEW.team_id)
                   EXECUTE FUNCTION mail_engagement_note_lead()"""
            )
        )
        return result

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
