from odoo import api, fields, models
from odoo.tools import SQL, email_domain_extract

from ..tools import edge_check
from ..tools.body.link_policy import same_organisation
from ..tools.edge_check import ATTENTION, OK, Finding

# Gmail clips a mail at about 102 kB; what is below is not seen, and so is not loaded.
LARGE_BYTES = 90_000
LAST_MAILS = 100


class ResCompany(models.Model):
    """What decides whether an open comes back, and whether the mail lands among spam."""

    _inherit = "res.company"

    engagement_checks = fields.Json(copy=False, groups="base.group_system", prefetch="engagement")
    engagement_checked_at = fields.Datetime(
        "Checked On", copy=False, groups="base.group_system", prefetch="engagement"
    )
    engagement_checks_html = fields.Html(
        compute="_compute_engagement_checks_html", sanitize=False, groups="base.group_system"
    )

    @api.depends("engagement_checks", "engagement_checked_at")
    @api.depends_context("lang")
    def _compute_engagement_checks_html(self):
        for company in self:
            company.engagement_checks_html = bool(company.engagement_checks) and self.env[
                "ir.qweb"
            ]._render(
                "mail_engagement.setup_checks",
                {
                    "lines": company._engagement_check_lines(),
                    "checked_at": company.engagement_checked_at,
                },
            )

    def action_engagement_check(self):
        """Ask the edge from here, look at the senders' domains and at the mails' size, keep it."""
        for company in self:
            base_url = company._engagement_base_url()
            found = edge_check.check(base_url)
            found += [company._engagement_check_aligned(base_url), company._engagement_check_size()]
            company.write(
                {
                    "engagement_checks": {
                        "base_url": base_url,
                        "findings": [[*item] for item in found],
                    },
                    "engagement_checked_at": fields.Datetime.now(),
                }
            )

    def _engagement_check_aligned(self, base_url):
        """A link to another organisation's host than the sender's weighs for spam filters."""
        host = base_url.partition("://")[2].partition("/")[0].partition(":")[0]
        addresses = [self.email, self.default_from_email, self.catchall_email]
        senders = sorted({email_domain_extract(it) for it in addresses if it} - {False, ""})
        strange = [it for it in senders if not same_organisation(host, it)]
        if not senders:
            return Finding("senders_unknown", ATTENTION, {})
        if strange:
            return Finding("aligned_not", ATTENTION, {"host": host, "senders": ", ".join(strange)})
        return Finding("aligned", OK, {"host": host, "senders": ", ".join(senders)})

    def _engagement_check_size(self):
        """The largest of the last followed mails, against what Gmail shows."""
        [(largest,)] = self.env.execute_query(
            SQL(
                """SELECT max(octet_length(message.body))
                     FROM (SELECT message_id FROM mail_engagement_tracking
                            WHERE company_id = %s AND message_id IS NOT NULL
                            ORDER BY sent_at DESC NULLS LAST LIMIT %s) tracking
                     JOIN mail_message message ON message.id = tracking.message_id""",
                self.id,
                LAST_MAILS,
            )
        )
        if not largest:
            return Finding("size_unknown", OK, {})
        size = {"size": -(-largest // 1000)}
        return (
            Finding("size_large", ATTENTION, size)
            if largest > LARGE_BYTES
            else Finding("size", OK, size)
        )

    def _engagement_check_lines(self):
        """:return: level and words of the last check, in the reader's language
        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        kept = self.engagement_checks or {}
        texts = self._engagement_check_texts()
        lines = [
            (level, texts[code] % params)
            for code, level, params in kept.get("findings", ())
            if code in texts
        ]
        if kept and kept["base_url"] != self._engagement_base_url():
            lines.insert(
                0, (ATTENTION, self.env._("The address changed since it was checked: check again."))
            )
        return lines

    @api.model
    def _engagement_check_texts(self):
        return {
            "dns": self.env._("%(host)s leads to %(addresses)s"),
            "dns_none": self.env._(
                "%(host)s leads nowhere (%(error)s). Enter the name at whoever keeps your domain."
            ),
            "dns_inside": self.env._(
                "%(host)s leads to %(addresses)s, which nobody reaches from outside. Recipients "
                "need a public name, or a relay."
            ),
            "tls": self.env._("Its certificate is trusted, for %(days)s days more"),
            "tls_none": self.env._(
                "Without https many mail clients load no picture, and spam filters take notice."
            ),
            "tls_bad": self.env._("Mail clients do not trust its certificate: %(error)s"),
            "tls_unreachable": self.env._("No secure connection to %(host)s: %(error)s"),
            "tls_ends": self.env._("Its certificate ends in %(days)s days: renew it."),
            "pixel": self.env._("A pixel answers at %(url)s"),
            "pixel_unreachable": self.env._("Nothing answers at %(url)s: %(error)s"),
            "pixel_other": self.env._(
                "Something else answers at %(url)s (status %(status)s). Let the proxy in front "
                "pass that path on to this Odoo, unchanged."
            ),
            "pixel_unready": self.env._(
                "The edge answers, but cannot verify links yet (status %(status)s). Wait a minute, "
                "then look at the relay."
            ),
            "pixel_cached": self.env._(
                "Something in between may keep the pixel, so that a second open is not seen."
            ),
            "aligned": self.env._("Links lead to the senders' own domain (%(senders)s)"),
            "aligned_not": self.env._(
                "Links lead to %(host)s, mails come from %(senders)s. Spam filters trust links to "
                "the sender's own domain more: set a name below it, such as track.example.com."
            ),
            "senders_unknown": self.env._(
                "The company has no e-mail address, so nobody knows which domain it sends from."
            ),
            "size": self.env._("The largest of your last mails has %(size)s kB"),
            "size_unknown": self.env._("No mail was followed yet, so no size is known"),
            "size_large": self.env._(
                "One of your last mails has %(size)s kB. Gmail cuts what is above 102 kB: use "
                "smaller templates, and links to pictures instead of embedded ones."
            ),
        }

    def _engagement_first_complaint(self, levels):
        """:return: the words of the last check's first finding of one of these levels, or ''"""
        return next((text for level, text in self._engagement_check_lines() if level in levels), "")
