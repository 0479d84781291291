from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, email_domain_extract, format_date

from ...tools import edge_check, sender_check
from ...tools.body.link_policy import same_organisation
from ...tools.finding import ATTENTION, FAILED, OK, Finding

TODO, DONE, LOOK = "todo", "done", "attention"
# Gmail clips a mail at about 102 kB; what is below is not seen, and so is not loaded.
LARGE_BYTES = 90_000
LAST_MAILS = 100


class ResCompany(models.Model):
    """The set-up: its steps, what is missing, and checks of what was set up.

    The checks look at what decides whether an open comes back and whether a mail lands in spam.
    """

    _inherit = "res.company"

    engagement_checks = fields.Json(copy=False, groups="base.group_system", prefetch="engagement")
    engagement_checked_at = fields.Datetime(
        "Checked On", copy=False, groups="base.group_system", prefetch="engagement"
    )
    engagement_checks_html = fields.Html(
        compute="_compute_engagement_checks_html", sanitize=False, groups="base.group_system"
    )
    engagement_tried_at = fields.Datetime("Tried On", copy=False, groups="base.group_system")

    def engagement_setup_steps(self):
        """The steps of the set-up, in their order.

        :rtype: list[dict]: ``code``, ``title``, ``state`` (todo, done, attention), ``text`` and
            ``buttons``: ``label`` and ``action``, False for what stands below on the same page
        """
        self.ensure_one()
        self.env.user._engagement_check_administrator()
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
                        self._engagement_permission_label(permission[0]),
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
        """Add what the set-up still lacks."""
        missing = super()._engagement_missing()
        # sudo: every author of a mail may know whether it can be followed.
        terms = self.env["mail.engagement.terms"].sudo()
        accepted = terms._engagement_is_accepted(self) or (
            # What was switched on under the terms of before goes on until somebody accepts.
            self.engagement_enabled and terms._engagement_is_outdated(self)
        )
        if not accepted:
            text = self.env._("The terms of service were not accepted yet.")
            missing.insert(0, ("terms", text))
        if self.engagement_enabled:
            return missing
        known = {code for code, _text in missing}
        steps = [
            ("terms", self._engagement_terms_state(), self.env._("Terms of service")),
            ("permission", self._engagement_permission_state(), self.env._("Permissions")),
        ]
        return missing + [
            (code, self.env._("%(step)s: %(text)s", step=title, text=text))
            for code, (state, text), title in steps
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
        return TODO, self.env._("Whoever may promise it for your company reads and accepts them.")

    def _engagement_permission_state(self):
        permissions = self.env["mail.engagement.permission"]
        if question := self._engagement_question():
            return LOOK, question
        state = permissions._engagement_grant_state(self)
        last = permissions._engagement_last(self)
        if state == "granted" and self.engagement_relay_expected:
            return LOOK, self.env._(
                "Granted. The relay answers the recipients once it is paired: next its operator "
                "runs the command on its host; you find the command here."
            )
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
        return TODO, self.env._("You look at what is asked for, and grant it.")

    def _engagement_permission_label(self, state):
        if self._engagement_offered_relay():
            return self.env._("Answer")
        if self.engagement_relay_expected:
            return self.env._("Pair the Relay")
        return (
            self.env._("Review Permissions") if state == DONE else self.env._("Grant Permissions")
        )

    def _engagement_question(self):
        """:return: what is asked about a relay that has paired, or ''"""
        relay = self._engagement_offered_relay()
        return relay and self.env._(
            "Shall %(relay)s at %(address)s answer the recipients from now on?",
            relay=relay.name,
            address=relay.url,
        )

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
            return TODO, self._engagement_configure_todo()
        if unanswered := self._engagement_unanswered():
            return LOOK, unanswered
        if complaint := self._engagement_first_complaint([FAILED]):
            return LOOK, complaint
        if complaint := self._engagement_first_complaint([ATTENTION]):
            return LOOK, complaint
        if not self.engagement_checks:
            return LOOK, self.env._(
                "It is on. Next you press Check Now: whether recipients reach %s is not known yet.",
                self._engagement_base_url(),
            )
        return DONE, self.env._("It is on, and %s answers.", self._engagement_base_url())

    def _engagement_configure_todo(self):
        """What is missing before it is on, and who does it."""
        before = (self._engagement_terms_state(), self._engagement_permission_state())
        if any(state != DONE for state, _text in before):
            return self.env._("First the open steps above.")
        if self.engagement_edge == "odoo" and not self.engagement_domain:
            return self.env._(
                "Missing: a tracking domain, which whoever looks after your domain's DNS creates "
                "(you can go on without), and the switch."
            )
        return self.env._("Missing: the switch. You check the tracking domain, then switch it on.")

    def _engagement_try_state(self):
        if not self.engagement_enabled:
            return TODO, self.env._("Once it is on, you send yourself a mail.")
        if self.engagement_tried_at:
            date = format_date(self.env, self.engagement_tried_at)
            return DONE, self.env._("A test mail came back on %s.", date)
        return TODO, self.env._("You send yourself a mail, open it, and watch what comes back.")

    @api.constrains("engagement_enabled", "engagement_edge")
    def _check_engagement_enabled(self):
        terms = self.env["mail.engagement.terms"]
        for company in self.filtered("engagement_enabled"):
            if not terms._engagement_is_accepted(company):
                raise ValidationError(
                    self.env._("Accept the terms of service of Email Engagement first.")
                )
            if company.engagement_edge == "odoo":
                company._engagement_check_own_edge()

    def write(self, vals):
        """Switching on grants the permissions in the user's name: never on without them."""
        result = super().write(vals)
        if vals.get("engagement_enabled"):
            permissions = self.env["mail.engagement.permission"]
            for company in self:
                if permissions._engagement_grant_state(company) == "none":
                    permissions._engagement_grant(company, company.engagement_edge)
        return result

    @api.constrains("engagement_enabled")
    def _check_engagement_permission(self):
        """After permissions were revoked, they have to be granted before switching on."""
        permissions = self.env["mail.engagement.permission"]
        for company in self.filtered("engagement_enabled"):
            if permissions._engagement_grant_state(company) == "revoked":
                raise ValidationError(
                    self.env._("Permissions were revoked. Grant them again before switching on.")
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

    def _engagement_is_logged(self, name):
        """Not what a check found: no person sets that."""
        found = ("engagement_checks", "engagement_checked_at", "engagement_tried_at")
        return name not in found and super()._engagement_is_logged(name)

    def action_engagement_check(self):
        """Check the edge from here, the senders' domains and the mails' size; keep the findings.

        :raises AccessError: unless the user administrates this Odoo
        """
        self.env.user._engagement_check_administrator()
        for company in self:
            base_url = company._engagement_base_url()
            found = edge_check.check(base_url)
            found += [company._engagement_check_aligned(base_url), company._engagement_check_size()]
            found += sender_check.check(company._engagement_sender_domains())
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
        """Whether links lead to the senders' own organisation: spam filters look at that."""
        host = base_url.partition("://")[2].partition("/")[0].partition(":")[0]
        senders = self._engagement_sender_domains()
        strange = [it for it in senders if not same_organisation(host, it)]
        if not senders:
            return Finding("senders_unknown", ATTENTION, {})
        if strange:
            return Finding("aligned_not", ATTENTION, {"host": host, "senders": ", ".join(strange)})
        return Finding("aligned", OK, {"host": host, "senders": ", ".join(senders)})

    def _engagement_sender_domains(self):
        """The domains that this company's mails come from.

        :rtype: list[str]
        """
        mailboxes = self.env["mail.engagement.mailbox"].search(
            [("company_id", "=", self.id), ("state", "!=", "draft")]
        )
        addresses = [self.email, self.default_from_email, self.catchall_email]
        addresses += mailboxes.mapped("email")
        return sorted({email_domain_extract(it) for it in addresses if it} - {False, ""})

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
                "%(host)s leads nowhere (%(error)s). Create its DNS record at your domain's "
                "provider."
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
            "spf": self.env._("%(domain)s says which servers send for it (SPF)"),
            "spf_none": self.env._(
                "%(domain)s does not say which servers send for it. Add one TXT record there that "
                "begins with v=spf1 and names them (SPF); their provider says what to include."
            ),
            "spf_bad": self.env._("Receivers cannot use the SPF record of %(domain)s: %(error)s"),
            "spf_anybody": self.env._(
                "The SPF record of %(domain)s lets anybody send for it (+all). End it with ~all or "
                "-all."
            ),
            "dmarc": self.env._(
                "%(domain)s says what happens to mails that are not its own (DMARC: %(policy)s)"
            ),
            "dmarc_none": self.env._(
                "%(domain)s has no DMARC record; large providers ask for one. Add a TXT record at "
                "_dmarc.%(domain)s: v=DMARC1; p=none; then tighten it."
            ),
            "dmarc_bad": self.env._(
                "Receivers cannot use the DMARC record of %(domain)s: its policy has to be p=none, "
                "p=quarantine or p=reject."
            ),
            "dmarc_several": self.env._(
                "%(domain)s has several DMARC records, so receivers use none of them. Keep one."
            ),
            "domain_unread": self.env._(
                "The name servers did not answer for %(domain)s, so nothing is known of its SPF "
                "and DMARC."
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
