import pytz
from babel import Locale, UnknownLocaleError

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime, format_list

from ...tools.send_time import Reader, recommend, recommend_apart
from ...tools.zone import zone

# The newest are enough to see when somebody reads.
NEWEST_OWN, NEWEST_ALIKE = 200, 1000
# Names, or clocks, in one sentence.
NAMED = 3
COMPANIES = SQL("(SELECT id AS recipient, commercial_partner_id AS contact FROM res_partner)")
# Whom an e-mail to a contact counts for.
COUNTS_FOR = SQL(
    """(SELECT id AS recipient, id AS contact FROM res_partner
        UNION ALL
        SELECT id, commercial_partner_id FROM res_partner WHERE commercial_partner_id <> id)"""
)


class ResPartner(models.Model):
    """How warm a contact is, and when their next mail is best sent.

    A company adds up what its people did.
    """

    _name = "res.partner"
    _inherit = ["res.partner", "mail.engagement.record.mixin"]

    @api.model
    def _engagement_record_key(self):
        return "partner_id", Domain("partner_id", "!=", False)

    def _engagement_mails(self):
        """A company's are its people's too."""
        # sudo: which e-mails the user may read does not depend on whom they were sent to.
        contacts = self.sudo().with_context(active_test=False)
        people = contacts.search(
            Domain("id", "in", self.ids) | Domain("commercial_partner_id", "in", self.ids)
        )
        return Domain("partner_id", "in", people.ids)

    @api.model
    def _engagement_query(self, domain=Domain.TRUE, counts_for=COUNTS_FOR):
        """An e-mail counts for its recipient, and for the company whose people they are of."""
        self.flush_model(["commercial_partner_id"])
        mails = super()._engagement_query(domain)
        alias = mails.make_alias(mails.table, "counts_for")
        on = SQL("%s = %s", SQL.identifier(alias, "recipient"), mails.groupby)
        mails.add_join("JOIN", alias, counts_for, on)
        mails.groupby = SQL.identifier(alias, "contact")
        return mails

    @api.model
    def _engagement_lookups(self, domain):
        own = super()._engagement_query(domain)
        return [("id", own), ("id", self._engagement_query(domain, COMPANIES))]

    def _engagement_send_time(self):
        """When a mail to these contacts is likely to be read, in words: here, there, and why.

        :return: ``text``; ``at`` (UTC), false where there is no need to wait; ``apart``: where it
            does not suit all, the same for one mail at each time that does; false without contacts
        :rtype: dict | bool
        """
        readers = self._engagement_readers()
        if not readers:
            return False
        now = _now()
        advice = recommend(readers, now)
        suited = len(readers) - len(advice.outside)
        if not suited:
            names = self._engagement_outside_names(readers, advice)
            return {"text": self.env._("No hour is surely a working hour of %s.", names)}
        text = self._engagement_send_time_text(readers, advice, suited)
        if lost := self.filtered(lambda it: not it._engagement_zones(it._engagement_country())):
            text = self.env._(
                "%(text)s Your time zone was taken for %(names)s.",
                text=text,
                names=self._engagement_some(lost.mapped("display_name")),
            )
        return {
            "text": text,
            "at": not advice.is_now and fields.Datetime.to_string(advice.at.replace(tzinfo=None)),
            "apart": bool(advice.outside)
            and self._engagement_apart_text(recommend_apart(readers, now)),
        }

    def _engagement_send_time_text(self, readers, advice, suited):
        here = self._engagement_clock(advice.at)
        if advice.outside:
            counts = {
                "here": here,
                "suited": suited,
                "count": len(readers),
                "names": self._engagement_outside_names(readers, advice),
            }
            if advice.is_now:
                return self.env._(
                    "Now is in the working hours of %(suited)s of %(count)s recipients, "
                    "but not for %(names)s.",
                    **counts,
                )
            return self.env._(
                "Best sent on %(here)s, in the working hours of %(suited)s of %(count)s "
                "recipients, but not for %(names)s.",
                **counts,
            )
        local = self._engagement_clocks(readers, advice.at)
        if advice.is_now:
            return self.env._("Now is a good time to send: %s for them.", local)
        reasons = {
            "own": self.env._("when they opened e-mails before"),
            "alike": self.env._("when people in their country open e-mails"),
            "usual": self.env._("in their working hours"),
        }
        return self.env._(
            "Best sent on %(here)s (%(local)s for them), %(reason)s.",
            here=here,
            local=local,
            reason=reasons[advice.reason],
        )

    def _engagement_apart_text(self, groups):
        parts = [
            self.env._(
                "%(here)s to %(names)s",
                here=self._engagement_clock(at),
                names=self._engagement_some([self[who].display_name for who in some]),
            )
            for at, some in groups
        ]
        return {
            "text": self.env._("Or one e-mail at each time that suits: %s.", "; ".join(parts)),
            "at": fields.Datetime.to_string(groups[0][0].replace(tzinfo=None)),
        }

    def _engagement_outside_names(self, readers, advice):
        """“Kenji (Wed 04:00)”, of those whom the time does not suit."""
        return self._engagement_some(
            [
                self.env._(
                    "%(name)s (%(local)s)",
                    name=self[who].display_name,
                    local=self._engagement_clocks([readers[who]], advice.at),
                )
                for who in advice.outside
            ]
        )

    def _engagement_some(self, texts):
        """The first few, and how many more there are."""
        more = len(texts) - NAMED
        if more > 0:
            texts = [*texts[:NAMED], self.env._("%s more", more)]
        return format_list(self.env, texts)

    def _engagement_clock(self, at):
        return format_datetime(self.env, at.replace(tzinfo=None), dt_format="EEEE HH:mm")

    def _engagement_clocks(self, readers, at):
        """What clocks say where they may be, from west to east; UTC by its name.

        :param datetime at: aware
        """
        names = {str(zone(name)) for reader in readers for name in reader.zones}
        texts = [
            format_datetime(
                self.env,
                at.replace(tzinfo=None),
                tz=name,
                dt_format="EEE HH:mm 'UTC'" if name == "UTC" else "EEE HH:mm",
            )
            for name in sorted(names, key=lambda name: at.astimezone(zone(name)).utcoffset())
        ]
        texts = list(dict.fromkeys(texts))
        if len(texts) > NAMED:
            return self.env._("%(first)s to %(last)s", first=texts[0], last=texts[-1])
        return ", ".join(texts)

    def _engagement_send_groups(self):
        """These contacts by the time that suits them, the earliest first.

        :return: naive, in UTC, and not past
        :rtype: list[tuple[datetime, res.partner]]
        """
        return [
            (at.replace(tzinfo=None), self.browse(self[who].id for who in some))
            for at, some in recommend_apart(self._engagement_readers(), _now())
        ]

    def _engagement_readers(self):
        """When these contacts work and read, each in their place.

        :rtype: list[tools.send_time.Reader]
        """
        # sudo: hours of reading come out of it, no mail and no person.
        people = self.sudo()
        if not people:
            return []
        own = people._engagement_opened("partner.id", people.ids, NEWEST_OWN)
        lands = {person: person._engagement_country() for person in people}
        alike = people._engagement_opened(
            "partner.country_id", [land.id for land in lands.values() if land], NEWEST_ALIKE
        )
        return [
            Reader(
                person._engagement_zones(land) or (self.env.user.tz or "UTC",),
                _weekend(land.code),
                own.get(person.id, []),
                alike.get(land.id, []),
            )
            for person, land in lands.items()
        ]

    def _engagement_zones(self, country):
        """Where the contact may be: in their own time zone, else in any of their country.

        Odoo gives a new contact the zone of whoever adds them: it says nothing of somebody in
        another country.

        :return: empty where nobody knows
        :rtype: tuple[str, ...]
        """
        zones = tuple(pytz.country_timezones.get(country.code or "", ()))
        # sudo: a recipient's time zone is no secret to the sender.
        person = self.sudo()
        if person.tz and (not zones or person.tz in zones or person.tz != person.create_uid.tz):
            return (person.tz,)
        return zones

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


def _now():
    return pytz.utc.localize(fields.Datetime.now())


def _weekend(code):
    """Free weekdays of a country, by Unicode's CLDR, which Babel brings."""
    try:
        locale = Locale.parse(f"und_{code}")
    except (UnknownLocaleError, ValueError):
        return frozenset({5, 6})
    first, last = locale.weekend_start, locale.weekend_end
    return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))
