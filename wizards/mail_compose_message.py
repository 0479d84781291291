from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.reminders.mail_engagement_reminder import CONDITIONS
from ..models.sending.mail_message import FOLLOW
from ..tools.exclusions import is_excluded_address
from ..tools.kinds import BY_NAME

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
    engagement_apart_at = fields.Char(
        help="The first time, in UTC, where writing to each at a time that suits was chosen."
    )
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
            if len(records) == 1:
                partners |= self._engagement_told_followers(records)
        return partners._origin.filtered("partner_share")

    def _engagement_told_followers(self, record):
        """The followers who get what is written to all of them."""
        if self.notify_skip_followers or "message_follower_ids" not in record._fields:
            return self.env["res.partner"]
        comments = self.env.ref("mail.mt_comment")
        # sudo: Odoo shows the followers to whoever reads the record.
        followers = record.sudo().message_follower_ids
        return followers.filtered(lambda it: comments in it.subtype_ids).partner_id

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
                "send_time": composer._engagement_send_time(people),
                "template": composer.template_id._engagement_rates_text()
                if composer.template_id
                else "",
            }

    def _engagement_send_time(self, people):
        """When it is best sent; to each at their own time only where Odoo can schedule it."""
        advice = people._engagement_send_time()
        if advice and (self.composition_mode != "comment" or self.composition_batch):
            advice["apart"] = False
        return advice

    def _engagement_is_apart(self):
        """Whether to write to each at their own time was chosen, and no other date since."""
        is_chosen = self.engagement_apart_at and self.scheduled_date == self.engagement_apart_at
        return bool(is_chosen and self._engagement_customers())

    def _engagement_apart(self):
        """:return: when (naive, in UTC) and to whom: to colleagues with the first
        :rtype: list[tuple[datetime, res.partner]]
        """
        people = self._engagement_customers()
        (at, first), *later = people._engagement_send_groups()
        record = self.env[self.model].browse(self._evaluate_res_ids())
        colleagues = self.partner_ids | self._engagement_told_followers(record)
        first |= colleagues - people - self.env.user.partner_id
        # Not before anybody could look at it: Odoo refuses what is past.
        soon = fields.Datetime.now() + timedelta(minutes=1)
        return [(max(at, soon), people) for at, people in [(at, first), *later]]

    def _action_schedule_message(self):
        apart = self.filtered(lambda composer: composer._engagement_is_apart())
        messages = super(MailComposeMessage, self - apart)._action_schedule_message()
        for composer in apart:
            groups = composer._engagement_apart()
            composer.scheduled_date = fields.Datetime.to_string(groups[0][0])
            message = super(MailComposeMessage, composer)._action_schedule_message()
            messages += message + message._engagement_split(groups)
        return messages

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
