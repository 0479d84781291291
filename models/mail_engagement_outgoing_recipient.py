from odoo import api, models
from odoo.tools import SQL, email_normalize_all
from odoo.tools.mail import email_normalize

from ..tools.recipient import Recipient

KINDS = ("opens", "clicks", "attachments")


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
        recipients = []
        for email in emails:
            addresses = tuple(sorted(set(email["email_to_normalized"])))
            people = [known.get(address, {}) for address in addresses]
            partner = email["partner_id"] or self.env["res.partner"]
            contact = partner.id
            if not contact and len(addresses) == 1:
                contact = people[0].get("partner_id")
            recipients.append(
                Recipient(
                    addresses=addresses,
                    partner_id=contact or None,
                    # One own address among several is not enough: the others are customers.
                    is_internal=bool(partner and not partner.partner_share)
                    or all(person.get("is_internal") for person in people),
                    to=() if partner else tuple(map(email_normalize, email["email_to"])),
                    # sudo: a refusal holds for every sender, whoever may read the contact.
                    **self._engagement_kinds(partner.sudo(), people, settings),
                )
            )
        return recipients

    @api.model
    def _engagement_kinds(self, partner, people, settings):
        """What may be followed: the company wants it and nobody who gets this copy refuses."""
        return {
            kind: getattr(settings, kind)
            and partner[f"engagement_{kind}"] != "refused"
            and not any(person.get(f"refuses_{kind}") for person in people)
            for kind in KINDS
        }

    @api.model
    def _engagement_known(self, addresses):
        """What the database knows of addresses: contacts, colleagues and aliases among them,
        refusals of any contact with the address or of his company.

        :param set[str] addresses: normalized
        :rtype: dict[str, dict]
        """
        if not addresses:
            return {}
        refusals = [f"engagement_{kind}" for kind in KINDS]
        self.env["res.partner"].flush_model(
            ["active", "commercial_partner_id", "email_normalized", "partner_share", *refusals]
        )
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT contact.email_normalized AS address,
                          MIN(contact.id) AS partner_id,
                          BOOL_OR(NOT contact.partner_share) AS is_internal,
                          %(refusals)s
                     FROM res_partner contact
                     JOIN res_partner company ON company.id = contact.commercial_partner_id
                    WHERE contact.email_normalized = ANY(%(addresses)s) AND contact.active
                    GROUP BY contact.email_normalized""",
                addresses=[*addresses],
                refusals=SQL(", ").join(
                    SQL(
                        "BOOL_OR('refused' IN (contact.%(field)s, company.%(field)s)) AS %(name)s",
                        field=SQL.identifier(f"engagement_{kind}"),
                        name=SQL.identifier(f"refuses_{kind}"),
                    )
                    for kind in KINDS
                ),
            )
        )
        known = {row["address"]: row for row in rows}
        for address in self.env["mail.alias.domain"]._engagement_own(addresses):
            known.setdefault(address, {})["is_internal"] = True
        return known

    @api.model
    def _engagement_unprepared(self, mail, settings):
        """The recipients of a mail that never came to be prepared: no connection, say.

        :rtype: list[Recipient], with their uids
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
        for who in recipients:
            who.uid = signer.uid(who)
        return recipients
