"""Files for programs stay in the mail, where files are followed by default too."""

import io
from datetime import timedelta

from pypdf import PdfWriter

from odoo import fields
from odoo.tests import Form, tagged

from ..common import InboxCase, html

ALWAYS = {
    "invite.ics": "text/calendar",
    "Invite.ICS": "application/octet-stream",
    "meeting": "text/calendar; method=REQUEST; charset=utf-8",
    "event.ics": "application/ics",
    "old.vcs": "text/plain",
    "busy.ifb": "text/plain",
    "smime.p7s": "application/pkcs7-signature",
    "smime.p7s ": "application/x-pkcs7-signature",
    "contract.pdf.p7m": "application/octet-stream",
    "signature.asc": "text/plain",
    "key": "application/pgp-keys",
    "offer.pdf.gpg": "application/octet-stream",
    "offer.sig": "application/octet-stream",
    "message.rpmsg": "application/octet-stream",
    "old": "text/x-vcalendar",
    "winmail.dat": "application/octet-stream",
    "WINMAIL.DAT": "application/ms-tnef",
}
UNLESS_CHOSEN = {
    "Carla.vcf": "text/plain",
    "card": "text/vcard",
    "invoice.xml": "text/xml",
    "ubl": "application/xml",
    "peppol": "application/vnd.oasis.ubl+xml",
    "IT01234567890_FPR01.XML": "application/octet-stream",
    "order.edi": "text/plain",
    "forwarded.eml": "text/plain",
    "forwarded": "message/rfc822",
    "ticket.pkpass": "application/zip",
}
FOLLOWED = {
    "offer.pdf": "application/pdf",
    "xml.pdf": "application/pdf",
    "ics": "text/plain",
    "photo.png": "image/png",
    "calendar.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "drawing.svg": "image/svg+xml",
    "letter.docx": "application/octet-stream",
    "asc.txt": "text/plain",
}


def pdf(*inside):
    """A PDF of one page with files in it.

    :param inside: names
    """
    writer, target = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    for name in inside:
        writer.add_attachment(name, b"<Invoice/>")
    writer.write(target)
    return target.getvalue()


@tagged("post_install", "-at_install")
class TestKeptFiles(InboxCase):
    def setUp(self):
        super().setUp()
        self.company = self.env.company
        self.company.engagement_follow_attachments = True

    def _file(self, name, mimetype="application/pdf", content=b"%PDF-1.4 x", **values):
        # As Odoo itself makes them: it stores what users call XML as plain text.
        return self.env["ir.attachment"].create(
            {
                "name": name, "raw": content + name.encode(), "mimetype": mimetype,
                "res_model": "crm.lead", "res_id": self.lead.id, **values,
            }
        )  # fmt: skip

    def _sent(self, *files):
        """The names of the files that came in the mail, and its HTML."""
        self.inbox.envelopes.clear()
        self.lead.with_user(self.anna).message_post(
            body="Hello", partner_ids=self.carla.ids, subtype_xmlid="mail.mt_comment",
            attachment_ids=[file.id for file in files],
        )  # fmt: skip
        [message] = self.inbox.to(self.carla.email)
        return [part.get_filename() for part in message.iter_attachments()], html(message)

    def test_invitation_of_the_calendar(self):
        """Odoo's own: a part of its own type, which mail programs offer to the calendar."""
        self.inbox.envelopes.clear()
        start = fields.Datetime.now() + timedelta(days=1)
        self.env["calendar.event"].with_user(self.anna).create(
            {"name": "Visit", "start": start, "stop": start, "partner_ids": self.carla.ids}
        )  # fmt: skip
        self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        [message] = self.inbox.to(self.carla.email)
        [part] = message.iter_attachments()
        self.assertEqual(part.get_content_type(), "text/calendar")
        self.assertIn("BEGIN:VCALENDAR", part.get_content())
        self.assertIn("/e/o/", html(message))
        self.assertNotIn("/e/a/", html(message))

    def test_by_name_and_by_type(self):
        for name, mimetype in {**ALWAYS, **UNLESS_CHOSEN}.items():
            with self.subTest(name=name):
                names, body = self._sent(self._file(name, mimetype), self._file("offer.pdf"))
                self.assertEqual(names, [name.strip()])
                self.assertEqual(body.count("/e/a/"), 1)
        for name, mimetype in FOLLOWED.items():
            with self.subTest(name=name):
                names, body = self._sent(self._file(name, mimetype))
                self.assertFalse(names)
                self.assertEqual(body.count("/e/a/"), 1)

    def test_sealed_file_of_a_mail_that_is_not(self):
        """A signed invoice, an encrypted file: the mail around them is followed."""
        for name, mimetype, content in (
            ("IT01234567890_FPR01.xml.p7m", "application/pkcs7-mime", b"0\x80\x06"),
            ("contract.pdf.p7m", "application/x-pkcs7-mime", b"0\x80\x06"),
            ("offer.pdf.pgp", "application/pgp-encrypted", b"\x85\x01"),
        ):
            with self.subTest(name=name):
                names, body = self._sent(
                    self._file(name, mimetype, content), self._file("offer.pdf")
                )
                self.assertEqual(names, [name])
                self.assertEqual((body.count("/e/a/"), body.count("/e/o/")), (1, 1))

    def test_mail_that_another_addon_sealed(self):
        """Its parts by RFC 8551 and RFC 3156."""
        for name, mimetype, content in (
            ("smime.p7m", "application/pkcs7-mime", b"0\x80\x06"),
            ("smime.p7m", "application/x-pkcs7-mime; smime-type=enveloped-data", b"0\x80\x06"),
            ("version.asc", "application/pgp-encrypted", b"Version: 1\n"),
            ("signature.asc", "application/pgp-signature", b"-----BEGIN PGP SIGNATURE-----"),
        ):
            with self.subTest(name=name, mimetype=mimetype):
                names, body = self._sent(
                    self._file(name, mimetype, content), self._file("offer.pdf")
                )
                self.assertEqual(set(names), {name, "offer.pdf"})
                self.assertNotIn("/e/", body)

    def test_what_somebody_has_chosen(self):
        """Their choice counts, but for what would be of no use as a link."""
        for name, mimetype in UNLESS_CHOSEN.items():
            with self.subTest(name=name):
                names, _body = self._sent(self._file(name, mimetype, engagement_follow="follow"))
                self.assertFalse(names)
        for name, mimetype in ALWAYS.items():
            with self.subTest(name=name):
                names, _body = self._sent(self._file(name, mimetype, engagement_follow="follow"))
                self.assertTrue(names)

    def test_the_companys_list(self):
        self.company.engagement_kept_files = "*.dwg, image/*\n*draft*"
        for name, mimetype, stays in (
            ("plan.DWG", "application/octet-stream", True),
            ("photo.png", "image/png", True),
            ("our_Draft_2.pdf", "application/pdf", True),
            ("invoice.xml", "text/xml", False),
            ("invite.ics", "text/calendar", True),
            ("offer.pdf", "application/pdf", False),
        ):
            with self.subTest(name=name):
                self.assertEqual(bool(self._sent(self._file(name, mimetype))[0]), stays)
        self.company.engagement_kept_files = False
        self.assertFalse(self._sent(self._file("invoice.xml", "text/xml"))[0])

    def test_invoices_with_their_data_inside(self):
        for inside, stays in (
            (["factur-x.xml"], True),
            (["zugferd-invoice.xml"], True),
            (["terms.pdf", "XRechnung.XML"], True),
            (["terms.pdf"], False),
            ([], False),
        ):
            with self.subTest(inside=inside):
                content = pdf(*inside)
                self.assertEqual(bool(self._sent(self._file("i.pdf", content=content))[0]), stays)
                chosen = self._file("i.pdf", content=content, engagement_follow="follow")
                self.assertFalse(self._sent(chosen)[0])

    def test_a_pdf_that_cannot_be_read(self):
        """It goes out all the same: attached where something stands in it, else as a link."""
        whole = pdf("factur-x.xml")
        for content, stays in (
            (whole[: len(whole) // 2], b"/EmbeddedFile" in whole[: len(whole) // 2]),
            (b"%PDF-1.7 /EmbeddedFile nonsense", True),
            (b"%PDF-1.7 /ObjStm nonsense", False),
            (whole.replace(b"/EmbeddedFiles", b"/EmbeddedFilez"), False),
            (b"", False),
        ):
            with self.subTest(content=content[:30]):
                names, body = self._sent(self._file("i.pdf", content=content))
                self.assertEqual(bool(names), stays)
                self.assertEqual("/e/a/" in body, not stays)

    def test_the_composer_proposes_the_same(self):
        files = [
            self._file("offer.pdf"), self._file("invite.ics", "text/calendar"),
            self._file("invoice.xml", "text/xml"), self._file("i.pdf", content=pdf("a.xml")),
        ]  # fmt: skip
        form = Form(
            self.env["mail.compose.message"]
            .with_user(self.anna)
            .with_context(
                default_model="crm.lead",
                default_res_ids=self.lead.ids,
                default_partner_ids=self.carla.ids,
                default_attachment_ids=[file.id for file in files],
            )
        )
        self.assertEqual([file.name for file in form.engagement_file_ids], ["offer.pdf"])
