from odoo import api, models
from odoo.tools import SQL, email_normalize_all
from odoo.tools.mail import email_normalize

from ..tools.exclusions import is_excluded_address
from ..tools.recipient import Recipient
from .mail_engagement_outgoing import Outgoing

KINDS = ("opens", "clicks", "attachments")
PREFERENCES = [f"engagement_{kind}" for kind in KINDS]
VALUES = ("refused", "granted")
# Plain rows, aggregated here: PostgreSQL would plan longer than it takes.
KNOWN = f"""
   SELECT contact.email_normalized, contact.id, contact.active, contact.partner_share,
          COALESCE(contact.country_id, company.country_id),
          {", ".join(f"contact.{name}, company.{name}" for name in PREFERENCES)}
     FROM res_partner contact
     JOIN res_partner company ON company.id = contact.commercial_partner_id
    WHERE contact.email_normalized = ANY(%s)
 ORDER BY contact.id"""
# Of whom nothing is known.
NOBODY = {
    "partner_id": None,
    "is_internal": False,
    "countries": [None],
    **{f"{value}_{kind}": False for value in VALUES for kind in KINDS},
}


class MailEngagementOutgoing(models.AbstractModel):
    _inherit = "mail.engagement.outgoing"

    @api.model
    def _engagement_recipients(self, emails, settings):
        """Who gets each of the mails, and what may be followed for him.

        :param list[dict] emails: with ``partner_id`` (record or False), ``email_to``,
            ``email_cc`` and ``email_to_normalized`` (Cc included), as Odoo prepares them
        :rtype: list[Recipient], in the order of ``emails``
        """
        known = self._engagement_known(
            {address for email in emails for address in email["email_to_normalized"]}
        )
        policies = self.env.company._engagement_policies(settings.company)
        recipients = []
        for email in emails:
            addresses = tuple(sorted(set(email["email_to_normalized"])))
            people = [known.get(address, NOBODY) for address in addresses]
            alone = any(is_excluded_address(it, settings.excluded_domains) for it in addresses)
            partner = email["partner_id"] or self.env["res.partner"]
            contact = partner.id
            if not contact and len(addresses) == 1:
                contact = people[0]["partner_id"]
            if partner and not (partner.active and partner.email_normalized in known):
                people.append(self._engagement_contact(partner))
            recipients.append(
                Recipient(
                    addresses=addresses,
                    partner_id=contact or None,
                    # One own address among several is not enough: the others are customers.
                    is_internal=bool(partner and not partner.partner_share)
                    or all(person["is_internal"] for person in people[: len(addresses)]),
                    to=None if partner else tuple(map(email_normalize, email["email_to"])),
                    **{
                        kind: min(
                            self._engagement_level(kind, person, policies) for person in people
                        )
                        if getattr(settings, kind) and people and not alone
                        else 0
                        for kind in KINDS
                    },
                )
            )
        return recipients

    @api.model
    def _engagement_level(self, kind, person, policies):
        """How much may be known of what somebody does with a mail.

        :param str kind: of KINDS
        :param dict person: see _engagement_known
        :param dict policies: see res.company._engagement_policies
        :return: token.Policy as int
        :rtype: int
        """
        if person[f"refused_{kind}"]:
            return 0
        if person[f"granted_{kind}"]:
            return policies["most"]
        return min(policies.get(land or None, policies[None]) for land in person["countries"])

    @api.model
    def _engagement_contact(self, partner):
        """What a contact says that its address does not lead to: an archived one, say."""
        # sudo: a refusal holds for every sender, whoever may read the contact.
        partner = partner.sudo()
        said = {kind: partner[f"engagement_{kind}"] for kind in KINDS}
        return NOBODY | {
            "countries": [(partner.country_id or partner.commercial_partner_id.country_id).id],
            **{f"refused_{kind}": value == "refused" for kind, value in said.items()},
            **{f"granted_{kind}": value == "granted" for kind, value in said.items()},
        }

    @api.model
    def _engagement_known(self, addresses):
        """What the database knows of addresses: contacts, colleagues and aliases among them, what
        any contact with the address or his company said, and the countries of these. What was
        said holds after the contact was archived.

        :param set[str] addresses: normalized
        :rtype: dict[str, dict], as NOBODY
        """
        if not addresses:
            return {}
        self.env["res.partner"].flush_model(
            [
                *("active", "commercial_partner_id", "country_id", "email_normalized"),
                *("partner_share", *PREFERENCES),
            ]
        )
        known = {}
        self.env.cr.execute(SQL(KNOWN, [*addresses]), log_exceptions=False)
        for address, partner, active, share, country, *said in self.env.cr.fetchall():
            person = known.setdefault(address, NOBODY | {"countries": []})
            if active:
                person["partner_id"] = person["partner_id"] or partner
                person["is_internal"] |= share is False
                person["countries"].append(country)
            for kind, *both in zip(KINDS, said[::2], said[1::2], strict=True):
                for value in VALUES:
                    person[f"{value}_{kind}"] |= value in both
        for person in known.values():
            person["countries"] = person["countries"] or [None]
        for address in self.env["mail.alias.domain"]._engagement_own(addresses):
            known[address] = known.get(address, NOBODY) | {"is_internal": True}
        return known

    @api.model
    def _engagement_unprepared(self, mail, settings):
        """A mail that never came to be prepared: no connection, say.

        :rtype: Outgoing
        """
        emails = [
            {
                "partner_id": partner,
                "email_to": [partner.email or ""],
                "email_cc": [],
                "email_to_normalized": email_normalize_all(partner.email),
            }
            for partner in mail.recipient_ids
        ]
        if mail.email_to or mail.email_cc:
            emails.append(
                {
                    "partner_id": False,
                    "email_to": email_normalize_all(mail.email_to),
                    "email_cc": email_normalize_all(mail.email_cc),
                    "email_to_normalized": email_normalize_all(mail.email_to)
                    + email_normalize_all(mail.email_cc),
                }
            )
        signer = self._engagement_signer(mail, settings)
        recipients = self._engagement_recipients(emails, settings)
        signer.name(recipients)
        return Outgoing([], recipients, [], self._engagement_common(mail, settings))
