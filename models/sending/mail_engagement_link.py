import hashlib
import logging
import secrets
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...relay.engagement_relay.protocol import token
from ...tools.why import why
from ..core.own_cursor import own_cursor

_logger = logging.getLogger(__name__)


class File(NamedTuple):
    """A followed file that travels as a link."""

    name: str
    mimetype: str
    size: int
    reference: int
    key: bytes


class MailEngagementLink(models.Model):
    """A followed link or file of a message, the same row for all its recipients.

    Tokens name it by its ``reference``: two groups of recipients get the links in a different
    order (a portal customer's mail has one more button), but with the same references.
    A file's row is made before the mail leaves and hence knows only the RFC ``Message-Id``.
    There are many rows, and they are written while somebody waits for their mail to leave. So they
    repeat nothing of the recipients' rows, and refer to nothing but a file.
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
    # Indexed, as PostgreSQL looks here for each attachment that is deleted anywhere in Odoo.
    attachment_id = fields.Many2one(
        "ir.attachment", ondelete="set null", index="btree_not_null", help="A copy of its own."
    )
    click_count = fields.Integer("Clicks", help="By people.")
    key = fields.Char(
        groups="base.group_system",
        copy=False,
        index="btree_not_null",
        help="Random, in the file's tokens: whoever holds it may read the copy.",
    )
    purged_click_count = fields.Integer(readonly=True, help="By events deleted meanwhile.")

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
        """A user who may read one of a link's mails may read the link."""
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

    @api.model
    def _engagement_copy_files(self, mail, emails, settings):
        """Copy the followed files of a mail, once for all its recipients.

        The user may replace or delete their file, and the message's own files go with it; so the
        link leads to a copy. It is committed by a cursor of its own before the mail leaves,
        without reference to rows that are not committed yet. The filestore is addressed by
        content: no byte is stored twice. On any failure the file travels in the mail as usual.

        :param list[dict] emails: as Odoo prepared them
        :return: what to take out of ``attachments`` → the link that replaces it
        :rtype: dict[tuple[str, bytes, str], File]
        """
        # sudo: the mail's author chose the files; the queue sends them.
        followed = mail.attachment_ids.sudo()._engagement_followed(settings)
        if not followed:
            return {}
        checksums = set(followed.mapped("checksum"))
        inside = {item for email in emails for item in email["attachments"]}
        inside = [item for item in inside if hashlib.sha1(item[1]).hexdigest() in checksums]
        try:
            with own_cursor(self.env) as cr:
                links = api.Environment(cr, SUPERUSER_ID, {})[self._name]
                return {
                    item: links._engagement_copy_file(mail.message_id, settings.company, *item)
                    for item in inside
                }
        except Exception as error:
            _logger.error("The files of message %s travel in it: %s", mail.message_id, why(error))
            return {}

    @api.model
    def _engagement_copy_file(self, message_id, company_id, name, content, mimetype):
        reference = token.link_reference("attachment", hashlib.sha1(content).hexdigest(), name)
        self.env.cr.execute(
            SQL(
                """INSERT INTO mail_engagement_link
                          (rfc_message_id, reference, kind, label, key, index, click_count)
                   VALUES (%s, %s, 'attachment', %s, %s, 0, 0)
                   ON CONFLICT (rfc_message_id, reference) DO NOTHING""",
                message_id,
                f"{reference:08x}",
                name,
                secrets.token_hex(16),
            ),
            log_exceptions=False,
        )
        link = self.search(
            [("rfc_message_id", "=", message_id), ("reference", "=", f"{reference:08x}")]
        )
        if not link.attachment_id:
            link.attachment_id = self.env["ir.attachment"].create(
                {
                    "name": name,
                    "raw": content,
                    "mimetype": mimetype,
                    "res_model": self._name,
                    "res_id": link.id,
                    "company_id": company_id,
                }
            )
        return File(name, mimetype, len(content), reference, bytes.fromhex(link.key))
