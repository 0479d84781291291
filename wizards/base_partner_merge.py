from odoo import models
from odoo.tools import SQL

from ..tools.kinds import KINDS, SAID


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """A merged contact keeps every page, and the strictest word of all."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """The merged contact keeps the pages of all: their links are in mails already sent."""
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.cr.execute(
            SQL(
                "UPDATE mail_engagement_contact SET contact_id = %s WHERE contact_id = ANY(%s)",
                dst_partner.id,
                src_partners.ids,
            )
        )
        self.env["mail.engagement.contact"].invalidate_model()
        return result

    def _update_values(self, src_partners, dst_partner):
        """Whoever of them refused has refused; only then does an allowance count."""
        people = src_partners | dst_partner
        strictest = {
            kind.name: next(word for word in SAID if word in people.mapped(kind.field))
            for kind in KINDS
            if any(people.mapped(kind.field))
        }
        # Before: Odoo keeps what the merged contact has, and would write any other word over it.
        if strictest:
            dst_partner._engagement_set_consent(
                strictest, "user", note=self.env._("Contacts were merged: the strictest holds.")
            )
        return super()._update_values(src_partners, dst_partner)
