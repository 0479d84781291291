import pytz
from babel import Locale, UnknownLocaleError

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.send_time import Reader, recommend

# The newest are enough to see when somebody reads.
NEWEST_OWN, NEWEST_ALIKE = 200, 1000


class ResPartner(models.Model):
    """How warm a contact is, and when their next mail is best sent."""

    _name = "res.partner"
    _inherit = ["res.partner", "mail.engagement.record.mixin"]

    @api.model
    def _engagement_record_key(self):
        return "partner_id", Domain("partner_id", "!=", False)

    def _engagement_send_time(self):
        """When a mail to these contacts is likely to be read.

        :return: None without contacts
        :rtype: tools.send_time.Advice | None
        """
        # sudo: hours of reading come out of it, no mail and no person.
        people = self.sudo()
        if not people:
            return None
        own = people._engagement_opened("partner.id", people.ids, NEWEST_OWN)
        lands = {person: person._engagement_country() for person in people}
        alike = people._engagement_opened(
            "partner.country_id", [land.id for land in lands.values() if land], NEWEST_ALIKE
        )
        readers = [
            Reader(
                person._engagement_zone(land),
                _weekend(land.code),
                own.get(person.id, []),
                alike.get(land.id, []),
            )
            for person, land in lands.items()
        ]
        return recommend(readers, pytz.utc.localize(fields.Datetime.now()))

    def _engagement_zone(self, country):
        """The contact's time zone, else the first of their country, else the user's."""
        if self.tz:
            return self.tz
        zones = pytz.country_timezones.get(country.code or "", [])
        return zones[0] if zones else self.env.user.tz or "UTC"

    def _engagement_opened(self, by, values, limit):
        """When people opened mails: by contact, or by country.

        :param str by: ``partner.id`` or ``partner.country_id``
        :rtype: dict[int, list[float]], unix seconds
        """
        alias, column = by.split(".")
        rows = self.env.execute_query(
            SQL(
                """SELECT %(by)s, EXTRACT(EPOCH FROM event.occurred_at)::float8
                     FROM mail_engagement_event event
                     JOIN mail_engagement_tracking tracking ON tracking.id = event.tracking_id
                     JOIN res_partner partner ON partner.id = tracking.partner_id
                    WHERE %(by)s = ANY(%(values)s) AND event.verdict = 'human'
                      AND event.type <> 'reply'
                    ORDER BY event.occurred_at DESC LIMIT %(limit)s""",
                by=SQL.identifier(alias, column),
                values=values,
                limit=limit,
            )
        )
        found = {}
        for key, at in rows:
            found.setdefault(key, []).append(at)
        return found


def _weekend(code):
    """Free weekdays of a country, by Unicode's CLDR, which Babel brings."""
    try:
        locale = Locale.parse(f"und_{code}")
    except (UnknownLocaleError, ValueError):
        return frozenset({5, 6})
    first, last = locale.weekend_start, locale.weekend_end
    return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))
