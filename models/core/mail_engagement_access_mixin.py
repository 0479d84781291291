from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# Whom a message was sent to; in both tables once for each message and partner.
RECEIVED = ("mail_message_res_partner_rel", "mail_notification")


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
        # Not the method of the records that are searched: these may be sudo's.
        return Domain.custom(
            to_sql=lambda _mails, alias, query: self._engagement_access_sql(alias, query)
        )

    def _engagement_access_sql(self, alias, query):
        """Join what lets the user read instead of searching in it: PostgreSQL hashes a subquery
        behind OR only while it fits into ``work_mem``, and else reads it anew for each mail.

        Each table is joined by a key of its own, so no mail is found twice.

        :param str alias: of the mails in the query
        :param odoo.tools.query.Query query: gets the joins
        :rtype: SQL, the condition
        """
        partner = self.env.user.partner_id
        author, message, model, document = (
            self._field_to_sql(alias, name, query)
            for name in ("author_id", "message_id", "model", "res_id")
        )
        allowed = [SQL("%s = %s", author, partner.id)]
        for table in RECEIVED:
            joined = query.make_alias(alias, table)
            theirs = SQL.identifier(joined, "mail_message_id")
            receiver = SQL.identifier(joined, "res_partner_id")
            on = SQL("%s = %s AND %s = %s", theirs, message, receiver, partner.id)
            query.add_join("LEFT JOIN", joined, table, on)
            allowed.append(SQL("%s IS NOT NULL", theirs))
        for name, documents in self._engagement_readable_documents():
            joined = query.make_alias(alias, documents.table)
            found = SQL.identifier(joined, "id")
            on = SQL("%s = %s AND %s = %s", found, document, model, name)
            query.add_join("LEFT JOIN", joined, SQL("(%s)", documents.select()), on)
            allowed.append(SQL("%s IS NOT NULL", found))
        return SQL("(%s)", SQL(" OR ").join(allowed))

    @api.model
    def _engagement_access_mails(self, columns, without):
        """As `_engagement_access_sql`, from the other end: for who may read few of the mails.

        :param list[str] columns: what is asked for of them, the id among it
        :param list[str] without: models whose documents are left out
        :return: a SELECT of the mails, each once
        :rtype: SQL
        """
        partner, mails = self.env.user.partner_id, SQL.identifier(self._table)
        asked = SQL(", ").join(SQL.identifier("mail", name) for name in columns)
        found = [SQL("SELECT %s FROM %s mail WHERE author_id = %s", asked, mails, partner.id)]
        found += [
            SQL(
                """SELECT %s FROM %s received
                     JOIN %s mail ON mail.message_id = received.mail_message_id
                    WHERE received.res_partner_id = %s""",
                asked,
                SQL.identifier(table),
                mails,
                partner.id,
            )
            for table in RECEIVED
        ]
        found += [
            SQL(
                """SELECT %s FROM (%s) document
                     JOIN %s mail ON mail.model = %s AND mail.res_id = document.id""",
                asked,
                documents.select(),
                mails,
                name,
            )
            for name, documents in self._engagement_readable_documents()
            if name not in without
        ]
        return SQL(" UNION ").join(found)

    @api.model
    def _engagement_open_models(self, names=None):
        """
        :param names: of documents' models; by default those with followed mails
        :return: those of them of which the user may read each document
        :rtype: list[str]
        """
        return [
            name
            for name, documents in self._engagement_readable_documents(names)
            if self._engagement_is_all(documents)
        ]

    @api.model
    def _engagement_is_all(self, query):
        """Whether a query finds all there is."""
        table = SQL.identifier(query.table)
        if query.from_clause.code != table.code or query.is_empty():
            return False
        if not query.where_clause.code:
            return True
        other = SQL("SELECT 1 FROM %s WHERE (%s) IS NOT TRUE LIMIT 1", table, query.where_clause)
        return not self.env.execute_query(other)

    @api.model
    def _engagement_readable_documents(self, names=None):
        """
        :param names: of models; by default those with followed mails
        :return: those that the user may read, and what of each
        :rtype: list[tuple[str, odoo.tools.query.Query]]
        """
        models_ = [
            self.env[name].with_context(active_test=False)
            for name in (self._engagement_document_models() if names is None else names)
            if name in self.env
        ]
        return [(model._name, model._search([])) for model in models_ if model.has_access("read")]

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
