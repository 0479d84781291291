import time
from datetime import datetime, timezone

from odoo import api, models

from odoo.addons.base.models.ir_mail_server import extract_rfc2822_addresses

from ...tools.delivery import SOFT, answered, merged, not_sent
from ...tools.delivery_providers import PROVIDERS
from .ir_mail_server import ANSWERS

WAY = {
    "delivery": "text",
    "delivery_at": "timestamp",
    "delivery_code": "text",
    "delivery_text": "text",
    "delivery_done": "bool",
}


class MailEngagementOutgoing(models.AbstractModel):
    """Writes down what the mail server answered, with the rows of the recipients."""

    _inherit = "mail.engagement.outgoing"

    @api.model
    def _engagement_prepare(self, mail, emails, settings):
        outgoing = super()._engagement_prepare(mail, emails, settings)
        names = self.env["mail.engagement.provider"]._engagement_header_names(settings.company)
        if not names:
            return outgoing
        return outgoing._replace(
            emails=[
                self._engagement_named_copy(email, who, names)
                # Nothing goes into the mail of who is only counted, or not followed.
                if who.is_person and not who.is_internal
                else email
                for email, who in zip(outgoing.emails, outgoing.recipients, strict=True)
            ]
        )

    @api.model
    def _engagement_named_copy(self, email, who, names):
        """The copy, with what its provider needs to give its name back."""
        headers = dict(email["headers"])
        for name in names:
            headers.update(PROVIDERS[name].headers(who.uid))
        return {**email, "headers": headers}

    @api.model
    def _engagement_ways(self, outgoing, failure):
        # Whatever comes of it: the next attempt's answers are others.
        answers = self.env.cr.cache.get(ANSWERS, {}).pop(outgoing.common["rfc_message_id"], [])
        now = int(time.time())
        return [
            {**way, **self._engagement_way(self._engagement_answer(who, answers), failure, now)}
            for way, who in zip(
                super()._engagement_ways(outgoing, failure), outgoing.recipients, strict=True
            )
        ]

    @api.model
    def _engagement_answer(self, who, answers):
        """The first answer to a copy for this recipient, which is taken out of the list.

        :param Recipient who:
        :param list[Answer] answers: in the order in which the copies left
        :rtype: Answer | None
        """
        # As Odoo writes them on the envelope.
        mine = {*extract_rfc2822_addresses(", ".join(who.addresses)), *who.addresses}
        for place, answer in enumerate(answers):
            if not mine.isdisjoint(answer.addresses):
                return answers.pop(place)
        return None

    @api.model
    def _engagement_way(self, answer, failure, now):
        """:return: the columns with what became of one copy"""
        report = None
        if answer:
            refused = (answered(*one, now) for one in answer.refused.values())
            whole = answered(answer.reply, answer.text, now) if answer.reply else None
            report = merged(whole, *refused)
        elif failure:
            report = not_sent(failure, now)
        return {
            "delivery": report and report.status,
            "delivery_at": report
            and datetime.fromtimestamp(now, timezone.utc).replace(tzinfo=None).isoformat(" "),
            "delivery_code": (report and report.code) or None,
            "delivery_text": (report and report.text) or None,
            "delivery_done": False,
        }

    @api.model
    def _engagement_way_types(self):
        return {**super()._engagement_way_types(), **WAY}

    @api.model
    def _engagement_renewed(self):
        return {
            **super()._engagement_renewed(),
            # What is said later of the attempt before is told by its time.
            "delivery_since": "mail_engagement_tracking.delivery_at",
            **{name: f"EXCLUDED.{name}" for name in WAY},
        }

    @api.model
    def _engagement_not_arrived(self):
        # Of who is not followed the state says nothing of a bounce that may pass.
        return (
            f"({super()._engagement_not_arrived()} OR mail_engagement_tracking.state = 'untracked'"
            f" AND mail_engagement_tracking.delivery = '{SOFT}')"
        )
