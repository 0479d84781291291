from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.body.mention import mentions
from ...tools.kinds import COUNTS, DOUBTS, KINDS
from .mail_engagement_link import HOLDS_ADDRESS

# What a person is told of an event, of what others acted on, and of a mail.
EVENT = (
    "type",
    "occurred_at",
    "repeat_count",
    "verdict",
    "reason_text",
    "device_type",
    "client",
    "os",
    "country_id",
    "city",
    "ip",
    "user_agent",
)
FACT = ("kind", "happened_at")
MAIL = (
    "subject",
    "sent_at",
    "state",
    "delivery",
    "delivery_at",
    "delivery_code",
    "delivery_text",
    "email_normalized",
    "is_shared",
    "author_id",
    "company_id",
    *COUNTS,
    *DOUBTS,
    *(kind.hidden for kind in KINDS),
    "first_open_at",
    "last_open_at",
)


class ResPartner(models.Model):
    """A person's rights: what is held on them, exported or erased."""

    _inherit = "res.partner"

    def _engagement_held_domain(self, others=True):
        """The mails of these people, found by contact and by address.

        :param bool others: whether also mails that another contact with the address got
        :rtype: Domain
        """
        mine = Domain("partner_id", "in", self.ids)
        by_address = Domain("email_normalized", "in", self._engagement_addresses())
        return mine | (by_address if others else by_address & Domain("partner_id", "=", False))

    def _engagement_erase(self, others=True):
        """Erase what was recorded of these people: mails, events, addresses, copies of files.

        What they allowed or refused stays, it is theirs. A copy that several got loses their
        address and stays the others'. Later opens of the mails bring nothing back.

        :param bool others: as in ``_engagement_held_domain``
        :return: how many mails were erased
        :rtype: int
        """
        # sudo: an erasure has to find what its user may not read.
        trackings = self.env["mail.engagement.tracking"].sudo().with_context(active_test=False)
        held = trackings.search(self._engagement_held_domain(others))
        self._engagement_leave_shared(trackings)
        held.unlink()
        self._engagement_unlink_named_links()
        self._engagement_unname_consents()
        # sudo: as above.
        pages = self.env["mail.engagement.contact"].sudo()
        if not others:
            pages.search([("contact_id", "in", self.ids)]).unlink()
        return len(held)

    def _engagement_leave_shared(self, trackings):
        """Take their addresses off copies that several got, and what was noted about these."""
        shared = self._engagement_shared(trackings)
        shared._engagement_forget_notes()
        # A receiver may have repeated what it was sent.
        shared._engagement_deliveries().write({"answer": False})
        mine = self._engagement_addresses()
        for mail in shared - self._engagement_own_mails(shared):
            rest = [other for other in mail.email_normalized.split(", ") if other not in mine]
            # A server's words name whom they are about.
            mail.write({"email_normalized": ", ".join(rest), "delivery_text": False})

    def _engagement_shared(self, trackings):
        """:return: of `trackings`' model, copies that they got together with others"""
        mine = set(self._engagement_addresses())
        near = trackings.search(
            Domain("is_shared", "=", True)
            & Domain.OR(Domain("email_normalized", "ilike", address) for address in mine)
        )
        return near.filtered(lambda mail: mine & set((mail.email_normalized or "").split(", ")))

    def _engagement_own_mails(self, trackings):
        return trackings.filtered(lambda mail: mail.partner_id in self)

    def _engagement_unlink_named_links(self):
        """Delete links of other people's mails that carry their address, in its URL or text."""
        # sudo: as above.
        links = self.env["mail.engagement.link"].sudo()
        for address in self._engagement_addresses():
            for text in (address, address.replace("@", "%40")):
                near = links.search(
                    Domain.custom(to_sql=lambda _links, _alias, _query: HOLDS_ADDRESS)
                    & (Domain("url", "ilike", text) | Domain("label", "ilike", text))
                )
                links |= near.filtered(
                    lambda link, address=address: mentions(link.url, address)
                    or mentions(link.label, address)
                )
        links.attachment_id.unlink()
        links.unlink()

    def _engagement_unname_consents(self):
        """What they said stays as proof, without the address that they had and what was noted."""
        # The history is only added to; this takes away what names a person.
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_consent SET address = NULL, note = NULL
                    WHERE partner_id = ANY(%s) OR address = ANY(%s)""",
                self.ids,
                self._engagement_addresses(),
            )
        )
        self.env["mail.engagement.consent"].invalidate_model(["address", "note"])

    def unlink(self):
        """With a contact goes what was recorded of them, unless another contact has the address."""
        held = self.filtered(lambda partner: partner._engagement_is_held())
        held._engagement_erase(others=False)
        return super().unlink()

    def _engagement_is_held(self):
        """Whether anything is held on this person: most contacts never got a followed mail."""
        # sudo: a user who deletes a contact may not see all mails to it.
        held = self.env["mail.engagement.tracking"].sudo()
        if held.search_count(self._engagement_held_domain(others=False), limit=1):
            return True
        pages = self.env["mail.engagement.contact"].sudo()
        return bool(pages.search_count([("contact_id", "in", self.ids)], limit=1))

    def _engagement_export(self):
        """All that Email Engagement holds on one person, for them to read.

        :return: what JSON can say; times in UTC
        :rtype: dict
        """
        self.ensure_one()
        # sudo: the person has a right to mails, too, that the user may not read.
        trackings = self.env["mail.engagement.tracking"].sudo()
        own = trackings.search(self._engagement_held_domain())
        mails = own | self._engagement_shared(trackings)
        consents = self.env["mail.engagement.consent"].sudo()
        consents = consents.search([("partner_id", "=", self.id)], order="id")
        return {
            "contact": {"name": self.name, "addresses": self._engagement_addresses()},
            "preferences": {kind.plural: self[kind.field] or None for kind in KINDS},
            "consents": [_plain(consent, _stored(consent)) for consent in consents],
            "mails": [
                {
                    **_plain(mail, MAIL),
                    **self._engagement_export_address(mail),
                    "events": [
                        {
                            **_plain(event, EVENT),
                            "link": event.link_id.label or None,
                            "url": event.link_id.url or None,
                        }
                        for event in mail.event_ids
                    ],
                    "acted_on": [_plain(fact, FACT) for fact in mail.fact_ids],
                }
                for mail in mails
            ],
            "reminders": [
                {
                    "subject": reminder.subject or None,
                    "condition": reminder.condition,
                    "remind_at": reminder.remind_at.isoformat(),
                    "state": reminder.state,
                    "note": reminder.note or None,
                }
                for reminder in own._engagement_reminders()
            ],
            "webhooks": [
                {
                    "receiver": delivery.webhook_id._engagement_host(),
                    "type": delivery.type,
                    "sent_at": delivery.sent_at.isoformat() if delivery.sent_at else None,
                    "state": delivery.state,
                }
                for delivery in mails._engagement_deliveries()
            ],
        }

    def _engagement_export_address(self, mail):
        """Of a copy that several people got, name nobody but this person."""
        if not mail.is_shared:
            return {}
        mine = set(mail.email_normalized.split(", ")) & set(self._engagement_addresses())
        return {"email_normalized": ", ".join(sorted(mine)), "delivery_text": None}

    def action_engagement_export(self):
        """Download what is held on this person."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/mail_engagement/export/{self.id}",
            "target": "download",
        }


def _stored(record):
    return [
        name
        for name, field in record._fields.items()
        if field.store
        and name not in ("id", "partner_id")
        and not name.startswith("create_")
        and not name.startswith("write_")
    ]


def _plain(record, names):
    return {name: _value(record, name) for name in names}


def _value(record, name):
    value, kind = record[name], record._fields[name].type
    if kind == "many2one":
        return value.display_name or None
    if kind in ("datetime", "date"):
        return value.isoformat() if value else None
    return value if value or kind in ("integer", "float", "boolean") else None
