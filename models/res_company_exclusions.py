from odoo import fields, models
from odoo.tools import SQL

from ..tools import exclusions


class ResCompany(models.Model):
    _inherit = "res.company"

    engagement_excluded_domains = fields.Text(
        "Domains Left Alone",
        help="E-mails to these domains, and those below them, are not followed.",
        prefetch="engagement",
    )
    engagement_excluded_links = fields.Text(
        "Links Left Alone",
        help="Links whose address matches are left as they are.",
        prefetch="engagement",
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
        switches = {
            "open": self.engagement_track_opens,
            "click": self.engagement_track_clicks,
            "attachment": self.engagement_track_attachments,
        }
        return {"reply", *(kind for kind, wanted in switches.items() if wanted)}
