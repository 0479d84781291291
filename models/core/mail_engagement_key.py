import secrets
from base64 import b64decode, b64encode

from odoo import api, fields, models, tools

from ...relay.engagement_relay.protocol import token


class MailEngagementKey(models.Model):
    """The secrets of a company: token keys in rotation, and the one that makes the uids.

    A token key goes *signing* → *accepted* (its links still work) or → *compromised* (a link
    shows where it leads before it leads there). The uid key is never rotated: a mail sent again
    has to give the same uid. Outer keys derived from a token key go to the relay; the masters,
    the inner keys and the uid key never leave Odoo.
    """

    _name = "mail.engagement.key"
    _description = "Engagement Key"
    _order = "company_id, purpose, number DESC"
    _rec_name = "number"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    purpose = fields.Selection([("token", "Tokens"), ("uid", "Mails")], required=True)
    number = fields.Integer(
        required=True, default=0, help="The key id that tokens carry, 0 to 255."
    )
    state = fields.Selection(
        [(state.value, state.value.capitalize()) for state in token.KeyState],
        required=True,
        default=token.KeyState.SIGNING.value,
    )
    secret = fields.Char(required=True, copy=False, groups="base.group_system")

    _number_unique = models.UniqueIndex(
        "(company_id, purpose, number)", "A company uses a key's number once."
    )
    _signing_unique = models.UniqueIndex(
        "(company_id, purpose) WHERE state = 'signing'", "One key signs at a time."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.setdefault("secret", b64encode(secrets.token_bytes(32)).decode())
        keys = super().create(vals_list)
        keys._engagement_keys_changed()
        return keys

    def write(self, vals):
        result = super().write(vals)
        self._engagement_keys_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_tells(self):
        self._engagement_keys_changed()

    def _engagement_keys_changed(self):
        """Tell this database's workers, and the relays of the keys' companies."""
        self.env.registry.clear_cache("stable")
        self.env["mail.engagement.state"]._engagement_raise(self.company_id)

    @api.model
    @tools.ormcache(cache="stable")
    def _engagement_secrets(self):
        """All secrets by tenant: one read for every mail and every request of this process.

        :rtype: dict[bytes, dict], tenant → ``company`` (id), ``uid`` (bytes) and ``token``
            (number → (master secret, KeyState))
        """
        result = {}
        # sudo: a salesperson's mail is signed with keys that nobody may read.
        for key in self.sudo().search([("company_id.engagement_tenant", "!=", False)]):
            tenant = result.setdefault(
                bytes.fromhex(key.company_id.engagement_tenant),
                {"company": key.company_id.id, "uid": None, "token": {}},
            )
            secret = b64decode(key.secret)
            if key.purpose == "uid":
                tenant["uid"] = secret
            else:
                tenant["token"][key.number] = (secret, token.KeyState(key.state))
        return result

    @api.model
    @tools.ormcache(cache="stable")
    def _engagement_keyring(self):
        """The outer keys of every company of this database, for an edge to verify with.

        :rtype: token.Keyring
        """
        # An error in here may not abort the transaction that takes a mail in.
        with self.env.cr.savepoint(flush=False):
            known = self._engagement_secrets()
        return token.Keyring(
            {
                (tenant, kind, number): (token.outer_key(master, kind), state)
                for tenant, held in known.items()
                for number, (master, state) in held["token"].items()
                for kind in token.KINDS
            }
        )

    @api.model
    def _engagement_read(self, text, kind):
        """What a text begins with, whatever a client put behind it.

        :param str kind: of token.KINDS
        :return: the token and the state of its key, None for what is no token of ours of this kind
        :rtype: tuple[token.Token, token.KeyState] | None
        """
        keyring = self._engagement_keyring()
        try:
            parsed, state = token.parse(token.cut(text, keyring), keyring)
        except token.InvalidToken:
            return None
        return (parsed, state) if parsed.kind == kind else None

    @api.model
    def _engagement_rotate(self, company):
        """A fresh key signs from now on; what the old one signed stays valid."""
        old = self.search([("company_id", "=", company.id), ("purpose", "=", "token")])
        old.filtered(lambda key: key.state == "signing").state = "accepted"
        # One key signs: the old one has to say so before the new one comes.
        old.flush_recordset()
        number = (max(old.mapped("number")) + 1) % 256 if old else 0
        old.filtered(lambda key: key.number == number).unlink()
        return self.create({"company_id": company.id, "purpose": "token", "number": number})
