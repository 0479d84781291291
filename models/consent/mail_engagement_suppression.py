from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.kinds import KINDS


class MailEngagementSuppression(models.Model):
    """A mail already sent whose requests are answered and no longer recorded."""

    _name = "mail.engagement.suppression"
    _description = "Mail That Is Not Followed Any More"
    _log_access = False
    _rec_name = "mail_uid"
    _order = "id DESC"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    mail_uid = fields.Char(required=True, help="What the tokens carry: 20 hex digits.")
    kinds = fields.Char(help="Of open, click and attachment, separated by commas; empty: none.")
    version = fields.Integer(required=True, help="Of the state that first said so.")
    date = fields.Datetime(required=True, default=fields.Datetime.now)

    _mail_unique = models.UniqueIndex("(company_id, mail_uid)", "One row for each mail.")
    _version_idx = models.Index("(company_id, version)")

    @api.model
    def _engagement_suppress(self, company, kinds):
        """Say from now on what of these mails may not be recorded. The last word holds.

        :param res.company company:
        :param dict[str, Iterable[str]] kinds: mail's uid → of KINDS, empty to allow all again
        """
        known = self.search([("company_id", "=", company.id), ("mail_uid", "in", list(kinds))])
        known = set(known.filtered("kinds").mapped("mail_uid"))
        kinds = {uid: refused for uid, refused in kinds.items() if refused or uid in known}
        if not kinds:
            return
        version = self.env["mail.engagement.state"]._engagement_raise(company)[company.id]
        uids = sorted(kinds)
        self.env.cr.execute(
            SQL(
                """INSERT INTO mail_engagement_suppression
                          (company_id, mail_uid, kinds, version, date)
                   SELECT %(company)s, uid, NULLIF(kinds, ''), %(version)s,
                          now() AT TIME ZONE 'UTC'
                     FROM unnest(%(uids)s, %(kinds)s) AS seen(uid, kinds)
              ON CONFLICT (company_id, mail_uid) DO UPDATE
                      SET kinds = excluded.kinds, version = excluded.version,
                          date = excluded.date""",
                company=company.id,
                version=version,
                uids=uids,
                kinds=[
                    ",".join(kind.name for kind in KINDS if kind.name in kinds[uid]) for uid in uids
                ],
            )
        )
        self.invalidate_model()

    @api.model
    def _engagement_since(self, company, version):
        """What changed after a version; after 0, what holds.

        :return: uids that are suppressed whole, kinds by uid for others, uids that are free again
        :rtype: tuple[list[str], dict[str, list[str]], list[str]]
        """
        whole, partly, free = [], {}, []
        rows = self.env.execute_query(
            SQL(
                """SELECT mail_uid, kinds FROM mail_engagement_suppression
                    WHERE company_id = %s AND version > %s ORDER BY id""",
                company.id,
                version,
            )
        )
        for uid, kinds in rows:
            kinds = (kinds or "").split(",") if kinds else []
            if len(kinds) == len(KINDS):
                whole.append(uid)
            elif kinds:
                partly[uid] = kinds
            if len(kinds) < len(KINDS) and version:
                # It may have been suppressed before, whole or otherwise.
                free.append(uid)
        return whole, partly, free

    @api.autovacuum
    def _gc_expired(self):
        """Tokens older than the retention are not recorded anyway."""
        for company in self.env["res.company"].search([("engagement_tenant", "!=", False)]):
            until = fields.Datetime.now() - timedelta(days=company._engagement_retention_days())
            self.env.cr.execute(
                SQL(
                    """DELETE FROM mail_engagement_suppression
                        WHERE company_id = %s AND date < %s""",
                    company.id,
                    until,
                )
            )
