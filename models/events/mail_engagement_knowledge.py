import base64
import binascii

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.lru import LRU

from ...relay.engagement_relay.detection import knowledge
from ...relay.engagement_relay.detection.knowledge import lists

NETWORKS = [
    ("scanner", "Scanner: always a machine"),
    ("probable_scanner", "Mail gateway: people behind it as well"),
    ("hosting", "Cloud"),
    ("image_proxy", "Image proxy"),
    ("privacy_relay", "Privacy relay"),
    ("own", "Our own"),
    ("ordinary", "Ordinary: not what the larger network is"),
]
AGENTS = [
    ("scanner", "Scanner"),
    ("assistant", "AI assistant: a machine"),
    ("bot", "Robot"),
    ("library", "Program"),
    ("mail_client", "Mail client: a person"),
    ("browser", "Browser: a person"),
    ("image_proxy", "Image proxy: a person"),
    ("prefetch", "Prefetch"),
    ("privacy", "Privacy protection: unknown"),
]


# The last built, by database and digest of its entries: they outlive the registry's caches, which
# any change of settings empties.
_built = LRU(16)


class MailEngagementKnowledge(models.Model):
    """What an administrator knows of networks and agents beyond what ships.

    It holds over the shipped file; a whole list may be uploaded. Every edge of this database uses
    it: Odoo's own at once, a relay from the next state that it polls.
    """

    _name = "mail.engagement.knowledge"
    _description = "Known Network or Agent"
    _order = "kind, sequence, id"
    _rec_name = "name"

    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("network", "Network"), ("agent", "Agent"), ("list", "List")],
        required=True,
        default="network",
    )
    match = fields.Char(
        "Address or Pattern",
        help="A network such as 192.0.2.0/24 or 2001:db8::/32, or a regular expression that an "
        "agent's name matches.",
    )
    network_class = fields.Selection(NETWORKS, "Network Is", default="scanner")
    agent_class = fields.Selection(AGENTS, "Agent Is", default="scanner")
    name = fields.Char(required=True, help="As people know it: shown as the reason.")
    source = fields.Char(help="Where this is known from.")
    date = fields.Date("As Of", default=fields.Date.context_today)
    data = fields.Binary(
        "File",
        attachment=True,
        help="Either a file with the columns kind, match, class, name, source, date, or one whose "
        "first column is a network, such as Apple's list of Private Relay.",
    )
    filename = fields.Char()

    @api.constrains("kind", "match", "network_class", "agent_class", "name", "data")
    def _check_usable(self):
        for record in self:
            try:
                entries = record._engagement_entries()
                knowledge.Knowledge(entries)
            except (knowledge.BadKnowledge, UnicodeDecodeError, binascii.Error) as error:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” cannot be used: %(error)s", name=record.name, error=error
                    )
                ) from None
            if not entries:
                raise ValidationError(
                    self.env._("“%s” names no network and no agent.", record.name)
                )

    def _engagement_entries(self):
        """
        :rtype: list[knowledge.Entry]
        :raises BadKnowledge: for an unreadable list
        """
        self.ensure_one()
        date = str(self.date or "")
        if self.kind == "list":
            text = base64.b64decode(self.data or b"").decode("utf-8-sig")
            lines = text.splitlines()
            if lines and lines[0].startswith("kind,"):
                return knowledge.read_csv(lines)
            return [
                knowledge.Entry("network", entry.match, self.network_class, self.name, "", date)
                for entry in lists.apple(lines, date)
            ]
        if not self.match:
            return []
        group = self.network_class if self.kind == "network" else self.agent_class
        return [
            knowledge.Entry(self.kind, self.match, group or "", self.name, self.source or "", date)
        ]

    @api.model
    def _engagement_knowledge(self):
        """What every edge of this database goes by.

        :rtype: knowledge.Knowledge
        """
        key = self.env.registry.db_name, self._engagement_knowledge_digest()
        found = _built.get(key)
        if found is None:
            found = _built[key] = knowledge.Knowledge(self._engagement_all_entries())
        return found

    @api.model
    def _engagement_all_entries(self):
        """This database's entries and those that ship, in an order in which the former hold.

        :rtype: list[knowledge.Entry], of agents the first holds, of networks the last
        """
        own = [
            # sudo: every request uses the knowledge, a stranger's too. Files are read as they
            # are, not as their size.
            record._engagement_entries()
            for record in self.sudo().with_context(bin_size=False).search([])
        ]
        networks = [entry for entries in own for entry in entries if entry.kind == "network"]
        agents = [entry for entries in own for entry in entries if entry.kind == "agent"]
        return [*agents, *knowledge.read_csv(knowledge.FILE), *networks]

    @api.model
    @tools.ormcache()
    def _engagement_knowledge_digest(self):
        """Changes with any entry."""
        self.flush_model()
        [(digest,)] = self.env.execute_query(
            SQL(
                """SELECT md5(string_agg(concat_ws('|', id, kind, match, network_class, agent_class,
                                                   name, write_date), ',' ORDER BY sequence, id))
                     FROM mail_engagement_knowledge WHERE active"""
            )
        )
        return digest or ""

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self._engagement_knowledge_changed()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._engagement_knowledge_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_knowledge(self):
        self._engagement_knowledge_changed()

    @api.model
    def _engagement_knowledge_changed(self):
        """Tell this database's workers, and the relays of all companies."""
        self.env.registry.clear_cache()
        # sudo: an administrator of one company decides for the database.
        # All are told, and companies are few.  pylint: disable=no-search-all
        companies = self.env["res.company"].sudo().search([])
        self.env["mail.engagement.state"].sudo()._engagement_raise(companies, knowledge=True)
