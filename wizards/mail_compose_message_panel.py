import pytz

from odoo import api, fields, models
from odoo.tools import format_datetime


class MailComposeMessage(models.TransientModel):
    """The panel "Email Engagement" of the full composer."""

    _inherit = "mail.compose.message"

    engagement_is_followed = fields.Boolean(
        "Follow This E-mail",
        compute="_compute_engagement_is_followed",
        inverse="_inverse_engagement_is_followed",
        readonly=False,
    )
    engagement_file_ids = fields.Many2many(
        "ir.attachment",
        "mail_compose_message_engagement_file_rel",
        string="Followed Files",
        compute="_compute_engagement_file_ids",
        store=True,
        readonly=False,
        help="They travel as a link; you see when they are opened.",
    )
    engagement_retry = fields.Integer(help="Raised to look again at what is blocked.")
    engagement_panel = fields.Json(compute="_compute_engagement_panel")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "engagement_follow" in fields and not values.get("engagement_follow"):
            values["engagement_follow"] = self.env.user.engagement_follow
        return values

    @api.depends("engagement_follow")
    def _compute_engagement_is_followed(self):
        for composer in self:
            default = self.env.user._engagement_follows(composer._engagement_company())
            follow = composer.engagement_follow or default
            composer.engagement_is_followed = bool(default) and follow == "follow"

    def _inverse_engagement_is_followed(self):
        for composer in self:
            composer.engagement_follow = "follow" if composer.engagement_is_followed else "skip"

    @api.depends("attachment_ids")
    def _compute_engagement_file_ids(self):
        """What the company follows by default, and what was chosen before."""
        for composer in self:
            company = composer._engagement_company()
            default = company._engagement_settings(company.id).follow_attachments
            known = composer.engagement_file_ids & composer.attachment_ids
            new = composer.attachment_ids - known
            composer.engagement_file_ids = known | new.filtered(
                lambda file, default=default: (file.engagement_follow or "follow") == "follow"
                if default
                else file.engagement_follow == "follow"
            )

    def _prepare_mail_values_static(self):
        self._engagement_choose_files()
        return super()._prepare_mail_values_static()

    def _engagement_choose_files(self):
        """Remember on each file how it travels; it stays so where the mail waits."""
        chosen = self.engagement_file_ids & self.attachment_ids
        # sudo: they go out with this mail; whose files they are does not matter.
        chosen.sudo().engagement_follow = "follow"
        (self.attachment_ids - chosen).sudo().engagement_follow = "skip"

    def _engagement_company(self):
        return self.env.company

    def _engagement_recipients(self):
        """The contacts outside the company who will get a copy, as far as they are known.

        :rtype: res.partner
        """
        partners = self.partner_ids
        if self.composition_mode == "comment" and self.model and not self.subtype_is_log:
            records = self.env[self.model].browse(self._evaluate_res_ids())
            if len(records) == 1 and "message_partner_ids" in records._fields:
                partners |= records.message_partner_ids
        return partners._origin.filtered("partner_share")

    @api.depends("partner_ids", "template_id", "res_ids", "engagement_retry")
    def _compute_engagement_panel(self):
        for composer in self:
            company = composer._engagement_company()
            missing = company._engagement_missing()
            if missing:
                composer.engagement_panel = {
                    "missing": missing[0][1],
                    "can_set_up": self.env.user._is_system(),
                }
                continue
            people = composer._engagement_recipients()
            composer.engagement_panel = {
                "blocked": composer._engagement_blocked_people(company, people),
                "recipients": len(people),
                "send_time": composer._engagement_send_time(people),
                "template": composer.template_id._engagement_rates_text()
                if composer.template_id
                else "",
            }

    def _engagement_blocked_people(self, company, people):
        return [
            {
                "id": partner.id,
                "name": partner.display_name,
                "text": partner._engagement_blocked_text(company, kinds),
                "is_whole": len(kinds) == 3,
            }
            for partner, kinds in people._engagement_blocked(company).items()
        ]

    def _engagement_send_time(self, people):
        """The recommendation in words: when it is there, when here, and why."""
        advice = people._engagement_send_time()
        if not advice:
            return False
        if advice.is_now:
            return {"text": self.env._("Now is a good time to send."), "at": False}
        at = advice.at.replace(tzinfo=None)
        reasons = {
            "own": self.env._("when they opened e-mails before"),
            "alike": self.env._("when people in their country open e-mails"),
            "usual": self.env._("in their working hours"),
        }
        here = format_datetime(self.env, at, dt_format="EEEE HH:mm")
        zones = {
            zone
            for person in people.sudo()
            for zone in [person._engagement_zone(person._engagement_country())]
        }
        local = ", ".join(
            pytz.utc.localize(at).astimezone(pytz.timezone(zone)).strftime("%H:%M")
            for zone in sorted(zones)[:3]
        )
        return {
            "text": self.env._(
                "Best sent on %(here)s (%(local)s for them), %(reason)s.",
                here=here,
                local=local,
                reason=reasons[advice.reason],
            ),
            "at": fields.Datetime.to_string(at),
        }
