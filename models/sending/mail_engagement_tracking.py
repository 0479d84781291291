from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import coverage
from ...tools.consent import decide
from ...tools.kinds import BY_NAME, KINDS, REFUSED

STATES = [
    ("sent", "Sent"),
    ("opened", "Opened"),
    ("clicked", "Clicked"),
    ("replied", "Replied"),
    ("failed", "Not sent"),
    ("bounced", "Bounced"),
    ("untracked", "Not followed"),
]
# Why something cannot be seen: tools.coverage.
HIDDEN = [
    (coverage.OFF, "Not followed by the company"),
    (coverage.EXCLUDED, "An excluded address"),
    (coverage.SEALED, "Signed or encrypted"),
    (coverage.SAID_NO, "Refused"),
    (coverage.POLICY, "Not allowed without consent"),
    (coverage.ANONYMOUS, "Only counted, all recipients together"),
    (coverage.ABSENT, "Nothing to follow in the e-mail"),
    (coverage.STOPPED, "Refused since"),
    (coverage.APPLE, "Apple Mail Privacy Protection"),
    (coverage.PICTURES, "Pictures switched off"),
]
UNSEEN = [
    *HIDDEN,
    (coverage.UNDELIVERED, "Not delivered"),
    (coverage.UNTRACKED, "Not followed"),
]
# The columns that the rule reads.
UNSEEN_COLUMNS = (
    "is_anonymous",
    "state",
    *(name for kind in KINDS for name in (kind.hidden, kind.counter)),
    "reply_count",
    "private_count",
)


class MailEngagementTracking(models.Model):
    """One recipient of one message, and what became of it.

    A row is written once the mail has left (or was refused), found again by ``uid``: what the
    tokens in the mail carry. The message may be gone (``auto_delete``), the row stays, so the
    document and the subject are kept here too. Counts are of people only and derived from the
    events, never the other way round.

    The life of ``state``::

        leaves? ─┬─ no ────────────► failed
                 ├─ followed ──────► sent ──────┬─ returned ─► bounced
                 └─ not followed ──► untracked ─┘

        failed, bounced ─ the mail is sent again ─► as if for the first time

        any of them ─ opened ─► opened ─ link or file ─► clicked ─ reply ─► replied

    What people did holds over what mail servers said. When a correction takes all of it back, the
    state is ``sent``.
    """

    _name = "mail.engagement.tracking"
    _description = "Followed E-mail"
    _inherit = ["mail.engagement.access.mixin", "mail.engagement.document.mixin"]
    _order = "sent_at DESC, id DESC"
    _rec_name = "subject"
    _log_access = False

    uid = fields.Char("Identifier", required=True, readonly=True)
    message_id = fields.Many2one("mail.message", "Message", index=True, ondelete="set null")
    rfc_message_id = fields.Char("Message-Id", index="btree_not_null", readonly=True)
    subject = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", "Recipient", index=True, ondelete="cascade")
    email_normalized = fields.Char("Recipient Address")
    author_id = fields.Many2one("res.partner", "Sender", index=True, ondelete="set null")
    model = fields.Char("Document Model")
    res_id = fields.Many2oneReference("Document", model_field="model")
    template_id = fields.Many2one("mail.template", index="btree_not_null", ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    sent_at = fields.Datetime("Sent On", index=True)
    is_shared = fields.Boolean(
        "Shared", help="Several addresses got the same copy: one of them did it, nobody knows who."
    )
    is_anonymous = fields.Boolean(
        "Anonymous", help="All recipients share one token: numbers only, no person."
    )
    state = fields.Selection(STATES, required=True, default="sent")
    open_count = fields.Integer("Opens")
    click_count = fields.Integer("Link Clicks")
    attachment_open_count = fields.Integer("Attachment Views")
    reply_count = fields.Integer("Replies")
    machine_count = fields.Integer(
        "Machine Visits", help="Scanners and prefetchers: never counted."
    )
    unknown_count = fields.Integer(
        "Unknown Visits", help="A person's or a machine's, nobody can know: never counted."
    )
    private_count = fields.Integer(
        "Loaded by Apple", help="Those of them by which Apple Mail loads every mail, read or not."
    )
    opens_hidden = fields.Selection(
        HIDDEN,
        readonly=True,
        help="As it was known when the mail was sent, by what the one before it had taught too.",
    )
    clicks_hidden = fields.Selection(HIDDEN, readonly=True)
    attachments_hidden = fields.Selection(HIDDEN, "Views Hidden", readonly=True)
    opens_unseen = fields.Selection(
        UNSEEN,
        "Why Opens Are Not Seen",
        compute="_compute_opens_unseen",
        search="_search_opens_unseen",
        help="Silence means nothing then. Empty: opens of this mail can be seen.",
    )
    first_open_at = fields.Datetime("First Opened")
    last_open_at = fields.Datetime("Last Opened")
    last_event_at = fields.Datetime("Last Engagement")

    _uid_unique = models.UniqueIndex("(uid)", "A recipient of a message has one row.")
    _document_idx = models.Index("(model, res_id)")
    # The newest mail to an address is one step away.
    _address_idx = models.Index("(email_normalized, id) WHERE email_normalized IS NOT NULL")
    # With a B-tree PostgreSQL could not write the counts in place. A range for each page: one new
    # event in each hundred of them, and all would be read.
    _last_event_idx = models.Index("USING brin (last_event_at) WITH (pages_per_range = 1)")

    def init(self):
        # Room in each page for the new counts.
        self.env.cr.execute(SQL("ALTER TABLE mail_engagement_tracking SET (fillfactor = 80)"))
        return super().init()

    @api.depends(*UNSEEN_COLUMNS)
    def _compute_opens_unseen(self):
        for mail in self:
            mail.opens_unseen = mail._engagement_unseen("open") or False

    @api.model
    def _search_opens_unseen(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(UNSEEN_COLUMNS)
        wanted = [one or "" for one in value]
        return Domain.custom(
            to_sql=lambda mails, alias, _query: SQL(
                "COALESCE(%s, '') = ANY(%s)",
                mails._engagement_unseen_sql(SQL.identifier(alias), "open"),
                wanted,
            )
        )

    def _engagement_unseen(self, kind):
        """Why nothing of this kind can be seen of this mail: see tools.coverage.

        :param str kind: open, click, attachment or reply
        :rtype: str | None
        """
        self.ensure_one()
        return coverage.unseen({name: self[name] for name in UNSEEN_COLUMNS}, kind)

    def _engagement_is_blind(self):
        """Whether silence means nothing here."""
        self.ensure_one()
        return self.opens_unseen not in (False, *coverage.PLAIN)

    def _engagement_unseen_notes(self):
        """What silence means here, in words: "Silence means nothing here: …".

        :rtype: list[str], none where all can be seen, and where the state says enough
        """
        self.ensure_one()
        labels = dict(self._fields["opens_unseen"]._description_selection(self.env))
        opens, clicks, views = (self._engagement_unseen(kind.name) for kind in KINDS)
        notes = []
        if self._engagement_is_blind():
            text = self.env._("Silence means nothing here: %s", labels[opens])
            if any(self[name] for name in coverage.ACTED):
                text = self.env._("Opens cannot be seen here: %s", labels[opens])
            notes.append(text)
        if clicks and clicks not in (*coverage.PLAIN, opens):
            notes.append(self.env._("Link clicks cannot be seen here: %s", labels[clicks]))
        if views and views not in (*coverage.PLAIN, opens):
            notes.append(self.env._("Attachment views cannot be seen here: %s", labels[views]))
        return notes

    @api.model
    def _engagement_unseen_sql(self, alias, kind):
        """As ``tools.coverage.unseen``, in SQL: for rates.

        :param SQL alias: of the table in the query
        :param str kind: open, click, attachment or reply
        :rtype: SQL
        """
        counter = BY_NAME[kind].counter if kind in BY_NAME else "reply_count"
        steps = [
            SQL("WHEN %s.is_anonymous THEN %s", alias, coverage.ANONYMOUS),
            SQL("WHEN %s.%s > 0 THEN NULL", alias, SQL.identifier(counter)),
            SQL("WHEN %s.state IN %s THEN %s", alias, coverage.NOBODY_GOT, coverage.UNDELIVERED),
        ]
        rest = SQL("NULL")
        if kind in BY_NAME:
            hidden = SQL("%s.%s", alias, SQL.identifier(BY_NAME[kind].hidden))
            steps += [
                SQL("WHEN %(it)s NOT IN %(learnt)s THEN %(it)s", it=hidden, learnt=coverage.LEARNT),
                SQL(
                    "WHEN %s.state = 'untracked' AND %s IS NULL THEN %s",
                    alias,
                    hidden,
                    coverage.UNTRACKED,
                ),
            ]
        if kind == "open":
            rest = self._engagement_learnt_sql(alias)
        return SQL("CASE %s ELSE %s END", SQL(" ").join(steps), rest)

    @api.model
    def _engagement_learnt_sql(self, alias):
        """As ``tools.coverage.learnt``, in SQL.

        :param SQL alias: of the table in the query
        :rtype: SQL
        """
        return SQL(
            """CASE WHEN %(mail)s.open_count > 0 THEN NULL
                    WHEN %(mail)s.private_count > 0 THEN %(apple)s
                    WHEN GREATEST(%(acted)s) > 0 THEN %(pictures)s
                    WHEN %(mail)s.opens_hidden IN %(learnt)s THEN %(mail)s.opens_hidden END""",
            mail=alias,
            acted=SQL(", ").join(
                SQL("%s.%s", alias, SQL.identifier(name)) for name in coverage.ACTED
            ),
            apple=coverage.APPLE,
            pictures=coverage.PICTURES,
            learnt=coverage.LEARNT,
        )

    @api.model
    def _engagement_learnt_before_sql(self, company, new):
        """What the newest mail to the same address taught: one look into the index.

        :param int company: that sends
        :param SQL new: alias of the mail that is about to be written
        :rtype: SQL
        """
        return SQL(
            """(SELECT %(learnt)s FROM mail_engagement_tracking mail
                 WHERE mail.email_normalized = %(new)s.email_normalized
                   AND mail.company_id = %(company)s AND mail.uid <> %(new)s.uid
              ORDER BY mail.id DESC LIMIT 1)""",
            learnt=self._engagement_learnt_sql(SQL("mail")),
            new=new,
            company=company,
        )

    def _engagement_decided(self):
        """How much may be known today of these mails of one company.

        :return: mail → kind's name → Standing
        :rtype: dict[mail.engagement.tracking, dict[str, tools.consent.Standing]]
        """
        contacts = {partner: partner._engagement_contact() for partner in self.partner_id}
        addresses = {
            mail: {
                *(mail.email_normalized or "").split(", "),
                *mail.partner_id._engagement_addresses(),
            }
            - {""}
            for mail in self
        }
        known = self.env["res.partner"]._engagement_known(set().union(*addresses.values()))
        policies = self.company_id._engagement_policies(self.company_id.id)
        return {
            mail: decide(
                [known.get(address, []) for address in addresses[mail]],
                contacts.get(mail.partner_id),
                policies,
            )
            for mail in self
        }

    def _engagement_refused(self):
        """What is refused today of these mails of one company, by anybody who counts.

        :return: by uid, kinds' names
        :rtype: dict[str, set[str]]
        """
        return {
            mail.uid: {kind for kind, one in standings.items() if one.said == REFUSED}
            for mail, standings in self._engagement_decided().items()
        }

    def _engagement_note_refused(self, refused):
        """Note on these mails what is not seen of them any more, or again.

        :param dict refused: see ``_engagement_refused``
        """
        self.flush_recordset()
        for kind in KINDS:
            hidden = SQL.identifier(kind.hidden)
            self.env.cr.execute(
                SQL(
                    """UPDATE mail_engagement_tracking
                          SET %(hidden)s = CASE WHEN uid = ANY(%(uids)s) THEN %(stopped)s END
                        WHERE id = ANY(%(ids)s)
                          AND (%(hidden)s IS NULL OR %(hidden)s IN %(passing)s)
                          AND (uid = ANY(%(uids)s)) <> (%(hidden)s IS NOT DISTINCT FROM %(stopped)s)
                    """,
                    hidden=hidden,
                    uids=[uid for uid, kinds in refused.items() if kind.name in kinds],
                    stopped=coverage.STOPPED,
                    passing=(coverage.STOPPED, *coverage.LEARNT),
                    ids=self.ids,
                )
            )
        self.invalidate_recordset([kind.hidden for kind in KINDS])
