import secrets
from base64 import b64decode, b64encode
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg2

from odoo import api, fields, http, models
from odoo.tools import SQL

from ...relay.engagement_relay.protocol import token, versions

# A code is read from one screen and typed into another machine's.
CODE_HOURS = 1
# 100 bits without letters that are mistaken for others.
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_GROUPS = 4
# A relay asks for its state every ten seconds, and after a failure once a minute.
SILENT_MINUTES = 10
SEEN_SECONDS = 20
# Larger files do not travel by mail either.
ATTACHMENT_MAX_BYTES = 128 * 2**20


class MailEngagementRelay(models.Model):
    """A public edge that answers for one company: paired once, revoked any time."""

    _name = "mail.engagement.relay"
    _description = "Relay"
    _inherit = ["mail.thread"]
    _order = "company_id, id DESC"

    name = fields.Char(required=True, default=lambda self: self.env._("Relay"))
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("paired", "Paired"),
            ("revoked", "Revoked"),
            ("lost", "Lost or stolen"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        copy=False,
        tracking=True,
    )
    identifier = fields.Char(readonly=True, copy=False)
    secret = fields.Char(readonly=True, copy=False, groups="base.group_system")
    pairing_code = fields.Char(
        "One-time Code",
        readonly=True,
        copy=False,
        groups="base.group_system",
        default=lambda self: self._engagement_new_code(),
    )
    code_expires_at = fields.Datetime(
        "Code Valid Until",
        readonly=True,
        copy=False,
        default=lambda self: fields.Datetime.now() + timedelta(hours=CODE_HOURS),
    )
    command = fields.Char("Run on the Relay's Host", compute="_compute_command")
    hosts = fields.Char(
        "Host Names",
        readonly=True,
        copy=False,
        help="Under which the relay answers for this company, as it said when it was paired.",
    )
    url = fields.Char(
        "Address in E-mails",
        compute="_compute_url",
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
        help="Pixels and links begin with it.",
    )
    version = fields.Char(readonly=True, copy=False)
    protocol = fields.Char(readonly=True, copy=False, help="The versions that it understands.")
    paired_at = fields.Datetime(readonly=True, copy=False)
    last_seen_at = fields.Datetime("Last Seen", readonly=True, copy=False)
    spool_depth = fields.Integer(
        "Waiting Events", readonly=True, copy=False, help="At the relay, when it was last seen."
    )
    health = fields.Selection(
        [
            ("waiting", "Waiting for the relay"),
            ("well", "In Touch"),
            ("silent", "Silent"),
            ("relay_too_old", "Too old"),
            ("odoo_too_old", "Newer than Odoo"),
            ("revoked", "Revoked"),
            ("lost", "Lost or stolen"),
        ],
        compute="_compute_health",
    )
    trouble = fields.Char("What Is Wrong", compute="_compute_trouble")
    warned_at = fields.Datetime("Silence Reported", readonly=True, copy=False)
    is_chosen = fields.Boolean("Answers the Recipients", compute="_compute_is_chosen")
    is_offered = fields.Boolean(compute="_compute_is_chosen")

    _identifier_unique = models.UniqueIndex(
        "(identifier) WHERE identifier IS NOT NULL", "A relay has an identifier of its own."
    )

    @api.model
    def _engagement_new_code(self):
        return "-".join(
            "".join(secrets.choice(CODE_ALPHABET) for _letter in range(5))
            for _group in range(CODE_GROUPS)
        )

    @api.model
    def _engagement_waiting(self, company):
        """The company's relay that waits to be paired; a new one if there is none."""
        waiting = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "waiting"),
                ("code_expires_at", ">", fields.Datetime.now()),
            ],
            limit=1,
        )
        return waiting or self.create({"company_id": company.id})

    @api.depends("pairing_code", "state")
    def _compute_command(self):
        # sudo: a parameter, not a secret.
        base_url = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        several = len(http.db_list(force=True, host=urlsplit(base_url).netloc)) > 1
        database = f" --database {self.env.cr.dbname}" if several else ""
        for relay in self:
            # sudo: only administrators see a relay's form.
            code = relay.sudo().pairing_code
            relay.command = relay.state == "waiting" and (
                f"engagement-relay pair {base_url} {code} --host track.example.com{database}"
            )

    @api.depends("hosts")
    def _compute_url(self):
        for relay in self:
            host = (relay.hosts or "").partition(",")[0].strip()
            relay.url = relay.url or (host and f"https://{host}")

    @api.depends("state", "last_seen_at", "protocol")
    def _compute_health(self):
        since = fields.Datetime.now() - timedelta(minutes=SILENT_MINUTES)
        for relay in self:
            if relay.state != "paired":
                relay.health = relay.state
            elif who := versions.too_old(relay.protocol or None):
                relay.health = f"{who}_too_old"
            else:
                silent = not relay.last_seen_at or relay.last_seen_at < since
                relay.health = "silent" if silent else "well"

    @api.depends("health")
    def _compute_trouble(self):
        texts = {
            "silent": self.env._(
                "Nothing has been heard of this relay for %s minutes. Links in e-mails may "
                "not work; what was opened is not seen here. New e-mails leave without "
                "being followed until it is back.",
                SILENT_MINUTES,
            ),
            "relay_too_old": self.env._(
                "The relay is too old for this Odoo: upgrade it. What it sees waits there until "
                "then; new e-mails leave without being followed."
            ),
            "odoo_too_old": self.env._(
                "The relay is too new for this Odoo: upgrade Email Engagement here. What it sees "
                "waits there until then; new e-mails leave without being followed."
            ),
        }
        for relay in self:
            relay.trouble = texts.get(relay.health)

    @api.depends(
        "url",
        "company_id.engagement_edge",
        "company_id.engagement_relay_id.url",
        "company_id.engagement_offered_relay_id",
    )
    def _compute_is_chosen(self):
        """Several hosts behind one name are relays of their own with one address."""
        for relay in self:
            company = relay.company_id
            chosen = company.engagement_relay_id
            relay.is_chosen = company.engagement_edge == "relay" and (
                relay == chosen or bool(relay.url) and relay.url == chosen.url
            )
            relay.is_offered = relay == company.engagement_offered_relay_id

    def action_new_code(self):
        """Show another code: the old one is forgotten, a paired relay has to pair again."""
        self.write(
            {
                "state": "waiting",
                "identifier": False,
                "secret": False,
                "pairing_code": self._engagement_new_code(),
                "code_expires_at": fields.Datetime.now() + timedelta(hours=CODE_HOURS),
            }
        )

    def action_refresh(self):
        """Look whether it has paired meanwhile; then ask whether it answers the recipients."""
        self.ensure_one()
        if self.is_offered and self.state == "paired":
            return self.company_id._engagement_ask_about_relay()
        return True

    def action_offer(self):
        """Ask whether it answers the recipients from now on, again where it was declined."""
        self.ensure_one()
        self.company_id.engagement_offered_relay_id = self
        return self.company_id._engagement_ask_about_relay()

    def action_revoke(self):
        """Take nothing from the relay any more, and tell it nothing."""
        self._engagement_end("revoked")

    def _engagement_end(self, state):
        """
        :param str state: revoked or lost
        """
        self.write({"state": state, "secret": False, "identifier": False, "pairing_code": False})

    def action_new_keys(self):
        """Sign with fresh keys from now on; the links of e-mails already sent go on working."""
        for company in self.company_id:
            self.env["mail.engagement.key"]._engagement_rotate(company)

    def action_lost(self):
        """Revoke, and sign with other keys: links already sent first say where they lead."""
        self._engagement_end("lost")
        keys = self.env["mail.engagement.key"]
        for company in self.company_id:
            known = keys.search([("company_id", "=", company.id), ("purpose", "=", "token")])
            keys._engagement_rotate(company)
            known.exists().state = "compromised"

    @api.model
    def _engagement_pair(self, code, name, version, hosts, protocol=None):
        """The relay that knows the code gets its secret, once.

        :param str code: as shown
        :param list[str] hosts: names under which it answers
        :param str protocol: the versions that it understands, if it said so
        :rtype: dict | None, what the relay is told
        """
        code = "".join(code.upper().split())
        relay = code and self.search(
            [
                ("pairing_code", "=", code),
                ("state", "=", "waiting"),
                ("code_expires_at", ">=", fields.Datetime.now()),
            ],
            limit=1,
        )
        if not relay:
            return None
        secret = secrets.token_bytes(32)
        relay.write(
            {
                "name": name or relay.name,
                "version": version,
                "protocol": protocol,
                "hosts": ", ".join(hosts),
                "state": "paired",
                "identifier": secrets.token_hex(16),
                "secret": b64encode(secret).decode(),
                "pairing_code": False,
                "paired_at": fields.Datetime.now(),
                "last_seen_at": fields.Datetime.now(),
                "warned_at": False,
            }
        )
        company = relay.company_id
        company._engagement_prepare_keys()
        company._engagement_take_relay(relay)
        return {
            "relay": relay.identifier,
            "secret": b64encode(secret).decode(),
            "tenant": company.engagement_tenant,
            "database": self.env.cr.dbname,
            "state": relay._engagement_state_since(0),
        }

    def _engagement_secret(self):
        self.ensure_one()
        return b64decode(self.secret)

    def _engagement_hosts(self):
        """:rtype: list[str], names without ports"""
        self.ensure_one()
        names = [name.strip().lower() for name in (self.hosts or "").split(",") if name.strip()]
        # An address in brackets has colons of its own.
        return [name if name.endswith("]") else name.rpartition(":")[0] or name for name in names]

    def write(self, vals):
        """Forget the cached settings: a relay's state decides whether e-mails are followed."""
        result = super().write(vals)
        if {"state", "url", "hosts", "protocol", "warned_at"} & vals.keys():
            self.env.registry.clear_cache("stable")
        return result

    def _engagement_seen(self, depth=None, *, protocol=None, version=None):
        """Note that the relay was heard of, at most every SEEN_SECONDS, or at once where it speaks
        another protocol than before.

        A worker that finds the row locked leaves it: another one is noting the same. So does one
        that comes a moment later, whose transaction is over then.

        :param int depth: how many events wait there, if it said so
        :param str protocol: the versions that it understands, if it said so
        :param str version: its own, if it said so
        """
        noted = SQL(
            """UPDATE mail_engagement_relay relay
                  SET last_seen_at = now() AT TIME ZONE 'UTC',
                      spool_depth = COALESCE(%(depth)s, relay.spool_depth),
                      version = COALESCE(%(version)s, relay.version),
                      protocol = %(protocol)s
                 FROM (SELECT id, protocol IS DISTINCT FROM %(protocol)s AS is_another
                         FROM mail_engagement_relay
                        WHERE id = %(id)s AND (protocol IS DISTINCT FROM %(protocol)s
                              OR last_seen_at IS NULL OR last_seen_at
                              < now() AT TIME ZONE 'UTC' - %(seconds)s * interval '1 second')
                          FOR UPDATE SKIP LOCKED) before
                WHERE relay.id = before.id
            RETURNING is_another, relay.warned_at IS NOT NULL""",
            depth=depth,
            version=version,
            protocol=protocol,
            id=self.id,
            seconds=SEEN_SECONDS,
        )
        try:
            self.env.cr.execute(noted, log_exceptions=False)
        except psycopg2.errors.SerializationFailure:
            return
        rows = self.env.cr.fetchall()
        self.invalidate_recordset(
            ["last_seen_at", "spool_depth", "version", "protocol"], flush=False
        )
        if any(map(any, rows)):
            self.env.registry.clear_cache("stable")
            self._engagement_report()

    @api.model
    def _cron_engagement_silent(self):
        """Report the relays that went silent, or have to be upgraded."""
        self.search([("state", "=", "paired")])._engagement_report()

    def _engagement_report(self):
        """Tell a relay's followers, once each, what is wrong with it and that it is back."""
        for relay in self:
            if relay.trouble and not relay.warned_at:
                relay.warned_at = fields.Datetime.now()
                relay.message_post(
                    body=relay.trouble,
                    message_type="notification",
                    subtype_xmlid="mail.mt_comment",
                )
            elif relay.health == "well" and relay.warned_at:
                relay.warned_at = False
                relay.message_post(body=self.env._("The relay is back."))

    def _engagement_state_since(self, since):
        """What this relay may know, whole or what is new (docs/protocol.md).

        :param int since: the version that it has; 0 for everything
        :rtype: dict
        """
        self.ensure_one()
        company = self.company_id
        version, knowledge_version = self.env["mail.engagement.state"]._engagement_versions(company)
        # A number from the future comes from a database that was restored.
        full = not 0 < since <= version
        suppressed, partly, free = self.env["mail.engagement.suppression"]._engagement_since(
            company, 0 if full else since
        )
        state = {
            "state_version": version,
            "full": full,
            "protocol": versions.NEWEST,
            "tenant": company.engagement_tenant,
            "enabled": company.engagement_enabled and company.engagement_edge == "relay",
            "chosen": self.is_chosen,
            "hosts": self._engagement_hosts(),
            "keys": self._engagement_outer_keys(),
            "retention_days": company._engagement_retention_days(),
            "max_policy": int(company._engagement_max_policy()),
            "honour": company._engagement_honoured(),
            "suppressed": suppressed,
            "suppressed_kinds": partly,
            "unsuppressed": free,
            "attachment_max_bytes": ATTACHMENT_MAX_BYTES,
        }
        if full or knowledge_version > since:
            knowledge = company._engagement_knowledge()
            state["knowledge"] = knowledge and knowledge.pack()
        return state

    def _engagement_outer_keys(self):
        """The outer keys: they verify, and sign what can do no harm. Masters stay here."""
        tenant = bytes.fromhex(self.company_id.engagement_tenant)
        held = self.env["mail.engagement.key"]._engagement_secrets().get(tenant, {"token": {}})
        return [
            {
                "id": number,
                "state": state.value,
                "outer": {
                    kind: b64encode(token.outer_key(master, kind)).decode() for kind in token.KINDS
                },
            }
            for number, (master, state) in sorted(held["token"].items())
        ]
