from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..relay.engagement_relay.protocol import token


class MailEngagementLink(models.Model):
    """A followed link or file of a message, the same row for all its recipients.

    Found by ``reference``, which the tokens carry: the links of two groups of recipients stand in
    different order (a portal customer's mail has a button more), their references agree.
    A file's row is made before the mail leaves and hence knows only the RFC ``Message-Id``.
    There are many rows, written while somebody waits for his mail to leave, so they say nothing
    that the recipients' rows say already, and refer to nothing but a file.
    """

    _name = "mail.engagement.link"
    _description = "Followed Link"
    _inherit = ["mail.engagement.access.mixin"]
    _order = "rfc_message_id, index, id"
    _rec_name = "label"
    _log_access = False

    message_id = fields.Many2one(
        "mail.message", compute="_compute_message_id", search="_search_message_id"
    )
    rfc_message_id = fields.Char("Message-Id", required=True)
    reference = fields.Char(required=True, help="What the tokens carry: 8 hex digits.")
    index = fields.Integer("Position")
    kind = fields.Selection(
        [("link", "Link"), ("attachment", "Attachment")], required=True, default="link"
    )
    url = fields.Char("URL", help="Without query and fragment where these carry a secret.")
    label = fields.Char()
    attachment_id = fields.Many2one("ir.attachment", ondelete="set null", help="A copy of its own.")
    click_count = fields.Integer("Clicks", help="By people.")

    _reference_unique = models.UniqueIndex(
        "(rfc_message_id, reference)", "A link stands once for each message."
    )

    @api.depends("rfc_message_id")
    def _compute_message_id(self):
        mails = self.env["mail.engagement.tracking"].search(
            [("rfc_message_id", "in", self.mapped("rfc_message_id")), ("message_id", "!=", False)]
        )
        messages = {mail.rfc_message_id: mail.message_id for mail in mails}
        for link in self:
            link.message_id = messages.get(link.rfc_message_id)

    @api.model
    def _search_message_id(self, operator, value):
        if operator not in ("in", "any", "any!"):
            return NotImplemented
        mails = self.env["mail.engagement.tracking"]._search([("message_id", operator, value)])
        return Domain("rfc_message_id", "in", mails.subselect("rfc_message_id"))

    @api.model
    def _engagement_is_restricted(self):
        # Managers too: which company it is, the mail tells.
        return not self.env.su

    @api.model
    def _engagement_access_domain(self):
        """A link is read by whoever may read one of its mails."""
        mails = self.env["mail.engagement.tracking"]._search([])
        ids = mails.subselect(SQL.identifier(mails.table, "rfc_message_id"))
        return Domain.custom(
            to_sql=lambda _links, alias, _query: SQL(
                "%s IN %s", SQL.identifier(alias, "rfc_message_id"), ids
            )
        )

    @api.model
    def _engagement_stream(self, parsed):
        """What a followed file's token leads to.

        :param token.Token parsed: its outer signature verified
        :rtype: odoo.http.Stream | None
        """
        # sudo: the token's inner signature is what allows this.
        held = self.env["mail.engagement.key"]._engagement_secrets()[parsed.tenant]["token"]
        master, _state = held[parsed.key_id]
        if not token.verify_inner(parsed, token.inner_key(master, "a")):
            return None
        link = self.sudo().search([("key", "=", parsed.key.hex())], limit=1)
        if not link.attachment_id:
            return None
        return self.env["ir.binary"]._get_stream_from(link.attachment_id)
