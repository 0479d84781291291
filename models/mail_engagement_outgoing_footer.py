import logging
from html import escape

from odoo import api, models

from ..tools.body import rewrite

_logger = logging.getLogger(__name__)
FOOTER = (
    '<p style="margin:24px 0 0;font-size:12px;line-height:1.5;color:#6b7280">{}'
    ' <a href="{}" style="color:#6b7280;text-decoration:underline">{}</a></p>'
)


class MailEngagementOutgoing(models.AbstractModel):
    _inherit = "mail.engagement.outgoing"

    @api.model
    def _engagement_append_pages(self, emails, recipients, signer):
        """Tell each recipient where his own page is, below the mail.

        Also whoever is not followed, so that he may change his mind. A copy for several has none:
        one of them must not decide for the others.

        :param list[dict] emails:
        :param list[Recipient] recipients: in the order of ``emails``
        :param Signer signer:
        :rtype: list[dict], the ones handed in stay as they are
        """
        people = [
            None
            if who.is_internal or who.is_shared or self._engagement_is_sealed(email)
            else who.partner_id
            for who, email in zip(recipients, emails, strict=True)
        ]
        keys = self.env["mail.engagement.contact"]._engagement_keys(list({*people} - {None}))
        # sudo: a mail is in its reader's language, whoever may read the contact.
        partners = self.env["res.partner"].sudo().browse(keys)
        lang = {partner.id: partner.lang for partner in partners}
        return [
            self._engagement_append_page(email, signer.page_url(keys[who]), lang[who])
            if who
            else email
            for email, who in zip(emails, people, strict=True)
        ]

    @api.model
    def _engagement_append_page(self, email, url, lang):
        here = self.with_context(lang=lang) if lang else self
        text = here.env._("We would like to know whether our e-mails reach you and are of use.")
        label = here.env._("What is followed, and your choice")
        body = rewrite.rewrite(
            str(email["body"]), addition=FOOTER.format(escape(text), escape(url), escape(label))
        )
        return {
            **email,
            "body": type(email["body"])(body),
            "body_alternative": f"{email['body_alternative'] or ''}\n\n{text}\n{label}: {url}\n",
        }
