"""The recipient's own page, over real HTTP: what it says, what it changes, what it withstands."""

import random
import re
import secrets
import time
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from odoo.tests import HttpCase, tagged
from odoo.tools import html2plaintext

from ...models.core.reader import Reader
from ...relay.engagement_relay.pages.language import ENGLISH, LANGUAGES
from ...relay.engagement_relay.protocol import token
from ...tools.signer import Signer
from ..common import InboxCase, html, observed
from ..common_relay import RelayCase

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FIELDS = ("engagement_opens", "engagement_clicks", "engagement_attachments")
REQUESTS = 10_000
# No other language of ours has them.
ENGLISH_WORDS = re.compile(r"\b(the|you|your|what|this|days)\b", re.I)


class Pages:
    """Tokens of pages, as sending mints them."""

    def signer(self, **changes):
        company = self.env.company
        held = self.env["mail.engagement.key"]._engagement_secrets()
        held = held[bytes.fromhex(company.engagement_tenant)]
        number, (master, _state) = next(iter(held["token"].items()))
        tenant = bytes.fromhex(company.engagement_tenant)
        signer = Signer(tenant, number, master, held["uid"], "", "<x@seller.test>")
        for name, value in changes.items():
            setattr(signer, name, value)
        return signer

    def page(self, partner, **changes):
        [key] = self.env["mail.engagement.contact"]._engagement_page_keys(partner.ids).values()
        return self.signer(**changes).page_url(key)

    def said(self, partner):
        self.env.invalidate_all()
        return [partner[field] for field in FIELDS]

    def stamp(self, text):
        return re.search(r'name="stamp" value="(\w+)"', text)[1]


@tagged("post_install", "-at_install")
class TestPreferences(Pages, InboxCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.path = f"/e{self.page(self.carla)}"

    def _ask(self, path=None, form=None, **headers):
        headers = {"Connection": "close", **headers}
        url = self.base_url() + (path or self.path)
        if form is None:
            return self.opener.get(url, headers=headers, timeout=30)
        return self.opener.post(url, data=urlencode(form), headers={**FORM, **headers}, timeout=30)

    def _choose(self, asked="Please confirm", **form):
        """Send the form and confirm it, as a person does."""
        stamp = self.stamp(self._ask().text)
        review = self._ask(form={"stamp": stamp, **form})
        self.assertIn(asked, review.text)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([\w-]+)"', review.text))
        return hidden, self._ask(form=hidden)

    def test_it_says_who_what_and_why(self):
        self.env.company.email = "privacy@seller.test"
        answer = self._ask()
        self.assertEqual(answer.status_code, 200)
        for text in (self.env.company.name, "Following a link", "privacy@seller.test", "365", "30"):
            self.assertIn(text, answer.text)
        self.assertNotIn(self.carla.email, answer.text)
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertIn("form-action 'self'", answer.headers["Content-Security-Policy"])
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertNotIn("<script", answer.text)

    def test_asking_changes_nothing(self):
        for query in ("", "?all=refused&confirm=1", "?open=refused&confirm=1&erase=1"):
            self.assertEqual(self._ask(self.path + query).status_code, 200)
        self.assertEqual(self.said(self.carla), [False] * 3)

    def test_it_changes_when_confirmed_and_once(self):
        stamp = self.stamp(self._ask().text)
        review = self._ask(form={"stamp": stamp, "open": "refused", "click": "granted"})
        self.assertIn("Please confirm", review.text)
        self.assertEqual(self.said(self.carla), [False] * 3)
        hidden, done = self._choose(open="refused", click="granted")
        self.assertIn("Your choice is saved", done.text)
        self.assertEqual(self.said(self.carla), ["refused", "granted", False])
        consents = self.carla.engagement_consent_ids
        self.assertEqual(set(consents.mapped("source")), {"page"})
        self.assertFalse(consents.user_id)
        self.assertIn("small picture", consents[0].text)
        self.assertIn("older copy of the page", self._ask(form=hidden).text)
        self.assertEqual(len(self.carla.engagement_consent_ids), 2)

    def test_repeating_an_old_choice_does_not_undo_a_newer_one(self):
        old, _done = self._choose(all="refused")
        self.assertEqual(self.said(self.carla), ["refused"] * 3)
        self._choose(open="granted")
        self._ask(form=old)
        self.assertEqual(self.said(self.carla), ["granted", "refused", "refused"])

    def test_what_no_form_of_ours_sends(self):
        stamp = self.stamp(self._ask().text)
        for form, status in (
            ({"stamp": stamp, "open": "perhaps", "confirm": "1"}, 400),
            ({"open": "refused", "confirm": "1"}, 200),
            ({"stamp": "0" * 32, "all": "refused", "confirm": "1"}, 200),
            ({"stamp": stamp, "open": "x" * 9000}, 404),
            ({}, 404),
        ):
            with self.subTest(form=str(form)[:60]):
                self.assertEqual(self._ask(form=form).status_code, status)
                self.assertEqual(self.said(self.carla), [False] * 3)

    def test_a_withdrawal_holds_for_mails_already_sent(self):
        tracking = self._send()
        self._choose(all="refused")
        self.assertFalse(observed(tracking, "open"))
        self.assertFalse(tracking.open_count)

    def test_erasing_by_choice(self):
        tracking = self._send()
        self.assertTrue(observed(tracking, "open"))
        _hidden, done = self._choose(erase="1")
        self.assertIn("is erased", done.text)
        self.env.invalidate_all()
        self.assertFalse(tracking.exists())

    def test_in_the_browsers_language(self):
        """Every page, in every language, though none but English is installed."""
        for code, language in LANGUAGES.items():
            with self.subTest(language=code):
                self._read_every_page(Reader(language), {"Accept-Language": language.tag})

    def _read_every_page(self, reader, headers):
        tracking = self._send()
        stamp = self.stamp(self._ask(**headers).text)
        refuse = {"stamp": stamp, "all": "refused"}
        pages = [
            self._ask(**headers),
            self._ask(form={"stamp": stamp, "open": "perhaps"}, **headers),
            self._ask(form={"stamp": "old", "all": "refused"}, **headers),
            self._ask(form={**refuse, "erase": "1"}, **headers),
            self._ask(form={**refuse, "erase": "1", "confirm": "1"}, **headers),
        ]
        self.assertFalse(tracking.exists())
        self.assertEqual(self.said(self.carla), ["refused"] * 3)
        refuse["stamp"] = self.stamp(pages[-1].text)
        pages.append(self._ask(form=refuse, **headers))
        mark = f'<html lang="{reader.language.tag}" dir="{reader.language.direction}">'
        for page in pages:
            self.assertIn(mark, page.text)
            self.assertIn(reader._("Your e-mails, your choice"), page.text)
            if reader.language != ENGLISH:
                self.assertNotRegex(html2plaintext(page.text), ENGLISH_WORDS)
        # What they read is the proof.
        shown = self.carla.engagement_consent_ids[0].text
        self.assertIn(reader._("Links in it lead through us to their target."), shown)
        self.carla._engagement_set_consent(dict.fromkeys(("open", "click", "attachment")), "page")

    def test_in_the_contacts_language(self):
        """Which is known where Odoo lets one choose; on the page they may choose another."""
        french = {"Accept-Language": "fr-CA, en;q=0.5"}
        self.carla.lang = "en_US"
        self.assertIn('<html lang="fr"', self._ask(**french).text)
        for lang in ("ja_JP", "fi_FI"):
            self.env["res.lang"]._activate_lang(lang)
        for lang, shown in (("en_US", "en"), ("ja_JP", "ja"), ("fi_FI", "fr"), (False, "fr")):
            self.carla.lang = lang
            with self.subTest(lang=lang):
                self.assertIn(f'<html lang="{shown}"', self._ask(**french).text)
        self.carla.lang = "ja_JP"
        self.path += "?lang=pt-BR"
        self.assertIn('<html lang="pt-BR"', self._ask(**french).text)
        hidden, done = self._choose("Confirme", open="refused")
        self.assertEqual(hidden["lang"], "pt-BR")
        self.assertIn('<html lang="pt-BR"', done.text)

    def test_the_proof_is_in_the_language_of_the_form(self):
        """Whatever language the contact or the browser has by then."""
        form = {"lang": "de", "stamp": self.stamp(self._ask().text), "open": "refused"}
        self._ask(form={**form, "confirm": "1"}, **{"Accept-Language": "fr"})
        self.env.invalidate_all()
        proof = self.carla.engagement_consent_ids.text
        german = Reader(LANGUAGES["de"])
        self.assertIn(german._("Links in it lead through us to their target."), proof)

    def test_something_behind_the_address(self):
        for suffix in (")", ".", "%20", "/", "を", "_", "=", "&recipient=x", "?x=y"):
            with self.subTest(suffix=suffix):
                self.assertEqual(self._ask(self.path + suffix).status_code, 200)
        for path in (self.path.lower(), "/e/p/x/y", "/e/p/%0a", "/e/p/%FF%2F"):
            self.assertEqual(self._ask(path).status_code, 404)

    def test_archived_and_gone(self):
        self.carla.active = False
        self._choose(all="refused")
        self.assertEqual(self.said(self.carla), ["refused"] * 3)
        self.carla.unlink()
        self.assertEqual(self._ask().status_code, 404)

    def test_a_compromised_key_only_refuses(self):
        keys = self.env["mail.engagement.key"].search(
            [("company_id", "=", self.env.company.id), ("purpose", "=", "token")]
        )
        self.env["mail.engagement.key"]._engagement_rotate(self.env.company)
        keys.state = "compromised"
        stamp = self.stamp(self._ask().text)
        self._ask(form={"stamp": stamp, "open": "granted", "confirm": "1"})
        self.assertEqual(self.said(self.carla), [False] * 3)
        self._choose(open="refused")
        self.assertEqual(self.said(self.carla)[0], "refused")

    def _send(self, partners=None, **values):
        self.inbox.envelopes.clear()
        message = self.lead.with_user(self.anna).message_post(
            body=self.markup('<a href="https://shop.test/offer">offer</a>'),
            partner_ids=(partners or self.carla).ids,
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        return message.engagement_tracking_ids

    def _footer(self, partner):
        [mail] = self.inbox.to(partner.email)
        found = re.search(r'"([^"]*/e/p/[^"]+)"', html(mail))
        plain = mail.get_body(("plain",)).get_content().replace("=\n", "")
        self.assertEqual(bool(found), "/e/p/" in plain)
        return found and urlsplit(found[1]).path

    def test_footer_where_the_company_wants_it(self):
        self._send()
        self.assertIsNone(self._footer(self.carla))
        self.env.company.engagement_page_link = True
        self._send(self.carla | self.chen)
        self.assertIn('<p lang="en" dir="ltr"', html(self.inbox.to(self.carla.email)[0]))
        paths = {self._footer(self.carla), self._footer(self.chen)}
        self.assertEqual(len(paths), 2)
        self.path = self._footer(self.chen)
        self._choose(all="refused")
        self.assertEqual(self.said(self.chen), ["refused"] * 3)
        self.assertEqual(self.said(self.carla), [False] * 3)
        # Whoever refused may change his mind; he is not followed and has the link still.
        self._send(self.chen)
        self.assertTrue(self._footer(self.chen))
        self.assertNotIn("/e/o/", html(self.inbox.to(self.chen.email)[0]))

    def test_footer_and_files_in_the_contacts_language(self):
        """Else in the sender's; whatever the other recipients read."""
        self.env.company.engagement_page_link = True
        self.env["res.lang"]._activate_lang("ar_001")
        self.env["res.lang"]._activate_lang("fr_FR")
        self.carla.lang, self.chen.lang = "ar_001", False
        file = {"name": "Offer.pdf", "raw": b"%PDF" * 400_000, "engagement_follow": "follow"}
        for sender, expected in (("en_US", "en"), ("fr_FR", "fr")):
            self.env.invalidate_all()
            self.anna.lang = sender
            attachment = self.env["ir.attachment"].with_user(self.anna).create(file)
            self._send(self.carla | self.chen, attachment_ids=attachment.ids)
            for partner, code in ((self.carla, "ar"), (self.chen, expected)):
                [mail] = self.inbox.to(partner.email)
                language = LANGUAGES[code]
                label = Reader(language)._("What is followed, and your choice")
                mark = f'lang="{language.tag}" dir="{language.direction}"'
                with self.subTest(code=code):
                    body = html(mail)
                    self.assertEqual(body.count(mark), 2)
                    self.assertIn(label, body)
                    plain = mail.get_body(("plain",)).get_content()
                    self.assertIn(label, plain)
                    self.assertEqual("1,6\u202fMo" in body, code == "fr")

    def test_no_footer_where_nothing_may_be_followed(self):
        """A country's rule and the company's choice: nobody asked, the mail is as Odoo made it."""
        self.env.company.engagement_page_link = True
        self.carla.country_id = self.env.ref("base.fr")
        self._send(self.carla | self.chen)
        self.assertIsNone(self._footer(self.carla))
        self.assertTrue(self._footer(self.chen))
        self.carla.engagement_clicks = "granted"
        self._send(self.carla)
        self.assertTrue(self._footer(self.carla))
        self.env.company.engagement_policy = "none"
        self._send(self.chen)
        self.assertIsNone(self._footer(self.chen))

    def test_an_erasing_form_holds_once(self):
        stamp = self.stamp(self._ask().text)
        form = {"stamp": stamp, "erase": "1", "confirm": "1"}
        observed(self._send(self.carla), "open")
        self.assertIn("What had been recorded is erased", self._ask(form=form).text)
        mails = self._send(self.carla)
        again = self._ask(form=form)
        self.assertTrue(mails.exists(), "the form that was sent before erased what came later")
        self.assertNotEqual(self.stamp(again.text), stamp)

    def test_no_page_can_be_framed(self):
        for path in (self.path, "/e/p/forged", "/e/c/forged", "/e/nothing"):
            headers = self._ask(path).headers
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"], path)
            self.assertEqual(headers["X-Frame-Options"], "DENY", path)

    def test_no_footer_for_several_or_for_colleagues(self):
        self.env.company.engagement_page_link = True
        self.chen.email = "chen@customer.test, other@customer.test"
        self._send(self.chen | self.ben.partner_id)
        for address in ("chen@customer.test", self.ben.email):
            [mail] = self.inbox.to(address)
            self.assertNotIn("/e/p/", html(mail))

    def test_fuzz(self):
        """Forged, expired, cut, other kinds, another person's: 10,000 requests change nothing."""
        signer = self.signer()
        kinds = self._tokens(signer)
        before = self.said(self.carla), self.said(self.chen)
        consents = self.env["mail.engagement.consent"].search_count([])
        stamps = [self.stamp(self._ask().text), "0" * 32, ""]
        dice = random.Random(11)
        statuses = {}
        for number in range(REQUESTS):
            name, make = kinds[number % len(kinds)]
            form = None
            if number % 3:
                form = {"stamp": dice.choice(stamps), "confirm": "1", "erase": "1"}
                form |= {"all": "refused"} if number % 2 else {"open": "granted"}
            answer = self._ask(f"/e/p/{make(dice)}", form)
            self.assertEqual(answer.status_code, 404, name)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        self.assertEqual(statuses, {404: REQUESTS})
        self.assertEqual((self.said(self.carla), self.said(self.chen)), before)
        self.assertEqual(self.env["mail.engagement.consent"].search_count([]), consents)

    def _tokens(self, signer):
        """:return: name and function of a random generator, for each way of being wrong"""
        mine, other = (self.page(who).split("/p/")[1] for who in (self.carla, self.chen))
        old = int(time.time()) - 366 * 86400
        expired = self.page(self.carla, sent_at=old).split("/p/")[1]
        future = self.page(self.carla, sent_at=int(time.time()) + 10 * 86400).split("/p/")[1]
        keyring = self.env["mail.engagement.key"]._engagement_keyring()
        parsed, _state = token.parse(mine, keyring)
        theirs, _state = token.parse(other, keyring)
        outer = token.outer_key(signer.master, "p")
        # What a stolen relay could sign: it has the outer keys only.
        swapped = token.mint(replace(parsed, key=theirs.key), outer)
        foreign = replace(parsed, key_id=200)

        def flip(dice):
            at = dice.randrange(len(mine))
            letter = dice.choice([c for c in "ABCDEFGHabcdefgh0123456789-_" if c != mine[at]])
            return mine[:at] + letter + mine[at + 1 :]

        return [
            ("flipped", flip),
            ("cut", lambda dice: mine[: dice.randrange(1, len(mine))]),
            ("something before it", lambda dice: dice.choice("Aa0_-/.") + mine),
            ("random", lambda _dice: secrets.token_urlsafe(70)),
            ("expired", lambda _dice: expired),
            ("from the future", lambda _dice: future),
            ("another's key", lambda _dice: swapped),
            ("unknown key", lambda _dice: token.mint(foreign, outer)),
            ("made by a relay", lambda dice: token.mint(
                replace(parsed, key=dice.randbytes(16), inner=dice.randbytes(16)), outer)),
            ("spliced", lambda _dice: mine[:40] + other[40:]),
            ("odd", lambda dice: dice.choice(["%00", "..%2f", "%ff%fe", "a" * 3000, "あ"])),
        ]  # fmt: skip


@tagged("post_install", "-at_install")
class TestPreferencesThroughARelay(Pages, RelayCase):
    def _carry(self, form=None, text=None):
        text = text or self.page(self.carla).split("/p/")[1]
        path = f"/mail_engagement/preferences/{text}"
        if form is None:
            return self.ask("GET", path)
        return self.ask("POST", path, urlencode(form).encode(), FORM)

    def test_it_only_refuses(self):
        shown = self._carry()
        self.assertEqual(shown.status_code, 200)
        self.assertIn(f"{self.relay.get_base_url()}/e/p/", shown.text)
        stamp = self.stamp(shown.text)
        refused = self._carry({"stamp": stamp, "open": "granted", "confirm": "1"})
        self.assertIn("only refuse", refused.text)
        self.assertEqual(self.said(self.carla), [False] * 3)
        done = self._carry({"stamp": stamp, "open": "refused", "confirm": "1"})
        self.assertIn("Your choice is saved", done.text)
        self.assertEqual(self.said(self.carla), ["refused", False, False])

    def test_the_relay_learns_of_it(self):
        mail = self.mail()
        self._carry({"stamp": self.stamp(self._carry().text), "all": "refused", "confirm": "1"})
        self.assertIn(mail.uid, self.state()["suppressed"])

    def test_a_body_that_was_not_signed(self):
        text = self.page(self.carla).split("/p/")[1]
        stamp = self.stamp(self._carry().text)
        form = urlencode({"stamp": stamp, "all": "refused", "confirm": "1"}).encode()
        path = f"/mail_engagement/preferences/{text}"
        answer = self.ask("POST", path, form, FORM, secret=b"x" * 32)
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(self.said(self.carla), [False] * 3)
        self.assertEqual(self._carry(text="A" * 90).status_code, 404)
