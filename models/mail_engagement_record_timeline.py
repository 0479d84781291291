from odoo import models
from odoo.fields import Domain

# Mails shown at once, and at each "Show more".
PAGE = 10


class MailEngagementRecordMixin(models.AbstractModel):
    _inherit = "mail.engagement.record.mixin"

    def engagement_timeline(self, offset=0):
        """What became of all the e-mails of a record, newest first, page by page.

        :param int offset: how many were shown before
        :return: ``mails``, see MailEngagementTracking._engagement_timeline, each with ``subject``
            and ``sent_at``; ``has_more``
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        key, mine = self._engagement_key()
        mails = self.env["mail.engagement.tracking"].search(
            mine & Domain(key, "=", self.id), offset=offset, limit=PAGE + 1
        )
        # sudo: who may read an e-mail may read its events; they are asked for mail by mail.
        shown = mails[:PAGE].sudo()
        return {
            "mails": [
                {**line, "subject": mail.subject or "", "sent_at": mail.sent_at}
                for mail, line in zip(shown, shown._engagement_timeline(), strict=True)
            ],
            "has_more": len(mails) > PAGE,
        }
