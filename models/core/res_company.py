import secrets
from typing import NamedTuple
from urllib.parse import urlsplit

from odoo import api, fields, http, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...tools import exclusions
from ...tools.kept_file import DEFAULT
from ...tools.kinds import KINDS, REPLY

RETENTION_DAYS = 365


class Settings(NamedTuple):
    """What sending has to know of a company, read once for each process."""

    company: int
    tenant: str
    enabled: bool
    follow: bool
    follow_attachments: bool
    opens: bool
    clicks: bool
    attachments: bool
    base_url: str
    page_link: bool
    excluded_domains: tuple
    excluded_links: tuple
    kept_files: tuple
    only_mailboxes: bool


class ResCompany(models.Model):
    """A company's settings: what it follows, where its links point, what it leaves alone.

    Sending reads them from a cache; each change is logged and told to the relays.
    """

    _inherit = "res.company"

    # All are of a prefetch group of their own: Odoo reads a company for every mail, and these
    # fields, which are rarely needed, would make that twice as slow.
    engagement_enabled = fields.Boolean("Email Engagement", prefetch="engagement")
    engagement_follow_default = fields.Boolean(
        "Follow New E-mails", default=True, prefetch="engagement"
    )
    engagement_follow_attachments = fields.Boolean(
        "Follow New Attachments",
        help="A followed file travels as a link instead of within the e-mail.",
        prefetch="engagement",
    )
    engagement_track_opens = fields.Boolean("Opens", default=True, prefetch="engagement")
    engagement_track_clicks = fields.Boolean("Link Clicks", default=True, prefetch="engagement")
    engagement_track_attachments = fields.Boolean(
        "Attachment Views", default=True, prefetch="engagement"
    )
    engagement_only_mailboxes = fields.Boolean(
        "Only Enabled Mailboxes",
        help="Only e-mails of colleagues whose mailbox is approved and enabled are followed.",
        prefetch="engagement",
    )
    engagement_edge = fields.Selection(
        [("odoo", "Odoo itself"), ("relay", "A relay")],
        default="odoo",
        required=True,
        prefetch="engagement",
    )
    engagement_tenant = fields.Char(
        copy=False, readonly=True, groups="base.group_system", prefetch="engagement"
    )
    engagement_domain = fields.Char(
        "Tracking Domain",
        help="Where pixels and links point when Odoo itself answers: a name of your own domain "
        "that leads here. Empty: this Odoo's own address.",
        prefetch="engagement",
    )
    engagement_excluded_domains = fields.Text(
        "Excluded Domains",
        help="E-mails to these domains, and those below them, are not followed.",
        prefetch="engagement",
    )
    engagement_excluded_links = fields.Text(
        "Excluded Links",
        help="Links whose address matches are left as they are.",
        prefetch="engagement",
    )
    engagement_kept_files = fields.Text(
        "Files That Stay Attached",
        default=DEFAULT,
        help="Files of these names or types travel in the e-mail unless the sender has chosen to "
        "follow one. Invitations, signatures and encrypted parts stay attached in any case.",
        prefetch="engagement",
    )
    engagement_page_link = fields.Boolean(
        "Link to the Recipient's Own Page",
        help="Below each e-mail to a single contact: what is followed, and their choice.",
        prefetch="engagement",
    )
    engagement_event_days = fields.Integer(
        "Events",
        default=365,
        help="Days; then each event is deleted, and its numbers stay. Requests for e-mails older "
        "than this are answered and not recorded.",
        prefetch="engagement",
    )

    def write(self, vals):
        """Log what changes of Email Engagement's settings; tell the caches and the relays."""
        if not any(name.startswith("engagement_") for name in vals):
            return super().write(vals)
        names = [name for name in vals if self._engagement_is_logged(name)]
        before = {company: company._engagement_shown(names) for company in self}
        result = super().write(vals)
        self._engagement_log_changes(names, before)
        self.env.registry.clear_cache("stable")
        self.env["mail.engagement.state"]._engagement_raise(self)
        return result

    def _engagement_log_changes(self, names, before):
        # sudo: the log is written by nobody directly, so that it stays what it is.
        self.env["mail.engagement.audit"].sudo().create(
            [
                {
                    "user_id": self.env.uid,
                    "company_id": company.id,
                    "setting": name,
                    "old": before[company][name],
                    "new": value,
                }
                for company in self
                for name, value in company._engagement_shown(names).items()
                if value != before[company][name]
            ]
        )

    def _engagement_is_logged(self, name):
        """Whether changes are logged: not of the tenant's number, which no person sets."""
        field = self._fields.get(name)
        return bool(
            field and field.store and name.startswith("engagement_") and name != "engagement_tenant"
        )

    def _engagement_shown(self, names):
        """:return: the settings' values as a person reads them; no setting is a secret"""
        self.ensure_one()
        # sudo: a manager of one company may change a setting that points to what they cannot read.
        company = self.sudo()
        return {
            name: str(
                ", ".join(company[name].mapped("display_name"))
                if company._fields[name].relational
                else company[name]
            )
            for name in names
        }

    @api.model
    @tools.ormcache(cache="stable")
    def _engagement_is_on(self):
        """Whether any company follows its mails. While none does, nothing of Odoo's may cost a
        query more than without the addon: ask this first.

        :rtype: bool
        """
        # sudo: any user's mails are followed or not as the companies have decided.
        companies = self.sudo().with_context(active_test=False)
        return bool(companies.search_count([("engagement_enabled", "=", True)], limit=1))

    @api.model
    @tools.ormcache("company_id")
    def _engagement_settings(self, company_id):
        """:rtype: Settings"""
        # An error in here may not abort the transaction that sends a mail.
        with self.env.cr.savepoint(flush=False):
            return self._engagement_read_settings(company_id)

    @api.model
    def _engagement_read_settings(self, company_id):
        # sudo: any sender's mail is followed as the company has decided.
        company = self.sudo().browse(company_id)
        return Settings(
            company=company_id,
            tenant=company.engagement_tenant,
            enabled=company.engagement_enabled
            and bool(company.engagement_tenant)
            and not company._engagement_unanswered(),
            follow=company.engagement_follow_default,
            follow_attachments=company.engagement_follow_attachments,
            opens=company.engagement_track_opens,
            clicks=company.engagement_track_clicks,
            attachments=company.engagement_track_attachments,
            base_url=company._engagement_base_url(),
            page_link=company.engagement_page_link,
            excluded_domains=exclusions.domains(company.engagement_excluded_domains),
            excluded_links=exclusions.lines(company.engagement_excluded_links),
            kept_files=exclusions.lines(company.engagement_kept_files),
            only_mailboxes=company.engagement_only_mailboxes,
        )

    def _engagement_base_url(self):
        """Where the recipients' clients ask for pixels, links and files, without a final slash."""
        if self.engagement_edge == "odoo" and self.engagement_domain:
            return self._engagement_domain_url() + "/e"
        return self.get_base_url() + "/e"

    def _engagement_prepare_keys(self):
        """Give each company its tenant number and keys, once."""
        keys = self.env["mail.engagement.key"]
        for company in self:
            if not company.engagement_tenant:
                company.engagement_tenant = secrets.token_hex(4)
            held = keys.search([("company_id", "=", company.id)])
            for purpose in sorted({"token", "uid"} - set(held.mapped("purpose"))):
                keys.create({"company_id": company.id, "purpose": purpose})

    @api.constrains("engagement_domain")
    def _check_engagement_domain(self):
        for company in self.filtered("engagement_domain"):
            parts = urlsplit(company._engagement_domain_url())
            try:
                fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            except ValueError:
                fine = False
            if not fine or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
                raise ValidationError(
                    self.env._("“%s” is no host name such as track.example.com.", parts.netloc)
                )

    def _engagement_domain_url(self):
        domain = self.engagement_domain.strip().rstrip("/")
        return domain if "://" in domain else f"https://{domain}"

    def _engagement_check_own_edge(self):
        """Odoo's own edge has to know from the host name alone which database is meant.

        :raises ValidationError: where several databases answer on this host
        """
        base_url = self._engagement_base_url()
        databases = http.db_list(force=True, host=urlsplit(base_url).netloc)
        if len(databases) > 1:
            raise ValidationError(
                self.env._(
                    "%(count)s databases answer on %(url)s, so Odoo cannot tell which of them a "
                    "recipient's e-mail belongs to. Start Odoo with one database (--database), "
                    "set a filter (--db-filter), or use a relay.",
                    count=len(databases),
                    url=base_url,
                )
            )

    def _engagement_excluded_sql(self):
        """True for an event of a recipient at a domain that is left alone today.

        :rtype: SQL, over ``tracking``
        """
        names = exclusions.domains(self.engagement_excluded_domains)
        if not names:
            return SQL("FALSE")
        return SQL("tracking.email_normalized ~ %s", exclusions.domains_pattern(names))

    def _engagement_recorded_types(self):
        """What may be recorded today, whatever the token says.

        :rtype: set[str]
        """
        return {
            REPLY.name,
            *(kind.name for kind in KINDS if self[f"engagement_track_{kind.plural}"]),
        }

    def _engagement_retention_days(self):
        """Tokens older than this are answered and not recorded."""
        return self.engagement_event_days or RETENTION_DAYS

    @tools.ormcache("self.id", "self.env.lang", cache="stable")
    def _engagement_first_missing(self):
        """The first of `_engagement_missing`, read once for each process: every composer asks.

        :rtype: tuple[str, str] | None
        """
        return next(iter(self._engagement_missing()), None)

    def _engagement_missing(self):
        """What is missing before mails are followed, in words, the first step first.

        :return: code and sentence of each
        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        if not self.engagement_enabled:
            return [("enabled", self.env._("Email Engagement is switched off."))]
        if unanswered := self._engagement_unanswered():
            return [("edge", unanswered)]
        return []

    def _engagement_unanswered(self):
        """Why nobody would answer the recipients' clients, in words: a hook.

        New e-mails leave without being followed then: a link that leads nowhere costs a customer.

        :rtype: str, empty where somebody answers
        """
        return ""
