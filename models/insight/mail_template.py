from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.wilson import percent, wilson
from .mail_engagement_rate_past import LEFT

# Fewer mails than that prove nothing, however well they did.
ENOUGH = 10


class Rates(NamedTuple):
    """Of a template's mails, how many left, and of how many of them what could be seen was."""

    sent: int
    measurable: int
    opened: int
    answerable: int
    replied: int
    is_recommended: bool


NEVER = Rates(0, 0, 0, 0, 0, False)


class MailTemplate(models.Model):
    """How well a template does, by what people did with its mails."""

    _inherit = "mail.template"

    engagement_sent = fields.Integer(
        "Used", compute="_compute_engagement_rates", groups="mail_engagement.group_user"
    )
    engagement_measurable = fields.Integer(
        "Opens Measurable",
        compute="_compute_engagement_rates",
        groups="mail_engagement.group_user",
        help="The mails whose opens can be seen at all: not those of people who refused, who use "
        "Apple Mail or have pictures switched off.",
    )
    engagement_open_rate = fields.Float(
        "Open Rate", compute="_compute_engagement_rates", groups="mail_engagement.group_user"
    )
    engagement_reply_rate = fields.Float(
        "Reply Rate", compute="_compute_engagement_rates", groups="mail_engagement.group_user"
    )
    engagement_open_text = fields.Char(
        "Opened",
        compute="_compute_engagement_rates",
        groups="mail_engagement.group_user",
        help="Of the mails whose opens can be seen at all. Where they are few, what their number "
        "proves: with 95 % certainty the rate lies between the two numbers.",
    )
    engagement_reply_text = fields.Char(
        "Answered",
        compute="_compute_engagement_rates",
        groups="mail_engagement.group_user",
        help="Of the mails that somebody got.",
    )
    engagement_is_recommended = fields.Boolean(
        "Recommended",
        compute="_compute_engagement_rates",
        search="_search_engagement_is_recommended",
        groups="mail_engagement.group_user",
        help="Answered more often than the other templates of its kind, and not by chance: the "
        "lower bound of its reply rate (95 %, Wilson) is above their average.",
    )

    def _compute_engagement_rates(self):
        # sudo: rates name no mail and no recipient; the others of a kind are compared with.
        rates = self.sudo()._engagement_rates()
        for template in self:
            found = rates.get(template.id, NEVER)
            template.engagement_sent = found.sent
            template.engagement_measurable = found.measurable
            template.engagement_open_rate = found.opened / (found.measurable or 1)
            template.engagement_reply_rate = found.replied / (found.answerable or 1)
            template.engagement_open_text = self._engagement_open_text(found)
            template.engagement_reply_text = self._engagement_reply_text(found)
            template.engagement_is_recommended = found.is_recommended

    @api.model
    def _search_engagement_is_recommended(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: as for the rates themselves.
        mails, past = (
            self.env[name].sudo()
            for name in ("mail.engagement.tracking", "mail.engagement.rate.past")
        )
        used = mails._read_group([], ["template_id"]) + past._read_group([], ["template_id"])
        rates = self.sudo().union(*[template for (template,) in used])._engagement_rates()
        recommended = Domain(
            "id", "in", [id_ for id_, found in rates.items() if found.is_recommended]
        )
        return recommended if True in value else ~recommended

    def engagement_rates(self):
        """For the composer's choice: how well templates do.

        :return: template's id → ``text`` and ``is_recommended``; nothing for templates that were
            never used and for users without engagement
        :rtype: dict[int, dict]
        """
        self.check_access("read")
        if not self.env.user.has_group("mail_engagement.group_user"):
            return {}
        return {
            template.id: {
                "text": template._engagement_rates_text(),
                "is_recommended": template.engagement_is_recommended,
            }
            for template in self
            if template.engagement_sent
        }

    def _engagement_rates(self):
        """
        :return: by template's id
        :rtype: dict[int, Rates]
        """
        mails, mail = self.env["mail.engagement.tracking"], SQL("mail")
        mails.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT template_id, model_id, SUM(sent)::bigint, SUM(measurable)::bigint,
                          SUM(opened)::bigint, SUM(answerable)::bigint, SUM(replied)::bigint
                     FROM (SELECT template_id, company_id, COUNT(*) AS sent,
                                  COUNT(*) FILTER (WHERE open_seen) AS measurable,
                                  COUNT(*) FILTER (WHERE open_seen AND open_count > 0) AS opened,
                                  COUNT(*) FILTER (WHERE reply_seen) AS answerable,
                                  COUNT(*) FILTER (WHERE reply_seen AND reply_count > 0) AS replied
                             FROM (SELECT template_id, company_id, open_count, reply_count,
                                          %(open)s IS NULL AS open_seen,
                                          %(reply)s IS NULL AS reply_seen
                                     FROM mail_engagement_tracking mail
                                    WHERE template_id IS NOT NULL AND %(left)s) mails
                            GROUP BY template_id, company_id
                        UNION ALL
                           SELECT template_id, company_id, sent, open_measurable, opened,
                                  reply_measurable, replied
                             FROM mail_engagement_rate_past) counted
                     JOIN mail_template template ON template.id = counted.template_id
                    WHERE template.model_id = ANY(%(models)s) AND company_id = %(company)s
                    GROUP BY template_id, model_id""",
                open=mails._engagement_unseen_sql(mail, "open"),
                reply=mails._engagement_unseen_sql(mail, "reply"),
                left=LEFT,
                models=self.model_id.ids,
                company=self.env.company.id,
            )
        )
        found = {}
        for template, model, *counts in rows:
            mine = Rates(*counts, False)
            others = [
                Rates(*row[2:], False) for row in rows if row[1] == model and row[0] != template
            ]
            found[template] = mine._replace(is_recommended=_is_better(mine, others))
        return found

    @api.model
    def _engagement_open_text(self, rates):
        """“42 % of 71 measurable”; empty where nothing was sent.

        :param Rates rates:
        """
        if not rates.sent:
            return ""
        if not rates.measurable:
            return self.env._("nothing measurable")
        return self.env._(
            "%(percent)s %% of %(count)s measurable",
            percent=percent(rates.opened, rates.measurable),
            count=rates.measurable,
        )

    @api.model
    def _engagement_reply_text(self, rates):
        """“12 % of 118”; empty where nobody got any.

        :param Rates rates:
        """
        if not rates.answerable:
            return ""
        return self.env._(
            "%(percent)s %% of %(count)s",
            percent=percent(rates.replied, rates.answerable),
            count=rates.answerable,
        )

    def _engagement_rates_text(self):
        """A template's rates in a line, for its choice; empty if it was never used."""
        self.ensure_one()
        if not self.engagement_sent:
            return ""
        return self.env._(
            "%(count)s sent · opened: %(opened)s · answered: %(answered)s",
            count=self.engagement_sent,
            opened=self.engagement_open_text,
            answered=self.engagement_reply_text or "–",
        )


def _is_better(mine, others):
    """Whether a template is answered more often than the others of its kind, not by chance.

    :param Rates mine:
    :param list[Rates] others:
    """
    total = sum(one.answerable for one in others)
    if total < ENOUGH or mine.answerable < ENOUGH:
        return False
    return wilson(mine.replied, mine.answerable) > sum(one.replied for one in others) / total
