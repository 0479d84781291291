"""What can be seen of a mail at all, and what is a rate of what."""

import random

from odoo.tests import tagged
from odoo.tools import SQL

from ...models.sending.mail_engagement_tracking import UNSEEN_COLUMNS
from ...tools.coverage import unseen
from ...tools.kinds import KINDS
from ..common import EngagementCase, InboxCase, any_mail, observed

CASES = 600
ASKED = ("open", "click", "attachment", "reply")
APPLE = {"agent": "privacy", "agent_name": "Apple Mail"}


@tagged("post_install", "-at_install")
class TestOneCoverage(EngagementCase):
    """The rule, its twin in SQL, and the search that uses it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        dice = random.Random(17)
        cls.mails = cls.env["mail.engagement.tracking"].create(
            [any_mail(dice, n, cls.env.company) for n in range(CASES)]
        )
        # What earlier versions never wrote.
        cls.env.flush_all()
        cls.env.cr.execute(
            SQL(
                "UPDATE mail_engagement_tracking SET private_count = NULL, is_anonymous = NULL"
                " WHERE id = ANY(%s) AND private_count = 0 AND is_anonymous IS FALSE",
                cls.mails[::3].ids,
            )
        )
        cls.env.invalidate_all()

    def test_sql_says_the_same(self):
        mails = self.env["mail.engagement.tracking"]
        for kind in ASKED:
            rows = dict(
                self.env.execute_query(
                    SQL(
                        "SELECT id, %s FROM mail_engagement_tracking mail WHERE id = ANY(%s)",
                        mails._engagement_unseen_sql(SQL("mail"), kind),
                        self.mails.ids,
                    )
                )
            )
            for mail in self.mails:
                columns = {name: mail[name] for name in UNSEEN_COLUMNS}
                self.assertEqual(rows[mail.id], unseen(columns, kind), (kind, columns))
            self.assertGreater(len({*rows.values()}), 2, kind)

    def test_search(self):
        mails = self.env["mail.engagement.tracking"]
        mine = [("id", "in", self.mails.ids)]
        for domain in (
            [("opens_unseen", "=", False)],
            [("opens_unseen", "!=", False)],
            [("opens_unseen", "=", "apple")],
            [("opens_unseen", "in", ["refused", "pictures", False])],
        ):
            found = mails.search([*mine, *domain])
            self.assertTrue(found, domain)
            self.assertEqual(found, self.mails.filtered_domain(domain).sorted(), domain)


class SendingCase(InboxCase):
    def _send(
        self, partner=None, body='<p><a href="https://shop.test/offer">offer</a></p>', **more
    ):
        partner = partner or self.carla
        message = partner.with_user(self.anna).message_post(
            body=self.markup(body),
            partner_ids=partner.ids,
            subtype_xmlid="mail.mt_comment",
            **more,
        )
        return message.with_env(self.env).engagement_tracking_ids

    @staticmethod
    def _hidden(mails):
        return [tuple(mail[kind.hidden] or "" for kind in KINDS) for mail in mails]


@tagged("post_install", "-at_install")
class TestKnownAtSending(SendingCase):
    """What a mail's row says of it, from what was decided when it left."""

    def test_all_can_be_seen(self):
        self.assertEqual(self._hidden(self._send()), [("", "", "absent")])
        self.assertEqual(self._hidden(self._send(body="Hello")), [("", "absent", "absent")])

    def test_refused_and_never_asked(self):
        self.carla.engagement_opens = "refused"
        self.assertEqual(self._hidden(self._send()), [("refused", "", "absent")])
        self.carla.engagement_clicks = "refused"
        self.carla.engagement_attachments = "refused"
        mail = self._send()
        self.assertEqual(self._hidden(mail), [("refused",) * 3])
        self.assertEqual(mail.state, "untracked")
        self.env.company.engagement_policy = "none"
        self.assertEqual(self._hidden(self._send(self.chen)), [("policy",) * 3])

    def test_switched_off_excluded_and_sealed(self):
        self.env.company.engagement_track_opens = False
        self.assertEqual(self._hidden(self._send()), [("off", "", "absent")])
        self.env.company.engagement_track_opens = True
        self.env.company.engagement_excluded_domains = "customer.test"
        self.assertEqual(self._hidden(self._send()), [("excluded",) * 3])
        self.env.company.engagement_excluded_domains = False
        sealed = self._send(body="<p>-----BEGIN PGP MESSAGE-----</p>")
        self.assertEqual(self._hidden(sealed), [("sealed",) * 3])

    def test_only_counted(self):
        self.env.company.engagement_policy = "anonymous"
        mail = self._send()
        self.assertTrue(mail.is_anonymous)
        self.assertEqual(mail.opens_unseen, "anonymous")

    def test_refused_since(self):
        """Silence means nothing from then on; the word may be taken back."""
        mail = self._send()
        self.carla.engagement_opens = "refused"
        self.assertEqual(self._hidden(mail), [("stopped", "", "absent")])
        self.assertEqual(mail.opens_unseen, "stopped")
        self.carla.engagement_opens = False
        self.assertEqual(self._hidden(mail), [("", "", "absent")])

    def test_a_refusal_then_is_not_taken_back_now(self):
        self.carla.engagement_opens = "refused"
        mail = self._send()
        self.carla.engagement_opens = "granted"
        self.assertEqual(self._hidden(mail), [("refused", "", "absent")])

    def test_sent_again(self):
        """A mail that came back and is sent again is what it is now."""
        mail = self._send()
        values = {"message_id": mail.message_id.id, "company_id": mail.company_id.id}
        mail.state = "bounced"
        outgoing = self.env["mail.engagement.outgoing"]
        who = (mail.uid, None, mail.email_normalized, False, False)
        # What else later rooms write of how it went.
        way = [None] * len(outgoing._engagement_way_types())
        row = (*who, "untracked", *["refused"] * 3, *way)
        self.env.flush_all()
        self.env.cr.execute(outgoing._engagement_tracking_sql([row], values))
        self.env.invalidate_all()
        self.assertEqual(self._hidden(mail), [("refused",) * 3])


@tagged("post_install", "-at_install")
class TestLearnt(SendingCase):
    """What events teach of a recipient, and that their next mail begins with it."""

    def test_apple(self):
        mail = self._send()
        self.assertFalse(mail.opens_unseen)
        observed(mail, "open", **APPLE)
        self.assertEqual((mail.private_count, mail.unknown_count), (1, 1))
        self.assertEqual(mail.opens_unseen, "apple")
        later = self._send()
        self.assertEqual((later.opens_hidden, later.opens_unseen), ("apple", "apple"))
        self.assertEqual(self._send().opens_unseen, "apple", "it is handed on")
        self.assertFalse(self._send(self.chen).opens_unseen, "somebody else's")

    def test_apple_and_another_program(self):
        """Who is seen opening can be seen."""
        mail = self._send()
        observed(mail, "open", **APPLE)
        later = self._send()
        observed(later, "open", client="Outlook")
        self.assertFalse(later.opens_unseen)
        self.assertFalse(self._send().opens_unseen)

    def test_pictures_off(self):
        mail = self._send()
        observed(mail, "click")
        self.assertEqual(mail.opens_unseen, "pictures")
        self.assertFalse(mail._engagement_unseen("click"))
        self.assertEqual(self._send().opens_unseen, "pictures")

    def test_a_gateway_alone_teaches_nothing(self):
        mail = self._send()
        observed(mail, "open", agent="scanner", agent_name="Barracuda")
        self.assertEqual(mail.machine_count, 1)
        self.assertFalse(mail.opens_unseen)
        self.assertFalse(self._send().opens_unseen)

    def test_another_company_learns_nothing(self):
        observed(self._send(), "open", **APPLE)
        other = self.env["res.company"].create({"name": "Other"})
        mails = self.env["mail.engagement.tracking"]
        new = SQL("(SELECT %s AS email_normalized, '' AS uid) new", self.carla.email_normalized)
        for company, taught in ((self.env.company, "apple"), (other, None)):
            learnt = mails._engagement_learnt_before_sql(company.id, SQL("new"))
            self.env.flush_all()
            [[found]] = self.env.execute_query(SQL("SELECT %s FROM %s", learnt, new))
            self.assertEqual(found, taught)

    def test_a_correction_is_heard(self):
        mail = self._send()
        event = observed(mail, "open", **APPLE)
        event.with_user(self.anna).engagement_correct("human")
        self.assertEqual((mail.private_count, mail.open_count), (0, 1))
        self.assertFalse(mail.opens_unseen)

    def test_what_was_stored_before_is_counted(self):
        mail = self._send()
        observed(mail, "open", **APPLE)
        mail.write({"private_count": 0, "unknown_count": 0})
        self.env.flush_all()
        self.env["mail.engagement.tracking"]._engagement_count_doubts()
        self.env.invalidate_all()
        self.assertEqual((mail.private_count, mail.unknown_count), (1, 1))

    def test_age_takes_nothing_away(self):
        """Deleted events leave their share, as they do of the other counts."""
        mail = self._send()
        event = observed(mail, "open", **APPLE)
        event.occurred_at = "2020-01-01 10:00:00"
        self.env.flush_all()
        self.env["mail.engagement.event"]._engagement_vacuum(self.env.registry)
        mail._engagement_recount()
        self.env.invalidate_all()
        self.assertFalse(event.exists())
        self.assertEqual((mail.private_count, mail.opens_unseen), (1, "apple"))

    def test_words(self):
        mail = self._send()
        self.assertEqual(mail._engagement_unseen_notes(), [])
        observed(mail, "open", **APPLE)
        [line] = mail.message_id.with_user(self.anna).engagement_timeline()
        self.assertEqual(
            line["notes"], ["Silence means nothing here: Apple Mail Privacy Protection"]
        )
        observed(mail, "click", agent="browser")
        self.assertEqual(
            mail._engagement_unseen_notes(),
            ["Opens cannot be seen here: Apple Mail Privacy Protection"],
        )
        self.carla.engagement_clicks = "refused"
        self.assertEqual(
            self._send()._engagement_unseen_notes(),
            [
                "Silence means nothing here: Apple Mail Privacy Protection",
                "Link clicks cannot be seen here: Refused",
            ],
        )

    def test_the_chip_promises_no_open(self):
        mail = self._send()
        chip = mail.message_id._engagement_chips()[mail.message_id.id]
        self.assertFalse(chip["is_blind"])
        observed(mail, "open", **APPLE)
        chip = mail.message_id._engagement_chips()[mail.message_id.id]
        self.assertTrue(chip["is_blind"])
