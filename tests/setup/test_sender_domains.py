"""What the set-up's check says of the domains that mails come from."""

from odoo.tests import tagged

from ...dev import name_server
from .test_setup import SetupCase

ZONE = """
seller.test. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.seller.test. 60 IN TXT "v=DMARC1; p=quarantine"
other.test. 60 IN TXT "v=spf1 +all"
"""


@tagged("post_install", "-at_install")
class TestSenderDomains(SetupCase):
    def setUp(self):
        super().setUp()
        self.enterContext(name_server.answering(ZONE))
        self.company.alias_domain_id = False
        self.company.email = "info@seller.test"

    def _lines(self):
        self.company.with_user(self.root).action_engagement_check()
        return self.company.with_user(self.root)._engagement_check_lines()

    def test_in_order(self):
        lines = self._lines()
        self.assertIn(("ok", "seller.test says which servers send for it (SPF)"), lines)
        self.assertTrue(any("DMARC: quarantine" in text for _level, text in lines))

    def test_each_approved_mailbox_sends(self):
        mailboxes = self.env["mail.engagement.mailbox"]
        mailbox = mailboxes.search([("user_id", "=", self.anna.id)])
        self.anna.email = "anna@other.test"
        self.assertFalse([text for _level, text in self._lines() if "other.test" in text])
        mailbox.action_approve()
        found = [(level, text) for level, text in self._lines() if "other.test" in text]
        self.assertIn("failed", dict(found))
        self.assertTrue(any("lets anybody send" in text for _level, text in found))
        self.assertTrue(any("v=DMARC1; p=none" in text for _level, text in found))

    def test_links_below_the_senders_domain_or_elsewhere(self):
        for host, level in (("track.seller.test", "ok"), ("links.agency.test", "attention")):
            with self.subTest(host=host):
                self.company.engagement_domain = host
                [found] = [it for it in self._lines() if it[1].startswith("Links lead to")]
                self.assertEqual(found[0], level)
                self.assertIn("seller.test", found[1])
        self.assertIn("links.agency.test", found[1])
        self.assertIn("set a name below it", found[1])
