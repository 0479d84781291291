from odoo import models

EVENT = (
    *("type", "occurred_at", "repeat_count", "verdict", "reason_text", "device_type", "client"),
    *("os", "country_id", "city", "ip", "user_agent"),
)
MAIL = (
    *("subject", "sent_at", "state", "email_normalized", "is_shared", "author_id", "company_id"),
    *("open_count", "click_count", "attachment_open_count", "reply_count", "machine_count"),
    *("first_open_at", "last_open_at"),
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _engagement_export(self):
        """All that Email Engagement holds on one person, for him to read.

        :return: what JSON can say; times in UTC
        :rtype: dict
        """
        self.ensure_one()
        # sudo: the person's right covers mails that the one who answers him may not read.
        trackings = self.env["mail.engagement.tracking"].sudo()
        mails = trackings.search(self._engagement_held_domain())
        mails |= self._engagement_shared(trackings)
        consents = self.env["mail.engagement.consent"].sudo()
        consents = consents.search([("partner_id", "=", self.id)], order="id")
        return {
            "contact": {"name": self.name, "addresses": self._engagement_addresses()},
            "preferences": {
                "opens": self.engagement_opens or None,
                "clicks": self.engagement_clicks or None,
                "attachments": self.engagement_attachments or None,
            },
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
                }
                for mail in mails
            ],
        }

    def _engagement_export_address(self, mail):
        """Of a copy that several got, nobody is told who the others are."""
        if not mail.is_shared:
            return {}
        mine = set(mail.email_normalized.split(", ")) & set(self._engagement_addresses())
        return {"email_normalized": ", ".join(sorted(mine))}

    def action_engagement_export(self):
        """Download it."""
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
