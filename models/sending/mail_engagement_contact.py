import hmac
import secrets
import time
from hashlib import sha256

from odoo import api, fields, models
from odoo.tools import SQL

from ...relay.engagement_relay.protocol import token
from ...tools.kinds import KINDS
from ..core.own_cursor import own_cursor

DAY = 86400


class MailEngagementContact(models.Model):
    """The random key by which a contact's own page is found: no id and no address in its link.

    A number instead of a foreign key: rows are committed while a mail is on its way,
    and the contact may have been created in the very transaction that sends it.
    """

    _name = "mail.engagement.contact"
    _description = "Key of a Contact's Page"
    _log_access = False
    _rec_name = "contact_id"

    contact_id = fields.Integer(required=True, help="Of the contact.")
    key = fields.Char(required=True, copy=False, groups="base.group_system")
    erased_at = fields.Datetime(
        readonly=True, help="When the person last had everything erased, on this page."
    )

    _key_unique = models.UniqueIndex("(key)", "A key is one contact's.")
    # Not unique: a merged contact keeps the keys of all, which stand in mails already sent.
    _contact_idx = models.Index("(contact_id)")

    @api.model
    def _engagement_page_keys(self, partner_ids):
        """The keys of these contacts, made where there are none, and committed at once.

        :param list[int] partner_ids:
        :rtype: dict[int, bytes]
        """
        found = self._engagement_read_keys(self.env.cr, partner_ids)
        missing = sorted(set(partner_ids) - found.keys())
        if missing:
            with own_cursor(self.env) as cr:
                cr.execute(
                    SQL(
                        """INSERT INTO mail_engagement_contact (contact_id, key)
                           SELECT * FROM unnest(%s, %s)""",
                        missing,
                        [secrets.token_hex(token.KEY_SIZE) for _id in missing],
                    ),
                    log_exceptions=False,
                )
                found |= self._engagement_read_keys(cr, missing)
        return found

    @api.model
    def _engagement_read_keys(self, cr, partner_ids):
        cr.execute(
            SQL(
                """SELECT DISTINCT ON (contact_id) contact_id, key FROM mail_engagement_contact
                    WHERE contact_id = ANY(%s) ORDER BY contact_id, id""",
                list(partner_ids),
            )
        )
        return {contact: bytes.fromhex(key) for contact, key in cr.fetchall()}

    @api.model
    def _engagement_find(self, parsed, company):
        """The contact that a token stands for.

        :param token.Token parsed: of kind p, its outer signature verified
        :param res.company company: whose token it is
        :return: one, or none for a forged or expired token and for a contact that is gone
        :rtype: res.partner
        """
        # sudo: the token's inner signature is what allows this.
        none = self.env["res.partner"].sudo()
        held = self.env["mail.engagement.key"]._engagement_secrets()[parsed.tenant]["token"]
        master, _state = held[parsed.key_id]
        if not token.verify_inner(parsed, token.inner_key(master, "p")):
            return none
        age = time.time() - parsed.sent_at
        if not -DAY < age < company._engagement_retention_days() * DAY:
            return none
        return none.browse(self._engagement_of_token(parsed).contact_id or []).exists()

    @api.model
    def _engagement_stamp(self, partner, parsed):
        """A mark of the state that a form was made from, so that the form holds only once."""
        # No secret of the contact's is needed: the token itself is one.
        state = ",".join(f"{kind.name}={partner[kind.field] or ''}" for kind in KINDS)
        consents = self.env["mail.engagement.consent"].sudo()
        last = consents.search([("partner_id", "=", partner.id)], order="id DESC", limit=1).id
        erased = self._engagement_of_token(parsed).erased_at
        return hmac.new(parsed.key, f"{state},{last},{erased}".encode(), sha256).hexdigest()[:32]

    @api.model
    def _engagement_of_token(self, parsed):
        """The row whose key a token carries.

        :param token.Token parsed: of kind p, its signatures verified
        :rtype: mail.engagement.contact
        """
        # sudo: the token is what allows it.
        return self.sudo().search([("key", "=", parsed.key.hex())], limit=1)
