from collections import defaultdict

from odoo import api, fields, models

from .res_partner_suppression import FIELDS


class ResPartner(models.Model):
    """What a contact allows, with its history. The most restrictive word holds: his own, his
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
        "What Holds",
        compute="_compute_engagement_standing",
        compute_sudo=False,
        groups="mail_engagement.group_user",
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            said = {kind: vals[field] for field, kind in FIELDS.items() if vals.get(field)}
            if said:
                partner.env["mail.engagement.consent"]._engagement_log(partner, said)
        return partners

    def write(self, vals):
        asked = {field: vals[field] or False for field in FIELDS if field in vals}
        changed = defaultdict(self.browse)
        for partner in self if asked else ():
            for field, value in asked.items():
                if partner[field] != value:
                    changed[FIELDS[field], value] |= partner
        result = super().write(vals)
        for (kind, value), partners in changed.items():
            self.env["mail.engagement.consent"]._engagement_log(partners, {kind: value})
        return result

    def _engagement_set_consent(self, kinds, source, note=None, text=None):
        """Note what these contacts said.

        :param dict kinds: of open, click and attachment → granted, refused or False (taken back)
        :param str source: of mail.engagement.consent: page, form, import, user
        :param str note: how a colleague knows
        :param str text: what the person read
        """
        said = {field: kinds[kind] for field, kind in FIELDS.items() if kind in kinds}
        self.with_context(
            engagement_consent_source=source,
            engagement_consent_note=note,
            engagement_consent_text=text,
        ).write(said)

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
