from odoo import api, models

from ..tools.judge.reason import REASONS


class MailEngagementEvent(models.Model):
    _inherit = "mail.engagement.event"

    @api.depends("reason", "reason_params", "correction_id")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        texts = self._engagement_reasons()
        for event in self:
            event.reason_text = event._engagement_word_reason(texts)

    def _engagement_word_reason(self, texts):
        """The reason in words: "Microsoft Azure, 4 s after sending".

        :param dict texts: of ``_engagement_reasons``
        """
        params = dict(self.reason_params or {})
        if self.reason == "corrected":
            # sudo: who corrected an event is no secret among those who see it.
            params["user"] = self.sudo().correction_id.user_id.name or ""
        text = texts.get(self.reason) or self.reason or ""
        try:
            return (text % params).strip(" :")
        except (KeyError, TypeError, ValueError):
            return text

    @api.model
    def _engagement_reasons(self):
        """The texts of tools.reason in the reader's language.

        :rtype: dict[str, str], code → text with named placeholders
        """
        texts = {
            "browser": self.env._("A person's program"),
            "reply": self.env._("A reply came"),
            "image_proxy": self.env._(
                "%(name)s loads pictures when the mail is opened; its servers hide the device"
            ),
            "confirmed": self.env._("Doubtful alone, but the same reader came back later"),
            "other_device": self.env._("A person, on another device than before"),
            "other_network": self.env._("A person, at another place than before"),
            "same_view": self.env._("The same view again, counted once"),
            "session": self.env._("Somebody logged in here looked at it"),
            "own_device": self.env._("The sender's own device"),
            "own_network": self.env._("Your own network: %(network)s"),
            "privacy": self.env._("Apple Mail's privacy protection loads every mail, read or not"),
            "privacy_relay": self.env._(
                "Through Apple's Private Relay, without a browser: read or not, nobody knows"
            ),
            "unknown_agent": self.env._("A program that nobody knows"),
            "auto_reply": self.env._("An automatic reply"),
            "head": self.env._("Asked whether it is there, without looking at it"),
            "head_echo": self.env._("The same program asked first whether it is there"),
            "prefetch": self.env._("A program loaded it in advance"),
            "gmail_prefetch": self.env._("Gmail loaded it in advance"),
            "scanner": self.env._("A link scanner: %(name)s"),
            "bot": self.env._("A robot: %(name)s"),
            "library": self.env._("A program, no browser: %(name)s"),
            "empty": self.env._("A program that does not say its name"),
            "scanner_network": self.env._("%(network)s, which checks mail for its customers"),
            "not_a_browser": self.env._("A program that loads pictures does not follow links"),
            "early": self.env._("From %(network)s, %(seconds)s s after sending"),
            "stripped": self.env._(
                "%(seconds)s s after sending, as Outlook's servers look at a mail"
            ),
            "instant": self.env._("%(seconds)s s after sending: too soon for a person"),
            "burst": self.env._("%(count)s links within %(seconds)s s"),
            "scanner_visit": self.env._(
                "The same visitor followed the links as only a scanner does"
            ),
            "click_check": self.env._(
                "%(network)s checked the link, and then let the person follow it"
            ),
            "click_sandbox": self.env._(
                "%(network)s looked at the link that a person had just followed"
            ),
            "untraced": self.env._("From %(network)s, and nobody had opened the mail there"),
            "corrected": self.env._("Corrected by %(user)s"),
        }
        # A new reason of the judge without words here still says something.
        return {**REASONS, **texts}
