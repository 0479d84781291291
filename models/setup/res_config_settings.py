from odoo import api, fields, models
from odoo.tools import format_list

from ...relay.engagement_relay.protocol.token import Policy
from ...tools.kinds import KINDS


class ResConfigSettings(models.TransientModel):
    """The tracking domain with its checks, exclusions, and whether the set-up is complete."""

    _inherit = "res.config.settings"

    engagement_domain = fields.Char(related="company_id.engagement_domain", readonly=False)
    engagement_base_url = fields.Char("Address in E-mails", compute="_compute_engagement_base_url")
    engagement_checks_html = fields.Html(
        "Checks", related="company_id.engagement_checks_html", sanitize=False
    )
    engagement_excluded_domains = fields.Text(
        related="company_id.engagement_excluded_domains", readonly=False
    )
    engagement_excluded_links = fields.Text(
        related="company_id.engagement_excluded_links", readonly=False
    )
    engagement_kept_files = fields.Text(related="company_id.engagement_kept_files", readonly=False)
    engagement_is_ready = fields.Boolean(compute="_compute_engagement_is_ready")
    engagement_switch_text = fields.Text(
        "What the Switch Does", compute="_compute_engagement_switch_text"
    )

    @api.depends("company_id", "engagement_domain", "engagement_edge", "engagement_relay_id")
    def _compute_engagement_base_url(self):
        for settings in self:
            settings.engagement_base_url = settings.company_id._engagement_base_url()

    @api.depends("company_id")
    def _compute_engagement_is_ready(self):
        terms = self.env["mail.engagement.terms"]
        permissions = self.env["mail.engagement.permission"]
        for settings in self:
            company = settings.company_id
            settings.engagement_is_ready = (
                terms._engagement_is_accepted(company)
                and permissions._engagement_grant_state(company) == "granted"
                and not company._engagement_offered_relay()
            )

    @api.depends(
        "company_id",
        "engagement_domain",
        "engagement_edge",
        "engagement_only_mailboxes",
        "engagement_relay_id",
        "engagement_track_attachments",
        "engagement_track_clicks",
        "engagement_track_opens",
    )
    def _compute_engagement_switch_text(self):
        for settings in self:
            settings.engagement_switch_text = "\n".join(settings._engagement_switch_lines())

    def _engagement_switch_lines(self):
        """What the switch will do, said before it does it.

        :rtype: list[str]
        """
        company = self.company_id
        if company.engagement_enabled:
            return [
                self.env._(
                    "Once you switch it off and save, new e-mails leave as Odoo makes them and "
                    "nothing is recorded. Links in e-mails already sent go on working."
                )
            ]
        kinds = [
            self._fields[name].get_description(self.env)["string"].lower()
            for name in (f"engagement_track_{kind.plural}" for kind in KINDS)
            if self[name]
        ]
        group = self.env.ref("mail_engagement.group_user")
        users = self.env["res.users"].search_count(
            [("all_group_ids", "in", group.ids), ("company_ids", "in", company.ids)]
        )
        lines = [
            self.env._("Once you switch it on and save:"),
            self.env._(
                "• New e-mails to people outside the company are followed: %s.",
                format_list(self.env, kinds),
            ),
            self.env._("• Their pictures and links lead to %s.", self.engagement_base_url),
            self._engagement_switch_refused_line(),
            self.env._("• %s users see what becomes of messages that they may read.", users),
            self.env._("• E-mails already sent stay as they are."),
        ]
        if self.engagement_only_mailboxes:
            enabled = self.env["mail.engagement.mailbox"].search_count(
                [("company_id", "=", company.id), ("state", "=", "enabled")]
            )
            lines.insert(2, self.env._("• Only those of %s enabled mailboxes.", enabled))
        return lines

    def _engagement_switch_refused_line(self):
        policies = self.company_id._engagement_policies(self.company_id.id)
        countries = self.env["res.country"].browse(
            country for country, level in policies.by_country.items() if level == Policy.NONE
        )
        if not countries:
            return self.env._("• Nothing is recorded of people who refused.")
        return self.env._(
            "• Nothing is recorded of people who refused, nor of those in %s who did not agree.",
            self.env["res.partner"]._engagement_some(countries.mapped("name")),
        )

    def action_engagement_check(self):
        """Look whether recipients can reach what is set, and what spam filters make of it."""
        self.company_id.action_engagement_check()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
