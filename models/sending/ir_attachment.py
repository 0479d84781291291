from odoo import fields, models

from ...tools.kept_file import ALWAYS, PDF, holds_data, matches
from .mail_message import FOLLOW


class IrAttachment(models.Model):
    """Which files of a mail travel as a link, and which stay in it."""

    _inherit = "ir.attachment"

    # Read with the others: a copied file takes it along, which would be two queries more.
    engagement_follow = fields.Selection(
        FOLLOW, "Email Engagement", help="Empty: as the company has set it."
    )

    def _engagement_followed(self, settings):
        """The files that travel as a link.

        The sender's choice for a file decides; without one the company's switch, and its list of
        files that stay attached. Invitations, signatures and encrypted parts stay in any case.

        :param res_company.Settings settings:
        :rtype: ir.attachment
        """
        # At once, also where a form has switched off reading ahead.
        self._origin.fetch(["name", "mimetype", "engagement_follow"])
        return self.filtered(lambda file: file._engagement_is_followed(settings))

    def _engagement_is_followed(self, settings):
        name, mimetype = self.name or "", self.mimetype or ""
        if self.engagement_follow == "skip" or matches(name, mimetype, ALWAYS):
            return False
        if self.engagement_follow == "follow":
            return True
        return (
            settings.follow_attachments
            and not matches(name, mimetype, settings.kept_files)
            and not (matches(name, mimetype, PDF) and holds_data(self.raw or b""))
        )
