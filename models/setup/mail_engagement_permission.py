from odoo import api, fields, models

# Raise it when the list in views/setup/mail_engagement_permission_templates.xml asks for more.
VERSION = 1


class MailEngagementPermission(models.Model):
    """Who granted the edge (Odoo itself, or a relay) what it has to see and do, or revoked it."""

    _name = "mail.engagement.permission"
    _description = "Granted Permissions"
    _inherit = ["mail.engagement.decision"]

    action = fields.Selection(
        [("grant", "Granted"), ("revoke", "Revoked")], required=True, default="grant"
    )
    edge = fields.Selection([("odoo", "Odoo itself"), ("relay", "A relay")], "To", required=True)

    @api.model
    def grant(self, company, edge):
        """The current user grants the listed permissions, and has that edge answer from now on; a
        relay, once it is paired.

        :param str edge: odoo or relay
        :raises AccessError: unless they are a system administrator
        """
        permission = self._engagement_grant(company, edge)
        company._engagement_choose_edge(edge)
        return permission

    @api.model
    def _engagement_grant(self, company, edge):
        """Write down that the current user grants them, and leave open who answers."""
        return self._engagement_decide(company, version=VERSION, action="grant", edge=edge)

    @api.model
    def revoke(self, company):
        """Take the permissions back: relays are let go, nothing is followed or recorded."""
        edge = self._engagement_last(company).edge or company.engagement_edge
        permission = self._engagement_decide(company, version=VERSION, action="revoke", edge=edge)
        company.write({"engagement_enabled": False, "engagement_relay_expected": False})
        relays = self.env["mail.engagement.relay"].search(
            [("company_id", "=", company.id), ("state", "!=", "revoked")]
        )
        relays.action_revoke()
        return permission

    @api.model
    def _engagement_grant_state(self, company):
        """:return: granted, revoked, outdated (today's list asks for more) or none"""
        last = self._engagement_last(company)
        if not last:
            return "none"
        if last.action == "revoke":
            return "revoked"
        return "granted" if last.version == VERSION else "outdated"
