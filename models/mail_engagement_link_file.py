import hashlib
import logging
import secrets
from contextlib import nullcontext
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.tools import SQL

from ..relay.engagement_relay.protocol import token
from ..tools.why import why

_logger = logging.getLogger(__name__)


class File(NamedTuple):
    """A followed file that travels as a link."""

    name: str
    mimetype: str
    size: int
    reference: int
    key: bytes


class MailEngagementLink(models.Model):
    _inherit = "mail.engagement.link"

    key = fields.Char(
        groups="base.group_system",
        copy=False,
        index="btree_not_null",
        help="Random, in the file's tokens: whoever holds it may read the copy.",
    )

    @api.model
    def _engagement_copy_files(self, mail, emails, settings):
        """Copy the followed files of a mail, once for all its recipients.

        The user may replace or delete his file, and the message's own files go with it; so the
        link leads to a copy. It is committed by a cursor of its own before the mail leaves,
        without reference to rows that are not committed yet. The filestore is addressed by
        content: no byte is stored twice. On any failure the file travels in the mail as usual.

        :param list[dict] emails: as Odoo prepared them
        :return: what to take out of ``attachments`` → the link that replaces it
        :rtype: dict[tuple[str, bytes, str], File]
        """
        # sudo: the files were chosen by whoever wrote the mail, the queue sends it.
        followed = mail.attachment_ids.sudo().filtered(
            lambda file: file.engagement_follow == "follow"
            or (not file.engagement_follow and settings.follow_attachments)
        )
        if not followed:
            return {}
        checksums = set(followed.mapped("checksum"))
        inside = {item for email in emails for item in email["attachments"]}
        inside = [item for item in inside if hashlib.sha1(item[1]).hexdigest() in checksums]
        try:
            with self._engagement_own_cursor() as cr:
                links = api.Environment(cr, SUPERUSER_ID, {})[self._name]
                return {
                    item: links._engagement_copy_file(mail.message_id, settings.company, *item)
                    for item in inside
                }
        except Exception as error:
            _logger.error("The files of message %s travel in it: %s", mail.message_id, why(error))
            return {}

    @api.model
    def _engagement_own_cursor(self):
        # Within a test nothing may be committed, as in mail.mail.send_after_commit.
        if modules.module.current_test:
            return nullcontext(self.env.cr)
        return self.env.registry.cursor()

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
