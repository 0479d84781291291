import logging
from functools import cache
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize, email_normalize_all, html2plaintext

from ...relay.engagement_relay.pages.language import choose
from ...relay.engagement_relay.protocol import token
from ...tools.body import card, rewrite
from ...tools.body.link_policy import LinkPolicy, same_organisation, stored_url
from ...tools.consent import decide
from ...tools.coverage import ABSENT, PLAIN, at_sending
from ...tools.exclusions import is_excluded_address
from ...tools.kept_file import is_seal
from ...tools.kinds import COUNTS, DOUBTS, KINDS, REFUSED
from ...tools.recipient import ANONYMOUS, Recipient
from ...tools.signer import Signer
from ..core.reader import Reader

_logger = logging.getLogger(__name__)

# A mail that another addon has signed or encrypted leaves unchanged.
SEALED_BODY = "-----BEGIN PGP "
FOOTER = (
    '<p lang="{lang}" dir="{dir}"'
    ' style="margin:24px 0 0;font-size:12px;line-height:1.5;color:#6b7280">{text}'
    ' <a href="{url}" style="color:#6b7280;text-decoration:underline">{label}</a></p>'
)
TRACKING = {
    "uid": "text",
    "partner_id": "int",
    "email_normalized": "text",
    "is_shared": "bool",
    "is_anonymous": "bool",
    "state": "text",
    **{kind.hidden: "text" for kind in KINDS},
}
LINK = ("reference", "kind", "url", "label", "index")


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
        """Give each recipient a body, a list of files, headers and a text part of their own.

        Runs between the preparation and the SMTP dialogue, and only reads; the copies of followed
        files are committed by a cursor aside. One query for the addresses, whatever their number.

        :param mail.mail mail:
        :param list[dict] emails: what ``_prepare_outgoing_list`` returned; left as it is
        :param res_company.Settings settings:
        :rtype: Outgoing
        """
        recipients = self._engagement_recipients(mail, emails, settings)
        for email, who in zip(emails, recipients, strict=True):
            if self._engagement_is_sealed(email):
                who.leave_alone()
        followed = [who for who in recipients if who.is_tracked and not who.is_internal]
        signer = self._engagement_signer(mail, settings)
        signer.name(recipients)
        files = {}
        if settings.attachments and any(who.attachments for who in followed):
            files = self.env["mail.engagement.link"]._engagement_copy_files(mail, emails, settings)
        # The same for every copy, and there may be many.
        follows = cache(self._engagement_link_policy(mail, settings).follows)
        links = {
            file.reference: Link(file.reference, "attachment", None, file.name, number)
            for number, file in enumerate(files.values())
        }
        # sudo: as the mail's own fields are read. What was written, without the layout around it.
        content = str(mail.mail_message_id.sudo().body or "")
        copies = [
            self._engagement_copy(email, who, signer, follows, files, links, content)
            if who in followed
            else email
            for email, who in zip(emails, recipients, strict=True)
        ]
        if settings.page_link:
            copies = self._engagement_append_pages(copies, recipients, signer, content)
        common = self._engagement_common(mail, settings)
        return Outgoing(copies, recipients, [*links.values()], common)

    @api.model
    def _engagement_copy(self, email, who, signer, follows, files, links, content):
        """One recipient's mail, rewritten. The dict handed in stays as it is.

        :param follows: whether a link is followed, by its URL and text
        :param dict files: (name, content, type) → followed file
        :param dict links: reference → Link, filled here for all recipients
        :param str content: the message without its layout
        """
        mine = [files[item] for item in email["attachments"] if item in files and who.attachments]
        cards = [
            card.Card(
                file.name,
                file.size,
                signer.file_url(who, file.reference, file.key, file.name),
                self._engagement_language(who),
            )
            for file in mine
        ]

        def replace(link):
            if link.is_left_alone or not follows(link.url, link.text):
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
            content=content,
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
    def _engagement_language(self, who):
        """The language of what we add to a copy: the contact's, else the sender's.

        :rtype: Language
        """
        return choose(who.lang, self.env.lang)

    @api.model
    def _engagement_is_sealed(self, email):
        return SEALED_BODY in email["body"] or any(
            is_seal(name, content, mimetype or "")
            for name, content, mimetype in email["attachments"]
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
            apps=self.env["mail.engagement.app.link"]._engagement_places(),
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

    @api.model
    def _engagement_recipients(self, mail, emails, settings):
        """Who gets each of the mails, and what may be followed for them.

        :param mail.mail mail: of whom these are the copies
        :param list[dict] emails: with ``partner_id`` (record or False), ``email_to``,
            ``email_cc`` and ``email_to_normalized`` (Cc included), as Odoo prepares them
        :rtype: list[Recipient], in the order of ``emails``
        """
        wanted = {address for email in emails for address in email["email_to_normalized"]}
        known = self.env["res.partner"]._engagement_known(wanted)
        internal = self._engagement_internal(wanted, known)
        policies = self.env.company._engagement_policies(settings.company)
        recipients = []
        for email in emails:
            addresses = tuple(sorted(set(email["email_to_normalized"])))
            groups = [known.get(address, []) for address in addresses]
            partner = email["partner_id"] or self.env["res.partner"]
            alone = not (partner or addresses) or any(
                is_excluded_address(it, settings.excluded_domains) for it in addresses
            )
            recipient = self._engagement_contact(partner, groups)
            contact = recipient
            if not contact and len(addresses) == 1:
                contact = next((who for who in groups[0] if who.is_active), None)
            rules = self._engagement_copy_policies(mail, groups, policies)
            standings = decide(groups, recipient, rules)
            hidden = {
                kind.name: at_sending(standings[kind.name], getattr(settings, kind.plural), alone)
                for kind in KINDS
            }
            recipients.append(
                Recipient(
                    addresses=addresses,
                    partner_id=contact.id if contact else None,
                    lang=contact.lang if contact else None,
                    # One own address among several is not enough: the others are customers.
                    is_internal=bool(partner and not partner.partner_share)
                    or internal.issuperset(addresses),
                    refused=any(what.said == REFUSED for what in standings.values()),
                    hidden={kind: why for kind, why in hidden.items() if why},
                    to=None if partner else tuple(map(email_normalize, email["email_to"])),
                    **{
                        kind.plural: standings[kind.name].level
                        if getattr(settings, kind.plural) and not alone
                        else 0
                        for kind in KINDS
                    },
                )
            )
        return recipients

    @api.model
    def _engagement_copy_policies(self, mail, groups, policies):
        """What is done with those of a copy's recipients who have said nothing: a hook.

        :param mail.mail mail:
        :param list[list[Contact]] groups: of the copy's addresses
        :param Policies policies: of the company that sends
        :rtype: Policies
        """
        return policies

    @api.model
    def _engagement_contact(self, partner, groups):
        """What counts of a contact that a copy is addressed to, mostly known by its address.

        :param res.partner partner: one or none
        :param list[list[Contact]] groups: of the copy's addresses
        :rtype: Contact | None
        """
        if not partner:
            return None
        found = (who for group in groups for who in group if who.id == partner.id)
        return next(found, None) or partner._engagement_contact()

    @api.model
    def _engagement_internal(self, addresses, known):
        """Those of the addresses that are a colleague's or lead into this Odoo.

        :param set[str] addresses: normalized
        :param dict[str, list[Contact]] known: who has them
        :rtype: set[str]
        """
        return self.env["mail.alias.domain"]._engagement_own_addresses(addresses) | {
            address for address, people in known.items() if any(who.is_internal for who in people)
        }

    @api.model
    def _engagement_unprepared(self, mail, settings):
        """A mail that Odoo did not come to prepare, for want of a connection for instance.

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
        recipients = self._engagement_recipients(mail, emails, settings)
        signer.name(recipients)
        return Outgoing([], recipients, [], self._engagement_common(mail, settings))

    @api.model
    def _engagement_append_pages(self, emails, recipients, signer, content):
        """Add the link to the recipient's own page below each mail.

        People who refused get it too, so that they may change their mind; people whom nobody asked
        and whose country says not to follow do not. A copy for several people has none: one of them
        must not decide for the others.

        :param list[dict] emails:
        :param list[Recipient] recipients: in the order of ``emails``
        :param Signer signer:
        :param str content: the message without its layout
        :rtype: list[dict], the ones handed in stay as they are
        """
        people = [
            None if who.is_internal or who.is_shared or not who.is_told else who.partner_id
            for who in recipients
        ]
        keys = self.env["mail.engagement.contact"]._engagement_page_keys(list({*people} - {None}))
        return [
            self._engagement_append_page(email, signer.page_url(keys[contact]), who, content)
            if contact
            else email
            for email, who, contact in zip(emails, recipients, people, strict=True)
        ]

    @api.model
    def _engagement_append_page(self, email, url, who, content):
        reader = Reader(self._engagement_language(who))
        text = reader._("We would like to know whether our e-mails reach you and are of use.")
        label = reader._("What is followed, and your choice")
        footer = FOOTER.format(
            lang=reader.language.tag,
            dir=reader.language.direction,
            text=escape(text),
            url=escape(url),
            label=escape(label),
        )
        return {
            **email,
            "body": type(email["body"])(
                rewrite.rewrite(str(email["body"]), footer=footer, content=content)
            ),
            "body_alternative": f"{email['body_alternative'] or ''}\n\n{text}\n{label}: {url}\n",
        }

    @api.model
    def _engagement_common(self, mail, settings):
        """What the rows of a mail's recipients have in common. Read before the mail leaves."""
        # sudo: as the mail's own fields are read, which are the message's.
        message = mail.mail_message_id.sudo()
        return {
            "message_id": message.id,
            "rfc_message_id": message.message_id,
            "author_id": message.author_id.id or None,
            "model": message.model or None,
            "res_id": message.res_id or None,
            "company_id": settings.company,
            "subject": message.subject or None,
            "template_id": message.engagement_template_id.id or None,
        }

    @api.model
    def _engagement_write_rows(self, outgoing, success_pids, success_emails, failure):
        """Write the rows of a mail's recipients and links, after the SMTP dialogue.

        A mail sent again finds its rows by their uid. One statement, whatever the number of
        recipients and links, and no other: what fails here must not cost the transaction.

        :param Outgoing outgoing: recipients with their uids
        :param success_pids: contacts (records) that Odoo says it succeeded for
        :param list[str] success_emails: formatted addresses likewise
        :param failure: Odoo's failure type, or a false value
        :return: whether it left to all of them, is followed, and an open would be seen
        :rtype: bool
        """
        partners = {partner.id for partner in success_pids}
        addresses = {email_normalize(address) for address in success_emails}
        kinds = {link.kind for link in outgoing.links}
        absent = {
            kind: ABSENT
            for kind, needed in (("click", "link"), ("attachment", "attachment"))
            if needed not in kinds
        }
        rows = {}
        is_plain = True
        ways = self._engagement_ways(outgoing, failure)
        for who, way in zip(outgoing.recipients, ways, strict=True):
            if who.is_internal:
                continue
            delivered = who.is_delivered(partners, addresses, bool(failure))
            state = "failed" if not delivered else "sent" if who.is_tracked else "untracked"
            is_plain &= state == "sent" and who.hidden.get("open", "") in ("", *PLAIN)
            if who.is_person or not who.is_tracked:
                person = (who.partner_id, ", ".join(who.addresses), who.is_shared, False)
                hidden = {**absent, **who.hidden}
                why = [hidden.get(kind.name) for kind in KINDS]
                rows[who.uid] = (who.uid, *person, state, *why, *way.values())
            if ANONYMOUS in who.levels and (delivered or who.anonymous_uid not in rows):
                together = (None, None, False, True)
                why = [absent.get(kind.name) for kind in KINDS]
                # Of all of them together: nobody's own way is written down.
                nothing = dict.fromkeys(way).values()
                rows[who.anonymous_uid] = (who.anonymous_uid, *together, state, *why, *nothing)
        if not rows:
            return False
        statement = self._engagement_tracking_sql(rows.values(), outgoing.common)
        followed = [
            (f"{link.reference:08x}", link.kind, link.url, link.label, link.index)
            for link in outgoing.links
            if link.kind == "link"
        ]
        if followed:
            statement = SQL(
                "WITH links AS (%s) %s",
                self._engagement_upsert(
                    "mail_engagement_link",
                    LINK,
                    followed,
                    {"rfc_message_id": outgoing.common["rfc_message_id"], "click_count": 0},
                    "(rfc_message_id, reference) DO NOTHING",
                ),
                statement,
            )
        self._engagement_execute_alone(statement)
        return is_plain

    @api.model
    def _engagement_tracking_sql(self, rows, common):
        """One INSERT of recipients' rows, each with what the mail before it taught of its address.

        :param rows: values of TRACKING and of _engagement_way_types
        :param dict common: the columns with the same value in each
        :rtype: SQL
        """
        same = {
            **common,
            "sent_at": fields.Datetime.now(),
            **dict.fromkeys((*COUNTS, *DOUBTS), 0),
        }
        columns = {**TRACKING, **self._engagement_way_types()}
        values = {name: f"new.{name}" for name in columns}
        values["opens_hidden"] = "COALESCE(new.opens_hidden, %s)"
        first, *others = rows
        # As text, since the columns are constants of ours: composed for each mail it takes 0.1 ms.
        return SQL(
            f"""INSERT INTO mail_engagement_tracking ({", ".join((*values, *same))})
                SELECT {", ".join((*values.values(), *["%s"] * len(same)))}
                  FROM (VALUES ({", ".join(f"%s::{kind}" for kind in columns.values())})
                       {", %s" * len(others)}) AS new ({", ".join(columns)})
                ON CONFLICT (uid) DO UPDATE
                SET {", ".join(f"{name} = {of}" for name, of in self._engagement_renewed().items())}
                WHERE {self._engagement_not_arrived()}""",
            self.env["mail.engagement.tracking"]._engagement_learnt_before_sql(
                common["company_id"], SQL("new")
            ),
            *same.values(),
            *first,
            *others,
        )

    @api.model
    def _engagement_ways(self, outgoing, failure):
        """What else is written of each recipient once the mail has left: a hook.

        Nothing is asked of the database here.

        :param Outgoing outgoing:
        :param failure: Odoo's failure type, or a false value
        :return: what JSON knows, by column of _engagement_way_types, in the order of
            ``recipients``
        :rtype: list[dict]
        """
        return [{} for _who in outgoing.recipients]

    @api.model
    def _engagement_way_types(self):
        """:return: the columns of _engagement_ways, with their SQL types: a hook
        :rtype: dict[str, str]
        """
        return {}

    @api.model
    def _engagement_renewed(self):
        """The columns that change when a mail that had not arrived is sent again: a hook.

        :return: the SQL of each one's value. The address may have been corrected.
        :rtype: dict[str, str]
        """
        names = ("sent_at", "state", "email_normalized", *(kind.hidden for kind in KINDS))
        return {name: f"EXCLUDED.{name}" for name in names}

    @api.model
    def _engagement_not_arrived(self):
        """Which rows a mail sent again begins anew: a hook.

        :return: an SQL condition on ``mail_engagement_tracking``
        :rtype: str
        """
        return "mail_engagement_tracking.state IN ('failed', 'bounced')"

    @api.model
    def _engagement_execute_alone(self, statement):
        """Execute a statement that leaves the transaction as it was if it fails; in one round trip.

        Nothing is logged here: a statement holds addresses.
        """
        cr = self.env.cr
        alone = SQL("SAVEPOINT engagement; %s; RELEASE SAVEPOINT engagement", statement)
        try:
            cr.execute(alone, log_exceptions=False)
        except psycopg2.Error:
            # A statement that never reached the database has aborted nothing.
            if cr.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
                cr.execute("ROLLBACK TO SAVEPOINT engagement; RELEASE SAVEPOINT engagement")
            raise

    @api.model
    def _engagement_upsert(self, table, columns, rows, common, conflict):
        """:return: one INSERT for all rows; ``common`` are the columns with the same value in each
        :rtype: SQL
        """
        same = [*common.values()]
        # psycopg2 writes a tuple as one row of values. The columns are constants of ours.
        values = [(*row, *same) for row in rows]
        return SQL(
            f"INSERT INTO {table} ({', '.join((*columns, *common))})"
            f" VALUES {', '.join(['%s'] * len(values))} ON CONFLICT {conflict}",
            *values,
        )
