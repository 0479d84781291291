from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.delivery import BOUNCES, COMPLAINED, STEPS, Report, merged, shown
from ...tools.kinds import KINDS, REFUSED
from ..consent.mail_engagement_consent import COMPLAINT
from .words import ADVICE, WHY, word

DELIVERIES = [
    ("handed_over", "Handed over"),
    ("deferred", "Delayed"),
    ("soft_bounce", "Returned for now"),
    ("delivered", "Delivered"),
    ("hard_bounce", "Returned"),
    ("complained", "Marked as spam"),
]
# What others may act on; one for each attempt, whatever the order in which it is said.
FACTS = {**dict.fromkeys(BOUNCES, "bounce"), COMPLAINED: "complaint"}


class MailEngagementTracking(models.Model):
    """A mail's way to its recipient, before it is opened.

    ``delivery`` is what mail servers, their reports and providers say, whatever their order:
    ``tools.delivery.merged`` decides. ``state`` is what became of the mail as a whole: a bounce
    makes *Sent* into *Bounced*, a delivery that is reported later takes that back, and what a
    person does holds over both: where somebody opened it, *Delivered* is shown. Of anonymous
    mails nothing is kept, as all recipients share one row.
    """

    _inherit = "mail.engagement.tracking"

    delivery = fields.Selection(DELIVERIES, "Last Delivery News", readonly=True)
    delivery_at = fields.Datetime("Delivery Known At", readonly=True)
    delivery_code = fields.Char("Status Code", readonly=True, help="As RFC 3463 has it.")
    delivery_text = fields.Char("The Server's Words", readonly=True)
    delivery_since = fields.Datetime(
        readonly=True, help="Sent again: what happened until then was about an earlier attempt."
    )
    delivery_done = fields.Boolean("Done", readonly=True)
    delivery_shown = fields.Selection(
        DELIVERIES, "Delivery", compute="_compute_delivery_shown", compute_sudo=True
    )
    delivery_why = fields.Char("Why", compute="_compute_delivery_words")
    delivery_advice = fields.Char("What to Do", compute="_compute_delivery_words")

    # Counts change none of these columns, so that they are still written in place.
    _delivery_trouble_idx = models.Index(
        "(sent_at) WHERE delivery IN ('soft_bounce', 'hard_bounce', 'complained')"
        " AND delivery_done IS NOT TRUE"
    )

    def init(self):
        """What an earlier version saw fail, which knew no more of it."""
        result = super().init()
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_tracking
                      SET delivery = CASE state WHEN 'failed' THEN 'soft_bounce'
                                                ELSE 'hard_bounce' END,
                          delivery_at = sent_at
                    WHERE state IN ('failed', 'bounced') AND delivery IS NULL
                      AND is_anonymous IS NOT TRUE"""
            )
        )
        return result

    @api.depends("delivery", "state")
    def _compute_delivery_shown(self):
        for mail in self:
            mail.delivery_shown = shown(mail.delivery or None, mail.state)

    @api.depends("delivery", "delivery_code", "state")
    @api.depends_context("lang")
    def _compute_delivery_words(self):
        for mail in self:
            meaning = word(shown(mail.delivery or None, mail.state), mail.delivery_code, mail.state)
            mail.delivery_why = meaning and self.env._(WHY[meaning])
            mail.delivery_advice = meaning and self.env._(ADVICE[meaning])

    def _engagement_reported(self, outcome):
        """The recipient of whom a report speaks. Never a guess: the copy may have been a
        colleague's.

        :param delivery_status.Outcome outcome:
        :rtype: mail.engagement.tracking, one or none
        """
        named = self._engagement_named(outcome.original)
        if named or any(map(self._engagement_is_inside, outcome.original)):
            return named
        return self._engagement_named(outcome.final)

    def _engagement_complaining(self, complaint):
        """The recipient who complained: the one that is named, else the only one, as many
        providers leave out who it was.

        :param delivery_status.Complaint complaint:
        :rtype: mail.engagement.tracking, one or none
        """
        named = self._engagement_named(complaint.addresses)
        if named or len(self) != 1 or any(map(self._engagement_is_inside, complaint.addresses)):
            return named
        return self

    @api.model
    def _engagement_of_events(self, company, events):
        """Whose mails a provider speaks of. It names a recipient, or the copy that they got.

        :param res.company company:
        :param list[Event] events: of tools.delivery_providers
        :return: those of them that are about a mail of ours
        :rtype: list[tuple[mail.engagement.tracking, Report]]
        """
        names = {event.message_id for event in events} - {""}
        uids = {event.uid for event in events} - {""}
        # sudo: the provider's proof is what allows it.
        mails = self.sudo().search(
            Domain("company_id", "=", company.id)
            & (Domain("rfc_message_id", "in", [*names]) | Domain("uid", "in", [*uids]))
        )
        by_name, by_uid = mails.grouped("rfc_message_id"), mails.grouped("uid")
        found = [
            (
                by_uid.get(event.uid)
                or by_name.get(event.message_id, self.browse())._engagement_named(
                    [event.address] if event.address else []
                ),
                event.report,
            )
            for event in events
        ]
        return [(mail, report) for mail, report in found if mail]

    def _engagement_deliver(self, reports):
        """Note what is said of mails, in whatever order and however often it comes.

        :param list[tuple[mail.engagement.tracking, Report]] reports: of one mail each
        """
        # Who says what is known already waits for nobody, as everything is said several times.
        news = [(mail, report) for mail, report in reports if mail._engagement_is_news(report)]
        mails = self.browse().union(*(mail for mail, _report in news))
        if not mails:
            return
        # In one order, so that nobody waits for somebody who waits for them.
        self.env.cr.execute(
            SQL(
                "SELECT id FROM mail_engagement_tracking WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                mails.ids,
            ),
            # Of two requests about one mail at once Odoo makes the later one again.
            log_exceptions=False,
        )
        changed = self.browse().union(
            *(mail for mail, report in news if mail._engagement_note_report(report))
        )
        changed._engagement_counted()

    def _engagement_note_report(self, report):
        """
        :param Report report:
        :return: whether it changed anything
        :rtype: bool
        """
        if not self._engagement_is_news(report):
            return False
        at = self._engagement_moment(report)
        self.write(
            {
                "delivery": report.status,
                "delivery_at": at,
                "delivery_code": report.code or False,
                "delivery_text": report.text or False,
                "delivery_done": False,
                "state": self._engagement_state_by(report.status),
            }
        )
        if report.status == COMPLAINED:
            self._engagement_complained()
        if fact := FACTS.get(report.status):
            # Each attempt's own.
            key = fields.Datetime.to_string(self.delivery_since) if self.delivery_since else ""
            self.env["mail.engagement.fact"]._engagement_add(fact, self, key, at)
        return True

    def _engagement_is_news(self, report):
        """Whether a report says more than what is known. Once it does not, it never does again."""
        self.ensure_one()
        if self.is_anonymous:
            return False
        if self.delivery_since and self._engagement_moment(report) <= self.delivery_since:
            return False
        known = self._engagement_known_report()
        return known != merged(known, report)

    @api.model
    def _engagement_moment(self, report):
        return datetime.fromtimestamp(report.at, timezone.utc).replace(tzinfo=None)

    def _engagement_known_report(self):
        """:rtype: Report | None"""
        if self.delivery not in STEPS:
            return None
        at = self.delivery_at and self.delivery_at.replace(tzinfo=timezone.utc).timestamp()
        return Report(
            self.delivery, int(at or 0), self.delivery_code or "", self.delivery_text or ""
        )

    def _engagement_state_by(self, status):
        """The state with what is said of the way: what people did stays.

        Who is not followed comes back to that state when a bounce was not the last word, so only
        one for good leaves it.
        """
        bounced = BOUNCES if self.state == "sent" else ("hard_bounce",)
        if self.state in ("sent", "untracked") and status in bounced:
            return "bounced"
        if self.state in ("bounced", "failed") and status in ("delivered", "complained"):
            return "sent"
        return self.state

    def action_engagement_fix(self):
        """Ask for another address, then send the mail again."""
        self.ensure_one()
        self._engagement_check_may_send()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fix the Address"),
            "res_model": "mail.engagement.send.again",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_tracking_id": self.id},
        }

    def action_engagement_send_again(self):
        """Send the mail again to those whom it did not reach; each is followed anew."""
        self._engagement_check_may_send()
        for mail in self:
            mail._engagement_send_again()

    def action_engagement_done(self):
        """Take these mails off the list of those that did not arrive."""
        self._engagement_check_may_send()
        # sudo: users write nothing of what is followed but this.
        self.sudo().delivery_done = True

    def action_engagement_blacklist(self):
        """Put those who complained on Odoo's blacklist, which mailings and campaigns heed.

        :raises AccessError: unless the user is a manager
        """
        if not self.env.user.has_group("mail_engagement.group_manager"):
            raise AccessError(self.env._("Only managers of Email Engagement do that."))
        self.check_access("read")
        for mail in self.filtered(lambda mail: mail.delivery == COMPLAINED):
            for address in (mail.email_normalized or "").split(", "):
                # sudo: to Odoo the list is the administrators'; here the person has complained.
                self.env["mail.blacklist"].sudo()._add(
                    address, message=self.env._("They complained about an e-mail.")
                )
        self.sudo().delivery_done = True  # sudo: see above

    def _engagement_check_may_send(self):
        """
        :raises AccessError: unless the user sent these mails, or may write on their records
        """
        self.check_access("read")
        for mail in self - self.filtered_domain([("author_id", "=", self.env.user.partner_id.id)]):
            record = mail._engagement_document()
            if record is None:
                raise AccessError(self.env._("Only who sent an e-mail may send it again."))
            record.check_access(getattr(record, "_mail_post_access", "write"))

    def _engagement_document(self):
        """The record that the mail was sent from, None where it is gone."""
        self.ensure_one()
        if self.model not in self.env or not self.res_id:
            return None
        return self.env[self.model].browse(self.res_id).exists() or None

    def _engagement_send_again(self, address=None):
        """
        :param str address: another one, for a recipient who is no contact
        :raises UserError: where there is nothing left to send, or nobody to send it to
        """
        self.ensure_one()
        # sudo: who may send is checked by who calls; the mail itself is the administrators'.
        message, partner = self.sudo().message_id, self.sudo().partner_id
        if partner and not partner.email_normalized:
            raise UserError(self.env._("%s has no e-mail address.", partner.display_name))
        kept = message.mail_ids.filtered(lambda mail: mail.state == "exception")
        for mail in kept:
            if partner and partner in mail.recipient_ids:
                return mail._engagement_send_alone(partner)
            if not partner and mail.email_to:
                return mail._engagement_send_to(address or mail.email_to)
        record = self._engagement_document()
        if not (message and partner and record and isinstance(record, self.pool["mail.thread"])):
            raise UserError(
                self.env._("The text of this e-mail is not kept any more. Please write a new one.")
            )
        return record._engagement_notify_again(message, partner)

    def _engagement_complained(self):
        """Somebody told their provider that they did not want this mail: they are not followed any
        more. Whether they are written to is for people to decide."""
        # sudo: the provider speaks for them.
        people = self.sudo().partner_id
        if people:
            refused = {kind.name: REFUSED for kind in KINDS}
            people._engagement_set_consent(refused, COMPLAINT)
