from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class MailEngagementAccessMixin(models.AbstractModel):
    """A user who may read a message may read what became of it.

    A record rule cannot say that: inside a rule the search of ``mail.message`` is not consulted,
    and everything gets through. So the condition is added to each search and each access check,
    as ``mail.activity`` does, but in SQL: limits, groups and pivots stay right and fast.
    For managers the company rule alone holds.
    """

    _name = "mail.engagement.access.mixin"
    _description = "Access Through the Message"

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not bypass_access and self._engagement_is_restricted():
            domain = Domain(domain) & self._engagement_access_domain()
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if not self or not self._engagement_is_restricted():
            return result
        held = self - result[0] if result else self
        # sudo: the condition itself is what decides here.
        allowed = held.sudo().search(
            Domain("id", "in", held.ids) & self._engagement_access_domain()
        )
        forbidden = held - allowed.with_env(self.env)
        if not forbidden:
            return result
        if result:
            return result[0] + forbidden, result[1]
        return forbidden, lambda: self.env["ir.rule"]._make_access_error(operation, forbidden)

    @api.model
    def _engagement_is_restricted(self):
        return not (self.env.su or self.env.user.has_group("mail_engagement.group_manager"))

    @api.model
    def _engagement_access_domain(self):
        """The records whose message the user may read: their own, those that they were sent, and
        those on documents that they may read.

        :rtype: Domain
        """
        partner = self.env.user.partner_id
        allowed = Domain("author_id", "=", partner.id) | Domain(
            "message_id",
            "any!",
            SQL(
                """SELECT mail_message_id FROM mail_message_res_partner_rel
                    WHERE res_partner_id = %(partner)s
                    UNION ALL
                   SELECT mail_message_id FROM mail_notification
                    WHERE res_partner_id = %(partner)s""",
                partner=partner.id,
            ),
        )
        for model in self._engagement_document_models():
            if model in self.env and self.env[model].has_access("read"):
                documents = self.env[model].with_context(active_test=False)._search([])
                allowed |= Domain("model", "=", model) & Domain("res_id", "any!", documents)
        return allowed

    @api.model
    def _engagement_document_models(self):
        """The models with followed mails, by leaps over the index instead of a whole scan."""
        self.flush_model(["model"])
        return [
            model
            for (model,) in self.env.execute_query(
                SQL(
                    """WITH RECURSIVE leap AS (
                        (SELECT MIN(model) AS model FROM %(table)s)
                        UNION ALL
                        SELECT (SELECT MIN(model) FROM %(table)s WHERE model > leap.model)
                          FROM leap WHERE leap.model IS NOT NULL)
                    SELECT model FROM leap WHERE model IS NOT NULL""",
                    table=SQL.identifier(self._table),
                )
            )
        ]
