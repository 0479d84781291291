import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize

from ..tools.recipient import ANONYMOUS

TRACKING = ("uid", "partner_id", "email_normalized", "is_shared", "is_anonymous", "state")
LINK = ("reference", "kind", "url", "label", "index")
COUNTS = ("open_count", "click_count", "attachment_open_count", "reply_count", "machine_count")


class MailEngagementOutgoing(models.AbstractModel):
    _inherit = "mail.engagement.outgoing"

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
    def _engagement_record(self, outgoing, success_pids, success_emails, failure):
        """Write the rows of a mail's recipients and links, after the SMTP dialogue.

        A mail sent again finds its rows by their uid. One statement, whatever the number of
        recipients and links, and no other: what fails here must not cost the transaction.

        :param Outgoing outgoing: recipients with their uids
        :param success_pids: contacts (records) that Odoo says it succeeded for
        :param list[str] success_emails: formatted addresses likewise
        :param failure: Odoo's failure type, or a false value
        """
        partners = {partner.id for partner in success_pids}
        addresses = {email_normalize(address) for address in success_emails}
        rows = {}
        for who in outgoing.recipients:
            if who.is_internal:
                continue
            delivered = who.is_delivered(partners, addresses, bool(failure))
            state = "failed" if not delivered else "sent" if who.is_tracked else "untracked"
            if who.is_person or not who.is_tracked:
                person = (who.partner_id, ", ".join(who.addresses), who.is_shared, False)
                rows[who.uid] = (who.uid, *person, state)
            if ANONYMOUS in who.levels and (delivered or who.anonymous_uid not in rows):
                together = (None, None, False, True)
                rows[who.anonymous_uid] = (who.anonymous_uid, *together, state)
        if not rows:
            return
        statement = self._engagement_upsert(
            "mail_engagement_tracking",
            TRACKING,
            rows.values(),
            {
                **outgoing.common,
                "sent_at": fields.Datetime.now(),
                **dict.fromkeys(COUNTS, 0),
            },
            """(uid) DO UPDATE SET
                    sent_at = EXCLUDED.sent_at, state = EXCLUDED.state
                    WHERE mail_engagement_tracking.state IN ('failed', 'bounced')""",
        )
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

    @api.model
    def _engagement_execute_alone(self, statement):
        """Execute what leaves the transaction as it was when it fails; in one round trip.

        Nothing is logged here: a statement holds addresses.
        """
        cr = self.env.cr
        alone = SQL("SAVEPOINT engagement; %s; RELEASE SAVEPOINT engagement", statement)
        try:
            cr.execute(alone, log_exceptions=False)
        except psycopg2.Error:
            # Not so when the statement was refused before it reached the database.
            if cr.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
                cr.execute("ROLLBACK TO SAVEPOINT engagement; RELEASE SAVEPOINT engagement")
            raise

    @api.model
    def _engagement_upsert(self, table, columns, rows, common, conflict):
        """:return: one INSERT for all rows; ``common`` are the columns with the same value in each
        :rtype: SQL
        """
        same = [*common.values()]
        # Tuples are values to psycopg2. The names are of constants: no row of another's is in them.
        values = [(*row, *same) for row in rows]
        return SQL(
            f"INSERT INTO {table} ({', '.join((*columns, *common))})"
            f" VALUES {', '.join(['%s'] * len(values))} ON CONFLICT {conflict}",
            *values,
        )
