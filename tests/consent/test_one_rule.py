"""How much may be known of a recipient: every part that asks is held to the one rule."""

import random
import re

from odoo.tests import tagged
from odoo.tools import SQL

from ...models.core.reader import Reader
from ...relay.engagement_relay.pages.language import ENGLISH
from ...relay.engagement_relay.protocol import token
from ...tools.consent import Contact, decide
from ...tools.kinds import BY_NAME, KINDS
from ..common import InboxCase, html, observed

POLICIES = ("none", "anonymous", "no_ip", "full")
CASES = 150
FIELDS = [kind.field for kind in KINDS]


@tagged("post_install", "-at_install")
class TestOneRule(InboxCase):
    """Words × twins × companies × countries × archived contacts × policies × the most."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.engagement.policy"].search([]).unlink()
        cls.lands = [cls.env.ref(f"base.{code}") for code in ("fr", "jp", "de")]
        cls.own = cls.env["mail.engagement.policy"].create(
            [{"country_id": land.id} for land in cls.lands[:2]]
        )

    def _world(self, dice):
        """Contacts with one address and their companies, and the rules, at random."""
        company = self.env.company
        company.engagement_policy = dice.choice(POLICIES)
        company.engagement_max_policy = dice.choice(("full", *POLICIES))
        for entry in self.own:
            entry.policy = dice.choice(POLICIES)
        address = f"who{dice.randrange(10**9)}@customer.test"
        people = self.env["res.partner"]
        for number in range(dice.choice((1, 1, 2, 3))):
            people += people.create(
                {
                    "name": f"Who {number}",
                    "email": address,
                    "country_id": self._land(dice),
                    "parent_id": self._company(dice),
                    **self._words(dice),
                }
            )
        for person in people[1:]:
            person.active = dice.random() < 0.7
        return people, address

    def _land(self, dice):
        return dice.choice([*self.lands, self.env["res.country"]]).id

    def _company(self, dice):
        if dice.random() < 0.5:
            return False
        values = {"name": "Customer Ltd", "is_company": True, "country_id": self._land(dice)}
        return self.env["res.partner"].create({**values, **self._words(dice)}).id

    def _words(self, dice):
        said = (False, False, False, "granted", "refused")
        if dice.random() < 0.5:
            return {}
        return {field: dice.choice(said) for field in FIELDS}

    def _decided(self, people, recipient):
        """The rule's own answer, from the records as they are."""
        group = [
            Contact(
                person.id,
                person.active,
                False,
                (person.country_id or person.commercial_partner_id.country_id).id,
                tuple(person[field] for field in FIELDS),
                tuple(person.commercial_partner_id[field] for field in FIELDS),
            )
            for person in people
        ]
        mine = next((one for one in group if one.id == recipient.id), None)
        policies = self.env.company._engagement_policies(self.env.company.id)
        return {kind: one.level for kind, one in decide([group], mine, policies).items()}

    def _sent(self, recipient, address):
        """What sending freezes into a mail's tokens."""
        email = {
            "partner_id": recipient,
            "email_to": [address],
            "email_cc": [],
            "email_to_normalized": [address],
        }
        settings = self.env.company._engagement_settings(self.env.company.id)
        mails = self.env["mail.mail"]
        outgoing = self.env["mail.engagement.outgoing"]
        [who] = outgoing._engagement_recipients(mails, [email], settings)
        return {kind.name: getattr(who, kind.plural) for kind in KINDS}

    def _arrived(self, recipient, address):
        """What ingest allows today of an event."""
        self.env.flush_all()
        policies = self.env.company._engagement_policies(self.env.company.id)
        return {
            kind: self.env.execute_query(
                SQL(
                    "SELECT %s",
                    self.env["res.partner"]._engagement_level_sql(
                        policies,
                        kind=SQL("%s::text", kind),
                        partner=SQL("%s::int", recipient.id or None),
                        addresses=SQL("%s::text", address),
                    ),
                )
            )[0][0]
            for kind in BY_NAME
        }

    def test_sending_ingest_and_pages_agree(self):
        for seed in range(CASES):
            dice = random.Random(seed)
            people, address = self._world(dice)
            for recipient in (people[0], people[-1], people.browse()):
                with self.subTest(seed=seed, recipient=recipient.name):
                    known = people | recipient
                    decided = self._decided(known, recipient)
                    self.assertEqual(self._sent(recipient, address), decided, "sending")
                    self.assertEqual(self._arrived(recipient, address), decided, "ingest")
                    if not recipient:
                        continue
                    standings = recipient._engagement_standings(self.env.company)[recipient]
                    shown = {kind: one.level for kind, one in standings.items()}
                    self.assertEqual(shown, decided, "pages")
                    blocked = recipient._engagement_blocked(self.env.company)
                    self.assertEqual(
                        set(blocked.get(recipient, ())),
                        {kind for kind, level in decided.items() if not level},
                        "composer",
                    )

    def test_who_is_said_to_be_followed_is(self):
        """A contact in Japan whose address also stands on one in France."""
        self.own[0].policy = "none"
        self.carla.country_id = self.lands[1]
        self.own[1].policy = "full"
        secret = self.env["res.partner"].create(
            {
                "name": "Secret Name",
                "email": self.carla.email,
                "country_id": self.lands[0].id,
                "company_id": self.env["res.company"].create({"name": "Other"}).id,
            }
        )
        message = self._post()
        self.assertEqual(message.engagement_tracking_ids.state, "untracked")
        composer = self._composer(self.carla)
        [blocked] = composer.engagement_panel["blocked"]
        self.assertTrue(blocked["is_whole"])
        standing = self.carla.with_user(self.anna).engagement_standing
        page = self.env["mail.engagement.preferences"]._engagement_standing(
            self.carla, self.env.company, Reader(ENGLISH)
        )
        self.assertIn("nothing is followed", standing)
        self.assertIn("nothing is followed", page)
        for text in (blocked["text"], standing):
            self.assertIn("another contact", text)
        for text in (blocked["text"], standing, page):
            self.assertNotIn("France", text)
            self.assertNotIn(secret.name, text)

    def test_a_refusal_after_sending_counts_for_everybody_with_the_address(self):
        """Also that of the company of another contact with the address, and of who only is an
        address to the mail."""
        twin = self.env["res.partner"].create({"name": "C.", "email": self.carla.email})
        mail = self._post().sudo().engagement_tracking_ids
        bare = mail.copy({"uid": "b" * 20, "partner_id": False})
        twin.parent_id = self.env["res.partner"].create({"name": "Ltd", "is_company": True})
        twin.parent_id.engagement_opens = "refused"
        for sent in (mail, bare):
            self.assertFalse(observed(sent, "open"))
            suppressed = self.env["mail.engagement.suppression"].search(
                [("mail_uid", "=", sent.uid)]
            )
            self.assertEqual(suppressed.kinds, "open")

    def test_the_most_of_all_is_said(self):
        """Whoever agreed is not said to be followed where the company follows nobody."""
        self.carla.write(dict.fromkeys(FIELDS, "granted"))
        self.env.company.engagement_max_policy = "none"
        [blocked] = self.carla._engagement_blocked(self.env.company).values()
        self.assertEqual(len(blocked), len(KINDS))
        self.assertIn("follows nobody", self.carla._engagement_blocked_text(blocked))
        self.assertIn("follows nobody", self.carla.engagement_standing)
        page = self.env["mail.engagement.preferences"]._engagement_standing(
            self.carla, self.env.company, Reader(ENGLISH)
        )
        self.assertIn("follow nobody", page)

    def test_an_address_of_ones_own(self):
        """A contact with a colleague's address gets a plain mail, and nobody says otherwise."""
        double = self.env["res.partner"].create({"name": "Ben privately", "email": self.ben.email})
        message = self.lead.with_user(self.anna).message_post(
            body="Hello", partner_ids=double.ids, subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(
            message.engagement_tracking_ids.filtered(lambda mail: mail.state == "sent")
        )
        [blocked] = self._composer(double).engagement_panel["blocked"]
        self.assertEqual((blocked["id"], blocked["is_whole"]), (double.id, True))
        self.assertIn("colleague", blocked["text"])

    def _composer(self, people):
        return self.env["mail.compose.message"].with_user(self.anna).create(
            {
                "model": "crm.lead",
                "res_ids": str(self.lead.ids),
                "partner_ids": people.ids,
                "composition_mode": "comment",
            }
        )  # fmt: skip

    def test_several_addresses_of_one_contact(self):
        """The strictest of them, in the composer and on the pages too."""
        self.carla.email = "carla@customer.test, second@customer.test"
        self.env["res.partner"].create(
            {"name": "S", "email": "second@customer.test", "engagement_opens": "refused"}
        )
        self.inbox.envelopes.clear()
        self._post()
        [body] = {html(mail) for mail in self.inbox.to("second@customer.test")}
        self.assertNotIn("/e/o/", body)
        self.assertEqual(
            self.carla._engagement_blocked(self.env.company)[self.carla].keys(), {"open"}
        )

    def _post(self):
        return self.lead.with_user(self.anna).message_post(
            body="Hello", partner_ids=self.carla.ids, subtype_xmlid="mail.mt_comment"
        )


@tagged("post_install", "-at_install")
class TestTestMail(InboxCase):
    """A test mail asks for colleagues only: what a customer said, or was not asked, holds."""

    def _levels(self, address):
        # Odoo's demo data give the administrator an address, a database without them does not.
        self.env.ref("base.user_admin").email = "admin@company.test"
        self.inbox.envelopes.clear()
        self.env["mail.engagement.try"].with_user(self.env.ref("base.user_admin")).engagement_send(
            address
        )
        keyring = self.env["mail.engagement.key"]._engagement_keyring()
        [mail] = self.inbox.to(address)
        found = re.findall(r"/e/([oca])/([\w-]+)", html(mail))
        return {kind: token.parse(text, keyring)[0].policy for kind, text in found}

    def test_who_is_followed(self):
        self.env.company.engagement_policy = "none"
        whole = dict.fromkeys("oca", token.Policy.FULL)
        self.assertEqual(self._levels(self.ben.email), whole)
        self.assertEqual(self._levels("somebody@home.test"), whole)
        self.assertEqual(self._levels(self.chen.email), {})
        self.chen.engagement_clicks = "granted"
        self.assertEqual(self._levels(self.chen.email), {"c": token.Policy.FULL})
        self.ben.partner_id.engagement_opens = "refused"
        self.assertEqual(set(self._levels(self.ben.email)), {"c", "a"})
