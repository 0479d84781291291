from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.wilson import wilson

# Fewer mails than that prove nothing, however well they did.
ENOUGH = 10


class MailTemplate(models.Model):
    """How well a template does, by what people did with its mails."""

    _inherit = "mail.template"

    engagement_sent = fields.Integer(
        "Used", compute="_compute_engagement_rates", groups="mail_engagement.group_user"
    )
    engagement_open_rate = fields.Float(
        "Open Rate", compute="_compute_engagement_rates", groups="mail_engagement.group_user"
    )
    engagement_reply_rate = fields.Float(
        "Reply Rate", compute="_compute_engagement_rates", groups="mail_engagement.group_user"
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
            sent, opened, replied, recommended = rates.get(template.id, (0, 0, 0, False))
            template.engagement_sent = sent
            template.engagement_open_rate = opened / sent if sent else 0
            template.engagement_reply_rate = replied / sent if sent else 0
            template.engagement_is_recommended = recommended

    @api.model
    def _search_engagement_is_recommended(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: as for the rates themselves.
        used = self.env["mail.engagement.tracking"].sudo()._read_group([], ["template_id"])
        rates = self.sudo().union(*[template for (template,) in used])._engagement_rates()
        recommended = Domain("id", "in", [id_ for id_, found in rates.items() if found[3]])
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
        :return: template's id → mails sent, opened, answered, and whether it is recommended
        :rtype: dict[int, tuple[int, int, int, bool]]
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT tracking.template_id, template.model_id, count(*),
                          count(*) FILTER (WHERE GREATEST(open_count, click_count,
                                                     attachment_open_count, reply_count) > 0),
                          count(*) FILTER (WHERE reply_count > 0)
                     FROM mail_engagement_tracking tracking
                     JOIN mail_template template ON template.id = tracking.template_id
                    WHERE template.model_id = ANY(%s) AND tracking.company_id = %s
                      AND tracking.state NOT IN ('failed', 'bounced', 'untracked')
                      AND NOT COALESCE(tracking.is_anonymous, FALSE)
                    GROUP BY tracking.template_id, template.model_id""",
                self.model_id.ids,
                self.env.company.id,
            )
        )
        found = {}
        for template, model, sent, opened, replied in rows:
            others = [row for row in rows if row[1] == model and row[0] != template]
            total = sum(row[2] for row in others)
            usual = sum(row[4] for row in others) / total if total >= ENOUGH else None
            better = usual is not None and sent >= ENOUGH and wilson(replied, sent) > usual
            found[template] = sent, opened, replied, better
        return found

    def _engagement_rates_text(self):
        """A template's rates in a line, for its choice; empty if it was never used."""
        self.ensure_one()
        if not self.engagement_sent:
            return ""
        return self.env._(
            "used %(count)s times, opened by %(opened)s %%, answered by %(answered)s %%",
            count=self.engagement_sent,
            opened=round(100 * self.engagement_open_rate),
            answered=round(100 * self.engagement_reply_rate),
        )
