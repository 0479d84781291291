from odoo import api, fields, models
from odoo.tools import SQL, email_normalize_all

from ...relay.engagement_relay.protocol.token import Policy
from ...tools.consent import (
    COMPANY,
    COUNTRY,
    MOST,
    OWN,
    TWIN,
    TWIN_COUNTRY,
    Contact,
    decide,
    lowest_unsaid,
    others_refuse,
)
from ...tools.kinds import KINDS

# The labels of GRANTED and REFUSED.
PREFERENCE = [("granted", "Granted"), ("refused", "Refused")]
FIELDS = {kind.field: kind.name for kind in KINDS}
NOTED = (*FIELDS, "engagement_consent_note")
# Plain rows, put together here: PostgreSQL would plan longer than it takes.
KNOWN = f"""
   SELECT contact.email_normalized, contact.id, contact.active, contact.partner_share IS FALSE,
          contact.lang, COALESCE(contact.country_id, company.country_id),
          {", ".join(f"contact.{field}" for field in FIELDS)},
          {", ".join(f"company.{field}" for field in FIELDS)}
     FROM res_partner contact
     JOIN res_partner company ON company.id = contact.commercial_partner_id
    WHERE contact.email_normalized = ANY(%s)
 ORDER BY contact.id"""


class ResPartner(models.Model):
    """What a contact allows, with its history. The most restrictive word holds: their own, their
    company's, and that of every contact with the same address."""

    _inherit = "res.partner"

    engagement_consent_ids = fields.One2many(
        "mail.engagement.consent",
        "partner_id",
        "Consent",
        readonly=True,
        groups="mail_engagement.group_user",
    )
    engagement_standing = fields.Char(
        "Effective Setting",
        compute="_compute_engagement_standing",
        compute_sudo=False,
        groups="mail_engagement.group_user",
    )
    # Nobody said anything of a copy of the contact.
    engagement_opens = fields.Selection(
        PREFERENCE, "Follow Opens", prefetch="engagement", copy=False
    )
    engagement_clicks = fields.Selection(
        PREFERENCE, "Follow Clicks", prefetch="engagement", copy=False
    )
    engagement_attachments = fields.Selection(
        PREFERENCE, "Follow Attachments", prefetch="engagement", copy=False
    )
    engagement_consent_note = fields.Char(
        "How You Know",
        store=False,
        groups="mail_engagement.group_user",
        help="Kept as proof with what you enter here: by phone, by letter, when. Needed, and for "
        "managers only, where the person refused on their own page.",
    )

    # Every outgoing mail looks its addresses up; Odoo itself has no index for that.
    _email_normalized_engagement_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )

    @api.model
    def default_get(self, fields):
        """What a person said is never a default, be it the context's or a user's own."""
        return super().default_get([name for name in fields if name not in FIELDS])

    @api.model_create_multi
    def create(self, vals_list):
        noted = [{name: vals[name] for name in NOTED if vals.get(name)} for vals in vals_list]
        partners = super().create(vals_list)
        for partner, vals in zip(partners, noted, strict=True):
            said = {kind: vals[field] for field, kind in FIELDS.items() if field in vals}
            if said:
                partner._engagement_note_consent(said, vals)
        return partners

    def write(self, vals):
        said = {kind: vals[field] for field, kind in FIELDS.items() if field in vals}
        if said:
            self._engagement_note_consent(said, vals)
        return super().write(vals)

    def _engagement_note_consent(self, said, vals):
        """Note what these contacts said, as told by the user who writes."""
        self.env["mail.engagement.consent"]._engagement_hear(
            self,
            said,
            "import" if self.env.context.get("import_file") else "user",
            note=vals.get("engagement_consent_note"),
        )

    def _engagement_set_consent(self, kinds, source, note=None, text=None):
        """Note what these contacts said.

        :param dict kinds: of open, click and attachment → granted, refused or False (taken back)
        :param str source: of mail.engagement.consent: page, form, import, user
        :param str note: how a colleague knows
        :param str text: what the person read
        """
        self.env["mail.engagement.consent"]._engagement_hear(self, kinds, source, note, text)
        # What is in the history already is no news to the other methods that note it.
        self.write({field: kinds[kind] for field, kind in FIELDS.items() if kind in kinds})

    @api.model
    def _engagement_known(self, addresses):
        """The contacts with these addresses, archived ones too, and what counts of them.

        One query, whatever their number. Nothing of it is logged: it holds addresses.

        :param Collection[str] addresses: normalized
        :rtype: dict[str, list[tools.consent.Contact]]
        """
        known = {}
        if not addresses:
            return known
        self.env["res.partner"].flush_model(
            [
                "active",
                "commercial_partner_id",
                "country_id",
                "email_normalized",
                "lang",
                "partner_share",
                *FIELDS,
            ]
        )
        self.env.cr.execute(SQL(KNOWN, [*addresses]), log_exceptions=False)
        for address, id_, active, internal, lang, country, *said in self.env.cr.fetchall():
            own, company = tuple(said[: len(FIELDS)]), tuple(said[len(FIELDS) :])
            contact = Contact(id_, active, active and internal, country, own, company, lang)
            known.setdefault(address, []).append(contact)
        return known

    def _engagement_contact(self):
        """What counts of this contact, as it is in this environment: unsaved changes too.

        :rtype: tools.consent.Contact
        """
        self.ensure_one()
        # sudo: a refusal holds for every sender, whoever may read the contact.
        partner = self.sudo()
        return Contact(
            partner._origin.id,
            partner.active,
            partner.active and not partner.partner_share,
            partner._engagement_country().id,
            tuple(partner[field] for field in FIELDS),
            tuple(partner.commercial_partner_id[field] for field in FIELDS),
            partner.lang or None,
        )

    def _engagement_standings(self, company, known=None):
        """How much may be known of these contacts today, and why: as a mail to them would leave.

        One query for the addresses of all.

        :param res.company company: who sends
        :param dict known: of all their addresses, where they were asked for: see _engagement_known
        :return: contact → kind's name → Standing
        :rtype: dict[res.partner, dict[str, tools.consent.Standing]]
        """
        policies = company._engagement_policies(company.id)
        addresses = {partner: partner._engagement_addresses() for partner in self}
        if known is None:
            known = self._engagement_known({one for some in addresses.values() for one in some})
        return {
            partner: decide(
                [known.get(address, []) for address in addresses[partner]],
                partner._engagement_contact(),
                policies,
            )
            for partner in self
        }

    @api.model
    def _engagement_level_sql(self, policies, *, kind, partner, addresses):
        """As ``tools.consent.decide``, in SQL: for what arrives by thousands.

        :param Policies policies: of the company that sent the mail
        :param SQL kind: an event's type
        :param SQL partner: the id of the contact that the mail was addressed to, or NULL
        :param SQL addresses: those that got the copy, separated by ", ", or NULL
        :rtype: SQL
        """
        words = SQL(
            "CASE %s %s END",
            kind,
            SQL(" ").join(
                SQL(
                    "WHEN %s THEN ARRAY[contact.%s, company.%s]",
                    name,
                    SQL.identifier(field),
                    SQL.identifier(field),
                )
                for field, name in FIELDS.items()
            ),
        )
        rules = SQL(" ").join(
            SQL("WHEN %s THEN %s", country, level) for country, level in policies.by_country.items()
        )
        rule = SQL("%s", policies.default)
        if policies.by_country:
            rule = SQL(
                "CASE COALESCE(contact.country_id, company.country_id) %s ELSE %s END", rules, rule
            )
        return SQL(
            """(SELECT MIN(held.level)
                  FROM unnest(COALESCE(string_to_array(NULLIF(%(addresses)s, ''), ', '),
                                       ARRAY[NULL])) AS address
            CROSS JOIN LATERAL (
                SELECT CASE WHEN bool_or('refused' = ANY(%(words)s)) THEN 0
                            WHEN bool_or('granted' = ANY(%(words)s)) THEN %(most)s
                            ELSE COALESCE(MIN(%(rule)s) FILTER (
                                     WHERE contact.active OR contact.id = %(partner)s),
                                     %(default)s) END AS level
                  FROM res_partner contact
                  JOIN res_partner company ON company.id = contact.commercial_partner_id
                 WHERE contact.id = %(partner)s OR contact.email_normalized = address) AS held)""",
            addresses=addresses,
            words=words,
            rule=rule,
            most=policies.most,
            default=policies.default,
            partner=partner,
        )

    @api.depends(*FIELDS, "email", "country_id", "parent_id")
    @api.depends_context("company")
    def _compute_engagement_standing(self):
        for partner, standings in self._engagement_standings(self.env.company).items():
            partner.engagement_standing = partner._engagement_standing_text(standings)

    def _engagement_standing_text(self, standings):
        """What holds apart from what the contact said, and why; nothing where that is all.

        :param dict[str, Standing] standings:
        """
        others = others_refuse(standings)
        texts = {
            COMPANY: self.env._("Refused by the company."),
            TWIN: self.env._("Refused by another contact with the same address."),
        }
        if others:
            return " ".join(texts[reason] for reason in others)
        lowest = lowest_unsaid(standings)
        if not lowest:
            return False
        levels = {
            Policy.NONE: self.env._("Has said nothing, so nothing is followed."),
            Policy.ANONYMOUS: self.env._(
                "Has said nothing, so visits are counted without the person."
            ),
            Policy.NO_IP: self.env._("Has said nothing: followed without address and program."),
            Policy.FULL: self.env._("Has said nothing: followed."),
        }
        agreed = {
            Policy.NONE: self.env._("Your company follows nobody at present."),
            Policy.ANONYMOUS: self.env._(
                "Your company only counts visits at present, whoever agreed to more."
            ),
            Policy.NO_IP: self.env._(
                "Your company follows without address and program, whoever agreed to more."
            ),
        }
        if lowest.reason == MOST:
            return agreed[lowest.level]
        if lowest.reason == TWIN_COUNTRY:
            return " ".join(
                [
                    levels[lowest.level],
                    self.env._("The country of another contact with the same address wants it so."),
                ]
            )
        return levels[lowest.level]

    def _engagement_blocked(self, company, known=None):
        """What is not followed of these contacts today.

        :param res.company company: who sends
        :param dict known: see _engagement_standings
        :return: contact → kind's name → why; contacts that are followed wholly are not in it
        :rtype: dict[res.partner, dict[str, tools.consent.Standing]]
        """
        found = {}
        for partner, standings in self._engagement_standings(company, known).items():
            blocked = {kind: one for kind, one in standings.items() if not one.level}
            if blocked:
                found[partner] = blocked
        return found

    @api.model
    def _engagement_blocked_text(self, blocked):
        """Why, in a line. It names nobody else with the address, and no country of theirs.

        :param dict[str, Standing] blocked: by kind's name
        """
        whole = len(blocked) == len(KINDS)
        labels = {
            "open": self.env._("opens"),
            "click": self.env._("link clicks"),
            "attachment": self.env._("attachment views"),
        }
        texts = []
        # The gravest first: a word before a rule.
        for reason in (OWN, COMPANY, TWIN, MOST, TWIN_COUNTRY, COUNTRY):
            kinds = [kind for kind, standing in blocked.items() if standing.reason == reason]
            if not kinds:
                continue
            if whole and len(kinds) == len(KINDS):
                return self._engagement_blocked_whole(reason)
            names = ", ".join(labels[kind] for kind in kinds)
            texts.append(self._engagement_blocked_part(reason, names))
        return "; ".join(texts)

    @api.model
    def _engagement_blocked_whole(self, reason):
        return {
            OWN: self.env._("does not want to be followed"),
            COMPANY: self.env._("is not followed, as their company wants it"),
            TWIN: self.env._("is not followed, as another contact with their address wants it"),
            COUNTRY: self.env._("was never asked, as their country wants it"),
            TWIN_COUNTRY: self.env._(
                "was never asked, as the country of another contact with their address wants it"
            ),
            MOST: self.env._("is not followed, as your company follows nobody at present"),
        }[reason]

    @api.model
    def _engagement_blocked_part(self, reason, kinds):
        return {
            OWN: self.env._("refused %s", kinds),
            COMPANY: self.env._("their company refused %s", kinds),
            TWIN: self.env._("another contact with their address refused %s", kinds),
            COUNTRY: self.env._("was not asked about %s, as their country wants it", kinds),
            TWIN_COUNTRY: self.env._(
                "was not asked about %s, as the country of another contact with their address "
                "wants it",
                kinds,
            ),
            MOST: self.env._("your company does not follow %s at present", kinds),
        }[reason]

    def _engagement_country(self):
        """Their own, else their company's.

        :rtype: res.country
        """
        # sudo: a recipient's country is no secret to the sender.
        partner = self.sudo()
        return partner.country_id or partner.commercial_partner_id.country_id

    def _engagement_addresses(self):
        """:rtype: list[str], normalized"""
        return sorted(
            {address for partner in self for address in email_normalize_all(partner.email)}
        )
