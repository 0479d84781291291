from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize_all

from ..tools.body.mention import mentions


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _engagement_addresses(self):
        """:rtype: list[str], normalized"""
        return sorted(
            {address for partner in self for address in email_normalize_all(partner.email)}
        )

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
        # sudo: erasure has to find what the one who asks for it may not read.
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
        """Take their addresses off copies that several got."""
        shared = self._engagement_shared(trackings)
        mine = self._engagement_addresses()
        for mail in shared - self._engagement_own(shared):
            rest = [other for other in mail.email_normalized.split(", ") if other not in mine]
            mail.email_normalized = ", ".join(rest)

    def _engagement_shared(self, trackings):
        """:return: of `trackings`' model, copies that they got together with others"""
        mine = set(self._engagement_addresses())
        near = trackings.search(
            Domain("is_shared", "=", True)
            & Domain.OR(Domain("email_normalized", "ilike", address) for address in mine)
        )
        return near.filtered(lambda mail: mine & set((mail.email_normalized or "").split(", ")))

    def _engagement_own(self, trackings):
        return trackings.filtered(lambda mail: mail.partner_id in self)

    def _engagement_unlink_named_links(self):
        """Delete links of other people's mails that carry their address, in its URL or text."""
        # sudo: as above.
        links = self.env["mail.engagement.link"].sudo()
        for address in self._engagement_addresses():
            for text in (address, address.replace("@", "%40")):
                near = links.search(["|", ("url", "ilike", text), ("label", "ilike", text)])
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
        """With a contact goes what was recorded of him, unless another contact has the address."""
        held = self.filtered(lambda partner: partner._engagement_is_held())
        held._engagement_erase(others=False)
        return super().unlink()

    def _engagement_is_held(self):
        """Whether anything is held on this person: most contacts never got a followed mail."""
        # sudo: whoever deletes a contact need not see the mails that it is about.
        held = self.env["mail.engagement.tracking"].sudo()
        if held.search_count(self._engagement_held_domain(others=False), limit=1):
            return True
        pages = self.env["mail.engagement.contact"].sudo()
        return bool(pages.search_count([("contact_id", "in", self.ids)], limit=1))
