from typing import NamedTuple
from urllib.parse import urlsplit

from odoo import api, models
from odoo.tools import email_normalize, html2plaintext

from ..relay.engagement_relay.protocol import token
from ..tools.body import card, rewrite
from ..tools.body.link_policy import LinkPolicy, same_organisation, stored_url
from ..tools.mint import Signer

# What another addon has signed or encrypted must leave as it is.
SEALED_TYPES = {"application/pkcs7-mime", "application/pgp-encrypted", "application/pgp-signature"}
SEALED_BODY = "-----BEGIN PGP "


class Outgoing(NamedTuple):
    """The copies of a mail ready to leave, and what has to be written down once they left.

    :ivar dict common: what the recipients' rows have in common, by column
    """

    emails: list
    recipients: list
    links: list
    common: dict


class Link(NamedTuple):
    """A followed link or file, the same for all recipients of a message."""

    reference: int
    kind: str
    url: str
    label: str
    index: int


class MailEngagementOutgoing(models.AbstractModel):
    """Mints the tokens of an outgoing mail and rewrites each recipient's copy of it."""

    _name = "mail.engagement.outgoing"
    _description = "Outgoing E-mail"

    @api.model
    def _engagement_prepare(self, mail, emails, settings):
        """A body, a list of files, headers and a text part of his own for each recipient.

        Runs between the preparation and the SMTP dialogue: it reads only, but for the copies of
        followed files, which are committed by themselves. One query for the addresses, whatever
        their number.

        :param mail.mail mail:
        :param list[dict] emails: what ``_prepare_outgoing_list`` returned; left as it is
        :param res_company.Settings settings:
        :rtype: Outgoing
        """
        recipients = self._engagement_recipients(emails, settings)
        for email, who in zip(emails, recipients, strict=True):
            if self._engagement_is_sealed(email):
                who.opens = who.clicks = who.attachments = 0
        followed = [who for who in recipients if who.is_tracked and not who.is_internal]
        signer = self._engagement_signer(mail, settings)
        signer.name(recipients)
        files = {}
        if settings.attachments and any(who.attachments for who in followed):
            files = self.env["mail.engagement.link"]._engagement_copy_files(mail, emails, settings)
        policy = self._engagement_link_policy(mail, settings)
        links = {
            file.reference: Link(file.reference, "attachment", None, file.name, number)
            for number, file in enumerate(files.values())
        }
        copies = [
            self._engagement_copy(email, who, signer, policy, files, links)
            if who in followed
            else email
            for email, who in zip(emails, recipients, strict=True)
        ]
        if settings.page_link:
            copies = self._engagement_append_pages(copies, recipients, signer)
        common = self._engagement_common(mail, settings)
        return Outgoing(copies, recipients, [*links.values()], common)

    @api.model
    def _engagement_copy(self, email, who, signer, policy, files, links):
        """One recipient's mail, rewritten. The dict handed in stays as it is.

        :param dict files: (name, content, type) → followed file
        :param dict links: reference → Link, filled here for all recipients
        """
        mine = [files[item] for item in email["attachments"] if item in files and who.attachments]
        cards = [
            card.Card(
                file.name, file.size, signer.file_url(who, file.reference, file.key, file.name)
            )
            for file in mine
        ]

        def replace(link):
            if not policy.follows(link.url, link.text):
                return None
            url = stored_url(link.url)
            reference = token.link_reference("link", url, link.label)
            followed = signer.click_url(who, reference, link.url)
            if followed:
                links.setdefault(reference, Link(reference, "link", url, link.label, len(links)))
            return followed

        body = email["body"]
        # Odoo makes a missing one out of the body, which has the pixel's address by then.
        text = email["body_alternative"] or html2plaintext(body)
        rewritten = rewrite.rewrite(
            str(body),
            replace if who.clicks else None,
            signer.open_url(who) if who.opens else None,
            card.html(cards),
        )
        return {
            **email,
            "attachments": [
                item for item in email["attachments"] if not (who.attachments and item in files)
            ],
            "body": type(body)(rewritten),
            "body_alternative": card.append_text(text, cards) or "\n",
            "headers": dict(email["headers"]),
        }

    @api.model
    def _engagement_is_sealed(self, email):
        return SEALED_BODY in email["body"] or any(
            mimetype in SEALED_TYPES for _name, _content, mimetype in email["attachments"]
        )

    @api.model
    def _engagement_link_policy(self, mail, settings):
        """:rtype: LinkPolicy"""
        sender = (email_normalize(mail.email_from) or "").rpartition("@")[2]
        edge = urlsplit(settings.base_url).hostname or ""
        return LinkPolicy(
            own_hosts=frozenset({urlsplit(self.get_base_url()).hostname, edge}),
            edge=settings.base_url,
            aligned=same_organisation(edge, sender),
            excluded=settings.excluded_links,
        )

    @api.model
    def _engagement_signer(self, mail, settings):
        """:rtype: Signer"""
        tenant = bytes.fromhex(settings.tenant)
        held = self.env["mail.engagement.key"]._engagement_secrets()[tenant]
        number, (master, _state) = next(
            item for item in held["token"].items() if item[1][1] is token.KeyState.SIGNING
        )
        return Signer(tenant, number, master, held["uid"], settings.base_url, mail.message_id)
