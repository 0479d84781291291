from odoo import fields, models
from odoo.tools import SQL

from ...tools.consent import decide
from ...tools.kinds import REFUSED

STATES = [
    ("sent", "Sent"),
    ("opened", "Opened"),
    ("clicked", "Clicked"),
    ("replied", "Replied"),
    ("failed", "Not sent"),
    ("bounced", "Bounced"),
    ("untracked", "Not followed"),
]


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
    email_normalized = fields.Char("Recipient Address", index="btree_not_null")
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
    first_open_at = fields.Datetime("First Opened")
    last_open_at = fields.Datetime("Last Opened")
    last_event_at = fields.Datetime("Last Engagement")

    _uid_unique = models.UniqueIndex("(uid)", "A recipient of a message has one row.")
    _document_idx = models.Index("(model, res_id)")
    # With a B-tree PostgreSQL could not write the counts in place.
    _last_event_idx = models.Index("USING brin (last_event_at)")

    def init(self):
        # Room in each page for the new counts.
        self.env.cr.execute(SQL("ALTER TABLE mail_engagement_tracking SET (fillfactor = 80)"))
        return super().init()

    def _engagement_refused(self):
        """What is refused today of these mails of one company, by anybody who counts.

        :return: by uid, kinds' names
        :rtype: dict[str, set[str]]
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
        refused = {}
        for mail in self:
            groups = [known.get(address, []) for address in addresses[mail]]
            standings = decide(groups, contacts.get(mail.partner_id), policies)
            refused[mail.uid] = {kind for kind, one in standings.items() if one.said == REFUSED}
        return refused
