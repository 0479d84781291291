from odoo import api, fields, models
from odoo.tools import email_normalize_all

FIELDS = {
    "engagement_opens": "open",
    "engagement_clicks": "click",
    "engagement_attachments": "attachment",
}
PREFERENCE = [("granted", "Granted"), ("refused", "Refused")]
KINDS = tuple(FIELDS.values())
NOTED = (*FIELDS, "engagement_consent_note")


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
        """Note what the user who writes says that these contacts said."""
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

    def _engagement_same_people(self):
        """These contacts, whoever shares an address with them, and the companies of all.

        :rtype: dict[res.partner, res.partner]
        """
        # sudo: a refusal holds whoever may see the contact that it was noted on.
        mine = self.sudo().with_context(active_test=False)
        addresses = [email for email in mine.mapped("email_normalized") if email]
        twins = mine.search([("email_normalized", "in", addresses)]).grouped("email_normalized")
        found = {}
        for partner in mine:
            people = twins.get(partner.email_normalized, mine.browse()) | partner
            found[partner] = people | people.commercial_partner_id
        return {partner: found[partner.sudo()] for partner in self}

    def _engagement_preferences(self):
        """What is allowed and refused, the most restrictive word of all who count.

        :return: contact → kind → granted, refused or False
        :rtype: dict[res.partner, dict[str, str | bool]]
        """
        found = {}
        for partner, people in self._engagement_same_people().items():
            found[partner] = {}
            for field, kind in FIELDS.items():
                said = set(people.mapped(field))
                found[partner][kind] = next(
                    (value for value in ("refused", "granted") if value in said), False
                )
        return found

    @api.depends(*FIELDS, "email", "country_id", "parent_id")
    @api.depends_context("company")
    def _compute_engagement_standing(self):
        company = self.env.company
        for partner, said in self._engagement_preferences().items():
            partner.engagement_standing = partner._engagement_standing_text(company, said)

    def _engagement_standing_text(self, company, said):
        self.ensure_one()
        refused = [field for field, kind in FIELDS.items() if said[kind] == "refused"]
        own = [field for field in refused if self[field] == "refused"]
        if len(own) < len(refused):
            return self.env._(
                "Refused by the company, or by another contact with the same address."
            )
        if not all(said.values()):
            return company._engagement_policy_text(self)
        return False

    def _engagement_blocked(self, company):
        """What may not be followed of these contacts today, by their word or their country's rule.

        :param res.company company: who sends
        :return: contact → kinds (open, click, attachment); who blocks nothing is not in it
        :rtype: dict[res.partner, set[str]]
        """
        policies = company._engagement_policies(company.id)
        found = {}
        for partner, said in self._engagement_preferences().items():
            # sudo: the country of a recipient is no secret to who writes to him.
            known = partner.sudo()
            country = known.country_id or known.commercial_partner_id.country_id
            unasked = not policies.get(country.id, policies[None])
            blocked = {
                kind
                for kind, value in said.items()
                if value == "refused" or (not value and unasked)
            }
            if blocked:
                found[partner] = blocked
        return found

    def _engagement_blocked_text(self, company, blocked):
        """Why, in a line.

        :param set[str] blocked: kinds
        """
        self.ensure_one()
        said = self._engagement_preferences()[self]
        labels = {
            "open": self.env._("opens"),
            "click": self.env._("link clicks"),
            "attachment": self.env._("attachment views"),
        }
        refused = [label for kind, label in labels.items() if said[kind] == "refused"]
        if len(refused) == len(KINDS):
            return self.env._("does not want to be followed")
        if refused:
            return self.env._("refused %s", ", ".join(refused))
        if len(blocked) == len(KINDS):
            return self.env._("was never asked, as their country wants it")
        unasked = ", ".join(label for kind, label in labels.items() if kind in blocked)
        return self.env._("was not asked about %s, as their country wants it", unasked)

    def _engagement_country(self):
        return self.country_id or self.commercial_partner_id.country_id

    def _engagement_addresses(self):
        """:rtype: list[str], normalized"""
        return sorted(
            {address for partner in self for address in email_normalize_all(partner.email)}
        )
