from odoo import api, models

from ...relay.engagement_relay.protocol.token import Policy
from ...tools.kinds import BY_NAME
from ...tools.webhook.payload import AGENT, Link, Mail, News, Person, Seen


class MailEngagementFact(models.Model):
    """Facts go out to those who subscribed to their kind."""

    _inherit = "mail.engagement.fact"

    @api.model
    def _engagement_wanted(self):
        wanted = super()._engagement_wanted()
        for kind, companies in self.env["mail.engagement.webhook"]._engagement_subscribed():
            wanted[kind] = wanted.get(kind, set()) | companies
        return wanted

    def _engagement_act(self):
        result = super()._engagement_act()
        self.env["mail.engagement.webhook.delivery"]._engagement_queue(self)
        return result

    def _engagement_news(self):
        """What may be told of it today.

        :return: None where nothing may: an edge would not record it any more either
        :rtype: tools.webhook.payload.News | None
        """
        self.ensure_one()
        mail = self.tracking_id
        standings = mail._engagement_decided()[mail]
        if self.kind in BY_NAME:
            level = standings[self.kind].level
            if level < (Policy.ANONYMOUS if mail.is_anonymous else Policy.NO_IP):
                return None
        else:
            # No visit, so it may be told; of whom, where nobody refuses anything.
            level = min(standing.level for standing in standings.values())
        return News(
            kind=self.kind,
            happened_at=self.happened_at,
            level=level,
            company=(self.company_id.id, self.company_id.name),
            mail=Mail(
                mail.rfc_message_id or None,
                mail.subject or None,
                mail.sent_at or None,
                mail.model or None,
                mail.res_id or None,
                mail.template_id.id or None,
            ),
            sender=_person(mail.author_id, mail.author_id.email_normalized),
            recipient=None
            if mail.is_anonymous
            else _person(mail.partner_id, mail.email_normalized),
            link=_link(self.link_id),
            seen=self._engagement_seen(),
        )

    def _engagement_seen(self):
        event = self.event_id
        values = {name: event[name] or None for name in AGENT if name != "country"}
        return Seen(
            event.verdict or None, event.reason or None, values | {"country": event.country_id.code}
        )


def _person(partner, addresses):
    emails = tuple((addresses or "").split(", ")) if addresses else ()
    if not (partner or emails):
        return None
    return Person(partner.id or None, partner.name or None, emails)


def _link(link):
    return link and Link(link.kind, link.label or None, link.url or None) or None
