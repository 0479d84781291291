from ast import literal_eval

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.wilson import percent
from ...tools.zone import clock

# Of how many days not delivered mails and figures are.
DAYS = 30
# Named below a number; all of them are in its list.
NAMED = 5
MINE, ALL = "mine", "all"
# Of each figure the counts: how many, and of how many.
FIGURES = {
    "open": ("opened", "open_measurable"),
    "click": ("clicked", "click_measurable"),
    "reply": ("replied", "reply_measurable"),
    "machine": ("machines", "visits"),
}
LISTS = {
    **dict.fromkeys(FIGURES, "mail_engagement.mail_engagement_rate_action"),
    "machine": "mail_engagement.mail_engagement_domain_action",
}
CONTEXTS = {"machine": {"search_default_group_domain": 1}}


class MailEngagementDashboard(models.AbstractModel):
    """Where the day begins: whose interest woke up, what is due, what did not arrive, own figures.

    Each number is counted with the reader's rights, by the very domain that its list is opened
    with. Only recent mails are looked at, by columns with an index, so that it costs the same
    however many there are.
    """

    _name = "mail.engagement.dashboard"
    _description = "E-mails Today"

    @api.model
    def engagement_today(self, scope=None):
        """What the page shows.

        :param str scope: ``mine`` or ``all`` that the user may read; by default their own, for who
            leads others and sends nothing themselves all
        :return: ``scope``, false for who has nothing to choose; ``is_on``, whether the company
            follows its e-mails; ``cards``, see ``_engagement_card``; ``figures``, see
            ``_engagement_figures``; no cards and figures where none was ever sent
        :rtype: dict
        """
        mails = self.env["mail.engagement.tracking"]
        mails.check_access("read")
        may_choose = self.env.user.has_group("sales_team.group_sale_salesman_all_leads")

        def has_mails(scope):
            return bool(mails.search_count(self._engagement_own(scope), limit=1))

        if not may_choose:
            scope = MINE
        elif scope not in (MINE, ALL):
            scope = MINE if has_mails(MINE) else ALL
        is_begun = has_mails(scope)
        return {
            "scope": may_choose and scope,
            # sudo: that much of their company everybody may know.
            "is_on": self.env.company.sudo().engagement_enabled,
            "cards": self._engagement_cards(scope) if is_begun else [],
            "figures": self._engagement_figures() if is_begun else False,
        }

    @api.model
    def _engagement_own(self, scope, field="author_id"):
        """
        :param str field: who the records belong to, a contact for ``author_id``, else a user
        :rtype: Domain
        """
        if scope == ALL:
            return Domain.TRUE
        user = self.env.user
        return Domain(field, "=", user.partner_id.id if field == "author_id" else user.id)

    @api.model
    def _engagement_since(self, days):
        """When a day began, so many days ago, where the user is.

        :rtype: datetime, naive in UTC
        """
        return clock(self.env.user.tz, fields.Datetime.now(), -days)

    @api.model
    def _engagement_cards(self, scope):
        """
        :param str scope: MINE or ALL
        :rtype: list[dict], see ``_engagement_card``
        """
        return [
            self._engagement_warm_card(scope),
            self._engagement_due_card(scope),
            self._engagement_lost_card(scope),
        ]

    @api.model
    def _engagement_card(self, code, records, domain, order, action, **texts):
        """A number, the list behind it, and the first few of it.

        :param str code: names it
        :param Model records: of its model
        :param Domain domain: what is counted, and listed
        :param str action: the XML id of the window action with the list
        :param texts: ``title``, ``empty`` for when there is none, ``icon`` of Font Awesome's
        :return: these, ``count``, ``list`` for the web client, and ``records``
        :rtype: dict
        """
        found = records.search(domain, limit=NAMED, order=order)
        count = len(found) if len(found) < NAMED else records.search_count(domain)
        return {
            "code": code,
            **texts,
            "count": count,
            "list": self._engagement_list(action, texts["title"], domain),
            "records": found,
        }

    @api.model
    def _engagement_list(self, action, name, domain, context=None):
        return {
            "action": action,
            "name": name,
            "domain": list(domain),
            "context": context or {},
        }

    @api.model
    def _engagement_warm_card(self, scope):
        mails = self.env["mail.engagement.tracking"]
        card = self._engagement_card(
            "warm",
            mails,
            Domain("last_event_at", ">=", fields.Datetime.to_string(self._engagement_since(1)))
            & self._engagement_own(scope),
            "last_event_at DESC, id DESC",
            "mail_engagement.mail_engagement_tracking_action",
            title=self.env._("Warmed up since yesterday"),
            empty=self.env._("Nobody opened, clicked or answered since yesterday."),
            icon="fa-fire",
        )
        states = dict(mails._fields["state"]._description_selection(self.env))
        return self._engagement_mails_card(
            card, lambda mail: (states[mail.state], mail.last_event_at)
        )

    @api.model
    def _engagement_due_card(self, scope):
        card = self._engagement_card(
            "due",
            self.env["mail.engagement.reminder"],
            Domain("is_due", "=", True) & self._engagement_own(scope, "user_id"),
            "remind_at, id",
            "mail_engagement.mail_engagement_reminder_action",
            title=self.env._("Reminders due today"),
            empty=self.env._("No reminder is due."),
            icon="fa-bell-o",
        )
        conditions = dict(
            self.env["mail.engagement.reminder"]
            ._fields["condition"]
            ._description_selection(self.env)
        )
        return {
            **card,
            "lines": [
                {
                    "id": reminder.id,
                    "link": f"mail.engagement.reminder/{reminder.id}",
                    "title": reminder.subject or self.env._("(no subject)"),
                    "text": reminder.note or conditions[reminder.condition],
                    "at": reminder.remind_at,
                }
                for reminder in card.pop("records")
            ],
        }

    @api.model
    def _engagement_lost_card(self, scope):
        xml_id = "mail_engagement.mail_engagement_tracking_delivery_action"
        # sudo: what the menu lists.
        lost = Domain(literal_eval(self.env.ref(xml_id).sudo().domain))
        since = fields.Datetime.to_string(self._engagement_since(DAYS))
        card = self._engagement_card(
            "lost",
            self.env["mail.engagement.tracking"],
            Domain("sent_at", ">=", since) & lost & self._engagement_own(scope),
            "sent_at DESC, id DESC",
            xml_id,
            title=self.env._("Not delivered in the last %s days", DAYS),
            empty=self.env._("All e-mails arrived."),
            icon="fa-exclamation-triangle",
        )
        return self._engagement_mails_card(card, lambda mail: (mail.delivery_why, mail.sent_at))

    @api.model
    def _engagement_mails_card(self, card, word):
        """
        :param dict card: with e-mails as its records
        :param word: of an e-mail to what is said of it, and when that was
        :return: the card with its lines
        :rtype: dict
        """
        mails = card.pop("records")
        lines = []
        for mail, (model, res_id) in mails._engagement_documents().items():
            text, at = word(mail)
            lines.append(
                {
                    "id": mail.id,
                    # As the web client's addresses name it.
                    "link": f"{model if '.' in model else f'm-{model}'}/{res_id}",
                    "title": mail._engagement_recipient_name() or self.env._("Somebody"),
                    "text": self._engagement_joined(text, mail.subject),
                    "at": at,
                }
            )
        return {**card, "lines": lines}

    @api.model
    def _engagement_joined(self, *texts):
        return " · ".join(filter(None, texts))

    @api.model
    def _engagement_figures(self):
        """The user's rates of the last DAYS days beside those of their team, as far as they may
        read its e-mails.

        :return: ``columns``, the texts above; ``rows``, each with ``label`` and ``cells``, each of
            which has ``text`` and, where there is anything, ``list`` for the web client
        :rtype: dict
        """
        team = self.env.user.sale_team_id
        columns = [
            (self.env._("You"), Domain("user_id", "=", self.env.uid)),
            (team.name, Domain("team_id", "=", team.id))
            if team
            else (self.env._("Everybody"), Domain.TRUE),
        ]
        since = fields.Datetime.to_string(self._engagement_since(DAYS))
        recent = Domain("sent_at", ">=", since)
        counted = [
            (name, recent & whose, self._engagement_counts(recent & whose))
            for name, whose in columns
        ]
        labels = {
            "open": self.env._("Opened"),
            "click": self.env._("Clicked"),
            "reply": self.env._("Answered"),
            "machine": self.env._("Machines' visits"),
        }
        return {
            "columns": [name for name, _domain, _counts in counted],
            "rows": [
                {
                    "code": code,
                    "label": label,
                    "cells": [
                        self._engagement_cell(code, f"{label}: {name}", domain, counts)
                        for name, domain, counts in counted
                    ],
                }
                for code, label in labels.items()
            ],
        }

    @api.model
    def _engagement_counts(self, domain):
        """
        :return: by the names of FIGURES
        :rtype: dict[str, int]
        """
        names = [name for pair in FIGURES.values() for name in pair]
        [counts] = self.env["mail.engagement.rate"]._read_group(
            domain, [], [f"{name}:sum" for name in names]
        )
        return {name: int(count or 0) for name, count in zip(names, counts, strict=True)}

    @api.model
    def _engagement_cell(self, code, name, domain, counts):
        hits, trials = FIGURES[code]
        hit, tried = counts[hits], counts[trials]
        if not tried:
            return {"text": self.env._("nothing measurable")}
        return {
            "text": self._engagement_cell_text(code, hit, tried),
            "list": self._engagement_list(
                LISTS[code], name, domain & Domain(trials, ">", 0), CONTEXTS.get(code)
            ),
        }

    @api.model
    def _engagement_cell_text(self, code, hit, tried):
        if code == "open":
            return self.env._(
                "%(percent)s %% of %(count)s measurable", percent=percent(hit, tried), count=tried
            )
        if code == "machine":
            # No interval: the visits of one mail are no independent trials.
            share = round(100 * hit / tried)
            return self.env._("%(percent)s %% of %(count)s visits", percent=share, count=tried)
        return self.env._("%(percent)s %% of %(count)s", percent=percent(hit, tried), count=tried)
