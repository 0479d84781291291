import logging

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.mail.tools.discuss import Store

from ...tools.coverage import PLAIN
from ...tools.delivery import shown
from ...tools.kinds import COUNTS
from ...tools.why import why

_logger = logging.getLogger(__name__)
SUBCHANNEL = "mail_engagement"
# Records of one summary whose open chatters are told, by one row on the bus each. The messages of
# more than that are told as numbers, in a row for many: web clients that show them ask what is new.
RECORDS = 200
NUMBERS = 5000


class MailMessage(models.Model):
    """The chip on a message: its numbers, and how open web clients learn of new ones."""

    _inherit = "mail.message"

    engagement = fields.Json(
        compute="_compute_engagement",
        groups="mail_engagement.group_user",
        help="What the chip on the message shows; false where nothing was followed.",
    )

    @api.depends("engagement_tracking_ids")
    def _compute_engagement(self):
        found = self._engagement_with("engagement_tracking_ids")._engagement_chips()
        for message in self:
            message.engagement = found.get(message.id, False)

    def _engagement_with(self, name):
        """Leave out messages of which there is nothing to show. Costs no query.

        Nothing is there of one that was just posted, and no chatter shows a notification of Odoo's
        own ("You have been assigned"). Of both many are pushed at once, one by one.

        :param str name: of the field whose records are shown
        """
        field, cache = self._fields[name], self.env.cache

        def is_shown(message):
            # sudo: this is known of every message.
            is_empty = cache.contains(message, field) and not message.sudo()[name]
            return not is_empty and message.message_type != "user_notification"

        return self.filtered(is_shown)

    def _engagement_chips(self):
        """:return: what the chip shows, by the ids of messages that were followed; nothing while
            the company has switched it off
        :rtype: dict[int, dict]
        """
        if not self:
            return {}
        # sudo: a user who may read a message may read what became of it.
        mails = self.env["mail.engagement.tracking"].sudo()
        mails.flush_model()
        query = mails._search(
            [("message_id", "in", self.ids), ("company_id.engagement_enabled", "=", True)]
        )
        query.groupby = SQL.identifier(query.table, "message_id")
        unseen = mails._engagement_unseen_sql(SQL.identifier(query.table), "open")
        rows = self.env.execute_query(
            query.select(
                query.groupby,
                SQL("COUNT(*)"),
                SQL(
                    "ARRAY_AGG(DISTINCT ARRAY[%s, COALESCE(%s, '')])",
                    SQL.identifier(query.table, "state"),
                    SQL.identifier(query.table, "delivery"),
                ),
                SQL("BOOL_AND(COALESCE(%s, '') NOT IN %s)", unseen, ("", *PLAIN)),
                *(SQL("SUM(%s)::int8", SQL.identifier(query.table, name)) for name in COUNTS),
            )
        )
        return {
            message: {
                "recipients": count,
                "states": sorted({state for state, _delivery in ways}),
                "deliveries": sorted({shown(delivery, state) or "" for state, delivery in ways}),
                "is_blind": is_blind,
                **dict(zip(COUNTS, sums, strict=True)),
            }
            for message, count, ways, is_blind, *sums in rows
        }

    def _to_store_defaults(self, target):
        defaults = super()._to_store_defaults(target)
        user = target.get_user(self.env)
        if not user or not user._engagement_is_shown():
            return defaults
        return defaults + self._engagement_store_fields()

    @api.model
    def _engagement_store_fields(self):
        expected = self._engagement_expected()
        return [
            # sudo: the message may be stored on behalf of somebody who may not see this.
            Store.Attr(
                "engagement",
                lambda message: message.sudo().engagement,
                predicate=lambda message: message.id not in expected,
            ),
            # Apart, as what became of it may be told before the answer to posting it arrives.
            Store.Attr(
                "engagement_expected",
                lambda message: message._engagement_quiet_chip(expected[message.id]),
                predicate=lambda message: message.id in expected,
            ),
        ]

    @api.model
    def _engagement_quiet_chip(self, count):
        """What the chip shows of a mail that is about to leave to so many recipients."""
        return {
            "recipients": count,
            "states": ["sent"],
            "deliveries": [""],
            "is_blind": False,
            **dict.fromkeys(COUNTS, 0),
        }

    def _engagement_left(self, is_plain):
        """The web client expects that it left and is followed, and is told where it is not so.

        Once the mail's own transaction is through, and in one of its own: this costs no mail.
        """
        super()._engagement_left(is_plain)
        if is_plain:
            return
        registry, ids = self.env.registry, self.ids

        @self.env.cr.postcommit.add
        def tell():
            try:
                with registry.cursor() as cr:
                    messages = api.Environment(cr, api.SUPERUSER_ID, {})[self._name].browse(ids)
                    messages.exists()._engagement_bus_send()
            except Exception as error:
                _logger.error("Nobody is told what became of a message: %s", why(error))

    def _engagement_bus_send(self):
        """Bring the chip up to date in open web clients: the authors', then their colleagues'."""
        # No bodies: there may be thousands.
        self.fetch(["author_id", "model", "res_id"])
        chips = self._engagement_chips()
        self._engagement_tell_authors(chips)
        self._engagement_tell_colleagues(chips)

    def _engagement_tell_authors(self, chips):
        """One bus message for each author.

        :param dict chips: see _engagement_chips
        """
        shown = [Store.Attr("engagement", lambda message: chips.get(message.id, False))]
        for author, messages in self.grouped("author_id").items():
            for user in author.user_ids.filtered(lambda user: user.active and not user.share):
                if not user._engagement_is_shown():
                    continue
                store = Store(bus_channel=user)
                store.add(messages.with_user(user), shown)
                store.bus_send()

    def _engagement_tell_colleagues(self, chips):
        """Change the chip for everybody who has the message's record open.

        :param dict chips: see _engagement_chips
        """
        on_records = self.filtered(lambda message: message.model in self.env and message.res_id)
        newest = on_records.sorted("id", reverse=True).grouped(lambda it: (it.model, it.res_id))
        records = [*newest.items()]
        for (model, res_id), messages in records[:RECORDS]:
            self.env["bus.bus"]._sendone(
                (self.env[model].browse(res_id), SUBCHANNEL),
                "mail.record/insert",
                {
                    "mail.message": [
                        {"id": message.id, "engagement": chips.get(message.id, False)}
                        for message in messages
                    ]
                },
            )

        rest = [id_ for _record, messages in records[RECORDS:] for id_ in messages.ids]
        everybody = self.env.ref("mail_engagement.group_user")
        for numbers in split_every(NUMBERS, rest):
            everybody._bus_send("mail_engagement.message/changed", {"ids": numbers})

    @api.model
    def engagement_refresh(self, ids):
        """What the chips of these messages show now, of those that the user may read.

        :param list[int] ids: of messages
        :rtype: list[dict], as a web client's store takes them
        """
        return self.search([("id", "in", ids)], order="id").read(["engagement"])

    def engagement_timeline(self):
        """What became of this message, for the popover: a time line for each recipient, those to
        whom something happened last first.

        :rtype: list[dict], see MailEngagementTracking._engagement_timeline
        """
        self.ensure_one()
        self.check_access("read")
        lines = self.engagement_tracking_ids.sorted("id")._engagement_timeline()
        # The newest event stands first.
        lines.sort(key=lambda line: [it["at"] for it in line["events"][:1]], reverse=True)
        return sorted(lines, key=lambda line: line["is_quiet"])
