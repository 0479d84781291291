from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.bulk import columns_sql
from ..sending.mail_engagement_tracking import UNSEEN
from .mail_engagement_day import NOON

# What is added up of e-mails: each is a column of the rates.
COUNTS = (
    "sent",
    "open_measurable",
    "opened",
    "click_measurable",
    "clicked",
    "reply_measurable",
    "replied",
)
# Of these a single e-mail may have the most that an integer holds.
VISITS = ("people", "machines", "unknowns")
# E-mails that are rated: those that left.
LEFT = SQL("mail.state <> 'failed'")


class MailEngagementRatePast(models.Model):
    """What the rates go on counting of e-mails that are not kept any more.

    A row for all e-mails of a day from one sender, with one template, from documents of one model.
    It names no recipient, no document and no subject. There may be several such rows, each of what
    was deleted at one go.
    """

    _name = "mail.engagement.rate.past"
    _description = "Rates of E-mails No Longer Kept"
    _order = "sent_at, id"
    _rec_name = "sent_at"
    _log_access = False

    sent_at = fields.Datetime("Sent On", required=True, readonly=True, help="Noon of the day.")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    author_id = fields.Many2one(
        "res.partner", "Sender", readonly=True, index="btree_not_null", ondelete="set null"
    )
    template_id = fields.Many2one(
        "mail.template", "Template", readonly=True, index="btree_not_null", ondelete="set null"
    )
    model = fields.Char(
        "Document Model", readonly=True, help="Empty where the document was gone before."
    )
    opens_unseen = fields.Selection(UNSEEN, "Why Opens Are Not Seen", readonly=True)
    sent = fields.Integer(readonly=True)
    open_measurable = fields.Integer("Opens Measurable", readonly=True)
    opened = fields.Integer(readonly=True)
    click_measurable = fields.Integer("Clicks Measurable", readonly=True)
    clicked = fields.Integer(readonly=True)
    reply_measurable = fields.Integer("Replies Measurable", readonly=True)
    replied = fields.Integer("Answered", readonly=True)
    people = fields.Float("By People", readonly=True)
    machines = fields.Float("By Machines", readonly=True)
    unknowns = fields.Float("Unknown", readonly=True)

    @api.model
    def _engagement_is_any(self):
        """Whether e-mails of any company are added up here: most never delete one."""
        [[is_any]] = self.env.execute_query(
            SQL("SELECT EXISTS (SELECT FROM mail_engagement_rate_past)")
        )
        return is_any

    @api.model
    def _engagement_document_models(self):
        """:return: the models of the e-mails' documents
        :rtype: list[str]
        """
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT model FROM mail_engagement_rate_past WHERE model IS NOT NULL")
        )
        return [model for (model,) in rows]

    @api.model
    def _engagement_add_up_sql(self, mails):
        """
        :param SQL mails: the ids of e-mails that are about to be deleted
        :return: an INSERT of what the rates count of them
        :rtype: SQL
        """
        rate = self.env["mail.engagement.rate"]
        counted = rate._engagement_line_columns()
        keys = {
            "sent_at": SQL("date_trunc('day', mail.sent_at) + %s", NOON),
            **{name: counted[name] for name in ("company_id", "template_id", "opens_unseen")},
            "author_id": SQL("mail.author_id"),
            "model": self.env["mail.engagement.day"]._engagement_model_sql(),
            **self._engagement_team_columns(),
        }
        sums = (*COUNTS, *VISITS)
        columns = {**keys, **{name: counted[name] for name in sums}}
        names = SQL(", ").join(map(SQL.identifier, keys))
        return SQL(
            """INSERT INTO mail_engagement_rate_past (%(names)s, %(sums)s)
               SELECT %(names)s, %(totals)s
                 FROM (SELECT %(columns)s FROM mail_engagement_tracking mail %(joins)s
                        WHERE mail.id IN (%(mails)s) AND %(left)s) line
                GROUP BY %(names)s""",
            names=names,
            sums=SQL(", ").join(map(SQL.identifier, sums)),
            totals=SQL(", ").join(SQL("SUM(%s)", SQL.identifier(name)) for name in sums),
            columns=columns_sql(columns),
            joins=rate._engagement_line_joins(),
            mails=mails,
            left=LEFT,
        )

    @api.model
    def _engagement_lines_sql(self, columns):
        """
        :param dict[str, SQL] columns: of the rates' lines, in their order
        :return: lines of the rates, each of ``sent`` e-mails; their ids are below zero
        :rtype: SQL
        """
        kept = {name: SQL.identifier("mail", name) for name in self._fields}
        kept |= {name: SQL("mail.%s::bigint", SQL.identifier(name)) for name in VISITS}
        # Who sent them is looked up today, as for the others.
        kept |= {name: columns[name] for name in self._engagement_sender_names()}
        kept["id"] = SQL("-mail.id")
        return SQL(
            "SELECT %s FROM mail_engagement_rate_past mail %s",
            columns_sql({name: kept.get(name, SQL("NULL")) for name in columns}),
            self._engagement_line_joins(),
        )

    @api.model
    def _engagement_sender_names(self):
        """:return: fields of the rates that depend on who sent an e-mail: a hook
        :rtype: set[str]
        """
        return {"user_id"}

    @api.model
    def _engagement_team_columns(self):
        """:return: columns that tell a document's team: a hook
        :rtype: dict[str, SQL], on what the rates' lines join
        """
        return {}

    @api.model
    def _engagement_line_joins(self):
        """As those of the rates, for rows of this model: a hook.

        :rtype: SQL
        """
        return self.env["mail.engagement.rate"]._engagement_seller_join()
