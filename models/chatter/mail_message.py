from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from ...tools.coverage import PLAIN
from ...tools.delivery import shown
from ...tools.kinds import COUNTS

SUBCHANNEL = "mail_engagement"
# Records of one summary whose open chatters are told, by one row on the bus each. More of them are
# a backlog, which should not wait for that.
RECORDS = 200


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
        found = self._engagement_shown_messages()._engagement_chips()
        for message in self:
            message.engagement = found.get(message.id, False)

    def _engagement_shown_messages(self):
        """No chatter shows a notification of Odoo's own ("You have been assigned"), of which many
        are pushed at once, one by one."""
        return self.filtered(lambda message: message.message_type != "user_notification")

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
        # sudo: the message may be stored on behalf of somebody who may not see this.
        return [Store.Attr("engagement", lambda message: message.sudo().engagement)]

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
        shown = dict([*newest.items()][:RECORDS])
        for (model, res_id), messages in shown.items():
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

    def engagement_timeline(self):
        """What became of this message, for the popover: a time line for each recipient.

        :rtype: list[dict], see MailEngagementTracking._engagement_timeline
        """
        self.ensure_one()
        self.check_access("read")
        return self.engagement_tracking_ids.sorted("id")._engagement_timeline()
