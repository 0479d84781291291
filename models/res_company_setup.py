from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ..tools.edge_check import ATTENTION, FAILED

TODO, DONE, LOOK = "todo", "done", "attention"


class ResCompany(models.Model):
    """The administrator's way: what is done, what is missing, where each step is done."""

    _inherit = "res.company"

    def engagement_setup_steps(self):
        """The steps of the set-up, in their order.

        :rtype: list[dict]: ``code``, ``title``, ``state`` (todo, done, attention), ``text`` and
            ``buttons``: ``label`` and ``action``, False for what stands below on the same page
        """
        self.ensure_one()
        if not self.env.user._is_system():
            raise AccessError(self.env._("Only system administrators set this up."))
        return [
            {"code": code, "title": title, "state": state, "text": text, "buttons": buttons}
            for code, title, (state, text), buttons in self._engagement_setup()
        ]

    def _engagement_setup(self):
        """:return: (code, title, (state, text), buttons) for each step"""
        action = self._engagement_setup_button
        terms, permission = self._engagement_terms_state(), self._engagement_permission_state()
        return [
            (
                "mailbox",
                self.env._("Mailboxes"),
                self.env["mail.engagement.mailbox"]._engagement_setup_state(self),
                [action(self.env._("Open Mailboxes"), "mail_engagement_mailbox_action")],
            ),
            (
                "terms",
                self.env._("Terms of service"),
                terms,
                [
                    action(
                        self.env._("Read the Terms")
                        if terms[0] == DONE
                        else self.env._("Read and Accept"),
                        "mail_engagement_terms_wizard_action",
                    ),
                    action(self.env._("History"), "mail_engagement_terms_action"),
                ],
            ),
            (
                "permission",
                self.env._("Permissions"),
                permission,
                [
                    action(
                        self.env._("Review Permissions")
                        if permission[0] == DONE
                        else self.env._("Grant Permissions"),
                        "mail_engagement_permission_wizard_action",
                    ),
                    action(self.env._("History"), "mail_engagement_permission_action"),
                ],
            ),
            (
                "configure",
                self.env._("Configure"),
                self._engagement_configure_state(),
                [{"label": self.env._("Configure"), "action": False}],
            ),
            (
                "try",
                self.env._("Try it"),
                self._engagement_try_state(),
                [action(self.env._("Send Me a Test Mail"), "mail_engagement_try_action")],
            ),
        ]

    def _engagement_missing(self):
        """What keeps e-mails from being followed: what the set-up still lacks, too."""
        missing = super()._engagement_missing()
        known = {code for code, _text in missing}
        if self.engagement_enabled:
            return missing
        steps = {
            "terms": (self._engagement_terms_state(), self.env._("Terms of service")),
            "permission": (self._engagement_permission_state(), self.env._("Permissions")),
        }
        return missing + [
            (code, self.env._("%(step)s: %(text)s", step=title, text=text))
            for code, ((state, text), title) in steps.items()
            if state != DONE and code not in known
        ]

    def _engagement_setup_button(self, label, action):
        return {"label": label, "action": f"mail_engagement.{action}"}

    def _engagement_terms_state(self):
        terms = self.env["mail.engagement.terms"]
        if terms._engagement_is_accepted(self):
            return DONE, self._engagement_decided(terms)
        if terms._engagement_is_outdated(self):
            return LOOK, self.env._("The terms have changed. Please read and accept the new ones.")
        return TODO, self.env._("Read and accept them for your company.")

    def _engagement_permission_state(self):
        permissions = self.env["mail.engagement.permission"]
        state = permissions._engagement_state(self)
        last = permissions._engagement_last(self)
        if state == "granted" and last.edge != self.engagement_edge and self.engagement_enabled:
            edges = dict(self._fields["engagement_edge"]._description_selection(self.env))
            return LOOK, self.env._(
                "Granted to: %(granted)s. Recipients are answered by: %(edge)s. Please look again.",
                granted=edges[last.edge],
                edge=edges[self.engagement_edge],
            )
        if state == "granted":
            return DONE, self._engagement_decided(permissions)
        if state == "outdated":
            return LOOK, self.env._("More is asked for than was granted. Please look again.")
        return TODO, self.env._("See what is asked for, and grant it.")

    def _engagement_decided(self, log):
        last = log._engagement_last(self)
        return self.env._(
            "By %(user)s on %(date)s, version %(version)s",
            user=last.user_id.name,
            date=format_date(self.env, last.date),
            version=last.version,
        )

    def _engagement_configure_state(self):
        if not self.engagement_enabled:
            return TODO, self.env._("Check the tracking domain, and switch Email Engagement on.")
        relay = self.engagement_relay_id
        if self.engagement_edge == "relay" and relay.health == "silent":
            return LOOK, self.env._("The relay is silent: links in e-mails may not work.")
        if complaint := self._engagement_first_complaint([FAILED]):
            return LOOK, complaint
        if complaint := self._engagement_first_complaint([ATTENTION]):
            return LOOK, complaint
        if not self.engagement_checks:
            return LOOK, self.env._("It is on. Check the tracking domain, to be sure.")
        return DONE, self.env._("It is on, and %s answers.", self._engagement_base_url())

    def _engagement_try_state(self):
        if not self.engagement_enabled:
            return TODO, self.env._("Switch it on first.")
        if self.engagement_tried_at:
            date = format_date(self.env, self.engagement_tried_at)
            return DONE, self.env._("A test mail came back on %s.", date)
        return TODO, self.env._("Send yourself a mail, open it, and watch what comes back.")
