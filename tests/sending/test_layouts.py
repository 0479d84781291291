"""What is added to a mail stands in the column of its text, in each of Odoo's layouts."""

from lxml import html as lxml_html

from odoo.tests import tagged

from ..common import InboxCase, html

LAYOUTS = (
    "mail.mail_notification_layout",
    "mail.mail_notification_light",
    "mail.mail_notification_layout_with_responsible_signature",
)


@tagged("post_install", "-at_install")
class TestLayouts(InboxCase):
    def _body(self, layout, text):
        self.inbox.envelopes.clear()
        file = self.env["ir.attachment"].create(
            {
                "name": "offer.pdf", "raw": b"%PDF-1.4", "engagement_follow": "follow",
                "res_model": "crm.lead", "res_id": self.lead.id,
            }
        )  # fmt: skip
        self.lead.with_user(self.anna).message_post(
            body=self.markup(text), partner_ids=self.carla.ids, attachment_ids=file.ids,
            subtype_xmlid="mail.mt_comment", email_layout_xmlid=layout,
        )  # fmt: skip
        [message] = self.inbox.to(self.carla.email)
        return html(message)

    def test_in_the_column_of_the_text(self):
        """Whichever text is the longer one, the sender's or the company's own below it."""
        self.env.company.engagement_page_link = True
        for layout in LAYOUTS:
            for text in ("See the file.", "A word of thanks. " * 40):
                with self.subTest(layout=layout, text=text[:5]):
                    body = self._body(layout, f"<p>Dear Carla,</p><p>{text}</p>")
                    tree = lxml_html.document_fromstring(body)
                    [paragraph] = tree.xpath(f"//p[contains(., '{text[:10]}')]")
                    [file] = tree.xpath("//a[contains(@href, '/e/a/')]")
                    [page] = tree.xpath("//a[contains(@href, '/e/p/')]")
                    # The file stands right below the text, its recipient's page below both.
                    [card] = file.xpath("ancestor::table[1]")
                    self.assertIn(card.getprevious(), (paragraph, paragraph.getparent()))
                    [column] = paragraph.xpath(
                        "ancestor::*[self::td or contains(@style, '900px')][1]"
                    )
                    self.assertIs(page.getparent().getparent(), column)
                    self.assertIsNone(page.getparent().getnext())

    def test_a_whole_mail_of_ones_own(self):
        """A template with a layout of its own, and no message around it."""
        inner = "<p>Dear Carla,</p><p>see the file.</p>"
        body = (
            '<table width="100%"><tr><td align="center"><table width="600"><tr><td>Shop</td></tr>'
            f'<tr><td align="left">{inner}</td></tr></table></td></tr></table>'
        )
        file = self.env["ir.attachment"].create(
            {"name": "offer.pdf", "raw": b"%PDF-1.4", "engagement_follow": "follow"}
        )
        self.env["mail.mail"].create(
            {"body_html": body, "recipient_ids": self.carla.ids, "attachment_ids": file.ids}
        ).send()
        [message] = self.inbox.to(self.carla.email)
        tree = lxml_html.document_fromstring(html(message))
        [file] = tree.xpath("//a[contains(@href, '/e/a/')]")
        [column] = tree.xpath("//td[@align='left']")
        self.assertIn(column, file.iterancestors())
