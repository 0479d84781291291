from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..models.reminders.mail_engagement_reminder import CONDITIONS
from ..models.sending.mail_message import FOLLOW
from ..tools.exclusions import is_excluded_address
from ..tools.kinds import BY_NAME
from ..tools.zone import zone

# Where to set up what is missing.
SET_UP = {
    None: "mail_engagement.mail_engagement_settings_action",
    "mailbox": "mail_engagement.mail_engagement_mailbox_action",
}


class MailComposeMessage(models.TransientModel):
    """The panel "Email Engagement" of the full composer, and a reminder set with the e-mail.

    No reminder when writing to many records at once: it would be as many activities.
    """

    _inherit = "mail.compose.message"

    engagement_follow = fields.Selection(
        FOLLOW, "Email Engagement", help="Empty: as the company has set it."
    )
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
        # As Odoo has it for the composer's files: to find those that the user may read among all
        # that there are takes as long as reading all of them.
        bypass_search_access=True,
        help="They travel as a link; you see when they are opened. Invitations, signatures and "
        "encrypted files stay attached in any case.",
    )
    engagement_retry = fields.Integer(help="Raised to look again at what is blocked.")
    engagement_panel = fields.Json(compute="_compute_engagement_panel")
    engagement_reminder_condition = fields.Selection(CONDITIONS, "Remind Me")
    engagement_remind_at = fields.Datetime("Remind At")
    engagement_reminder_note = fields.Char("Reminder's Note")

    @api.model
    def _get_view_cache_key(self, *args, **options):
        key = super()._get_view_cache_key(*args, **options)
        return (*key, self.env["res.company"]._engagement_is_on())

    @api.model
    def _get_view(self, *args, **options):
        """While no company follows its mails, no field of the panel: each asks the server again
        when people or files are added."""
        arch, view = super()._get_view(*args, **options)
        is_on = self.env["res.company"]._engagement_is_on()
        for panel in arch.findall(f".//div[@name='engagement_{'off' if is_on else 'panel'}']"):
            panel.getparent().remove(panel)
        return arch, view

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "engagement_follow" in fields and not values.get("engagement_follow"):
            values["engagement_follow"] = self.env.user._engagement_preference()
        return values

    @api.depends("engagement_follow")
    def _compute_engagement_is_followed(self):
        for composer in self:
            default = self.env.user._engagement_follows(composer._engagement_company())
            follow = composer.engagement_follow or default
            composer.engagement_is_followed = bool(default) and follow == "follow"

    def _inverse_engagement_is_followed(self):
        if not self.env["res.company"]._engagement_is_on():
            return
        for composer in self:
            composer.engagement_follow = "follow" if composer.engagement_is_followed else "skip"

    @api.depends("attachment_ids")
    def _compute_engagement_file_ids(self):
        """What the company follows by default, and what was chosen before."""
        if not self.env["res.company"]._engagement_is_on():
            # A stored one has none; to say so would read it first.
            self.filtered(lambda composer: not composer.id).engagement_file_ids = False
            return
        for composer in self:
            company = composer._engagement_company()
            settings = company._engagement_settings(company.id)
            known = composer.engagement_file_ids & composer.attachment_ids
            new = composer.attachment_ids - known
            composer.engagement_file_ids = known | new._engagement_followed(settings)

    def _prepare_mail_values_static(self):
        self._engagement_choose_files()
        values = {
            **super()._prepare_mail_values_static(),
            "engagement_follow": self.engagement_follow,
            "engagement_template_id": self.template_id.id,
        }
        if reminder := self._engagement_reminder():
            values["engagement_reminder"] = reminder
        return values

    def _engagement_choose_files(self):
        """Remember on each file how it travels; it stays so where the mail waits."""
        if not self.attachment_ids or not self.env["res.company"]._engagement_is_on():
            return
        chosen = self.engagement_file_ids & self.attachment_ids
        # sudo: they go out with this mail; whose files they are does not matter.
        chosen.sudo().engagement_follow = "follow"
        (self.attachment_ids - chosen).sudo().engagement_follow = "skip"

    def _engagement_company(self):
        return self.env.company

    def _engagement_customers(self):
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
            if missing := self.env.user._engagement_first_missing(company):
                code, text = missing
                composer.engagement_panel = {
                    "missing": text,
                    "can_set_up": self.env.user._is_system(),
                    "set_up": SET_UP.get(code, SET_UP[None]),
                }
                continue
            people = composer._engagement_customers()
            blocked = composer._engagement_blocked_people(company, people)
            composer.engagement_panel = {
                "blocked": blocked,
                "blocked_text": composer._engagement_blocked_summary(blocked, people),
                "send_time": composer._engagement_send_time_advice(people),
                "template": composer.template_id._engagement_rates_text()
                if composer.template_id
                else "",
            }

    def _engagement_blocked_people(self, company, people):
        """Who may not be followed, or not wholly, and why.

        :rtype: list[dict]
        """
        known = people._engagement_known(set(people._engagement_addresses()))
        reasons = {
            partner: (text, True)
            for partner, text in self._engagement_alone(company, people, known)
        }
        followed = {kind for kind in company._engagement_recorded_types() if kind in BY_NAME}
        alone = people.browse().union(*reasons)
        for partner, kinds in (people - alone)._engagement_blocked(company, known).items():
            text = partner._engagement_blocked_text(kinds)
            reasons[partner] = text, followed <= kinds.keys()
        return [
            {"id": partner.id, "name": partner.display_name, "text": text, "is_whole": is_whole}
            for partner, (text, is_whole) in reasons.items()
        ]

    def _engagement_alone(self, company, people, known):
        """Who is not followed whatever they say: at an excluded domain, or nobody outside.

        :param dict known: of all their addresses, see res.partner._engagement_known
        :return: each with the reason in words
        :rtype: Iterator[tuple[res.partner, str]]
        """
        names = company._engagement_settings(company.id).excluded_domains
        addresses = {partner: partner._engagement_addresses() for partner in people}
        everything = {address for some in addresses.values() for address in some}
        internal = self.env["mail.engagement.outgoing"]._engagement_internal(everything, known)
        for partner, some in addresses.items():
            if any(is_excluded_address(address, names) for address in some):
                yield partner, self.env._("their domain is excluded")
            elif some and internal.issuperset(some):
                yield partner, self.env._("has the address of a colleague, or one of your own")

    def _engagement_blocked_summary(self, blocked, people):
        """What that means for this mail: one recipient's refusal does not stop the others."""
        whole = sum(person["is_whole"] for person in blocked)
        if not whole:
            return ""
        if whole == len(people):
            return self.env._("Blocked: no recipient can be followed.")
        return self.env._(
            "%(blocked)s of %(count)s recipients cannot be followed; the others are.",
            blocked=whole,
            count=len(people),
        )

    def _engagement_send_time_advice(self, people):
        """The recommendation in words: when it is there, when here, and why."""
        advice = people._engagement_send_time()
        if not advice:
            return False
        at = advice.at.replace(tzinfo=None)
        local = self._engagement_local_times(people, at)
        if advice.is_now:
            text = self.env._("Now is a good time to send: %s for them.", local)
            return {"text": text, "at": False}
        reasons = {
            "own": self.env._("when they opened e-mails before"),
            "alike": self.env._("when people in their country open e-mails"),
            "usual": self.env._("in their working hours"),
        }
        here = format_datetime(self.env, at, dt_format="EEEE HH:mm")
        return {
            "text": self.env._(
                "Best sent on %(here)s (%(local)s for them), %(reason)s.",
                here=here,
                local=local,
                reason=reasons[advice.reason],
            ),
            "at": fields.Datetime.to_string(at),
        }

    def _engagement_local_times(self, people, at):
        """What the clocks of the recipients say, of three zones at most; UTC by its name.

        :param datetime at: naive, in UTC
        """
        zones = {
            # sudo: a recipient's time zone is no secret to the sender.
            str(zone(person._engagement_zone(person._engagement_country())))
            for person in people.sudo()
        }
        return ", ".join(
            format_datetime(
                self.env, at, tz=name, dt_format="EEE HH:mm 'UTC'" if name == "UTC" else "EEE HH:mm"
            )
            for name in sorted(zones)[:3]
        )

    @api.onchange("engagement_reminder_condition", "engagement_is_followed")
    def _onchange_engagement_reminder(self):
        if not self.engagement_reminder_condition:
            return
        if not self.engagement_is_followed:
            self.engagement_reminder_condition = "anyway"
        if not self.engagement_remind_at:
            self.engagement_remind_at = self.env["mail.engagement.reminder"]._default_at()

    def _engagement_reminder(self):
        """As ``message_post`` takes it; it may wait as JSON until a scheduled mail leaves.

        :rtype: dict
        """
        can_post = self.model and hasattr(self.env[self.model], "message_post")
        if not self.engagement_reminder_condition or self.composition_mode != "comment":
            return {}
        if not can_post or self.subtype_is_log:
            return {}
        leaves = fields.Datetime.to_datetime(self.scheduled_date) or fields.Datetime.now()
        if self.engagement_remind_at and self.engagement_remind_at <= leaves:
            raise UserError(self.env._("You want to be reminded before the e-mail leaves."))
        at = self.engagement_remind_at or self.env["mail.engagement.reminder"]._default_at()
        return {
            "condition": self.engagement_reminder_condition,
            "remind_at": fields.Datetime.to_string(at),
            "note": self.engagement_reminder_note,
        }
