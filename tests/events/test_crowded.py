"""A mail with more events than are compared: judged by what new ones change, with the same result
as from the beginning."""

import random
from unittest.mock import patch

from odoo.tests import tagged

from ...models.events import mail_engagement_tracking as judging
from ..common import EngagementCase, observation

COUNTED = (*judging.COUNTS.values(), "first_open_at", "last_open_at", "last_event_at", "state")
VERDICT = ("verdict", "reason", "reason_params")
# Events that are compared, here: a thousand would take long.
FEW = 12


@tagged("post_install", "-at_install")
class TestCrowded(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.message = cls.lead.with_user(cls.anna).message_post(
            body=cls.markup(
                "".join(f'<p><a href="https://shop.test/{n}">{n}</a></p>' for n in range(4))
            ),
            partner_ids=cls.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        cls.tracking = cls.message.with_env(cls.env).engagement_tracking_ids
        cls.sent_at = int(cls.tracking.sent_at.timestamp())
        cls.links = cls.env["mail.engagement.link"].search([("message_id", "=", cls.message.id)])
        cls.classPatch(judging, "MOST_TOGETHER", FEW)

    def _seen(self, chance):
        """Something that may have happened within minutes of the sending; dense enough that
        events often are each other's neighbours."""
        kind = chance.choice(("open", "open", "click", "click", "attachment", "reply"))
        link = chance.choice(self.links)
        return observation(
            uid=f"{chance.getrandbits(128):032x}",
            type=kind,
            mail=self.tracking.uid,
            sent_at=self.sent_at,
            at=self.sent_at + chance.choice((chance.random() * 400, chance.randrange(-3, 400))),
            link=int(link.reference, 16) if kind in ("click", "attachment") else None,
            method=chance.choice(("GET", "GET", "GET", "HEAD")),
            agent=chance.choice(
                ("browser", "browser", "mail_client", "scanner", "privacy", "unknown")
            ),
            network=chance.choice(("", "", "", "hosting")),
            network_name=chance.choice(("a", "b")),
            source=chance.choice((1, 2, 3)),
            repeat=chance.choice((1, 1, 2)),
            os=chance.choice(("iOS", "Windows")),
        )

    def _add(self, seen):
        """Store and judge what came, as a batch that nobody but this mail is in."""
        self.env["mail.engagement.event"]._engagement_insert(self.tracking.company_id, seen)
        self.env.flush_all()
        self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.env.invalidate_all()

    def _known(self):
        events = self.tracking.event_ids.sorted("id")
        return (
            [tuple(event[name] for name in VERDICT) for event in events],
            [self.tracking[name] for name in COUNTED],
            self.links.mapped("click_count"),
        )

    def _from_the_beginning(self):
        self.env.cr.execute(
            "UPDATE mail_engagement_event SET verdict = NULL, reason = NULL, reason_params = NULL"
            " WHERE tracking_id = %s AND verdict_by = 'rule'",
            [self.tracking.id],
        )
        self.env.invalidate_all()
        self.tracking._engagement_judge()
        self.tracking._engagement_recount()
        self.env.invalidate_all()

    def _check(self, seed):
        chance = random.Random(seed)
        self.tracking.event_ids.unlink()
        self.tracking._engagement_recount()
        self.links.sudo().click_count = 0
        for _batch in range(chance.randrange(2, 8)):
            self._add([self._seen(chance) for _n in range(chance.choice((1, 1, 2, 15)))])
            if chance.random() < 0.1:
                chance.choice(self.tracking.event_ids).engagement_correct("self")
        known = self._known()
        self._from_the_beginning()
        self.assertEqual(known, self._known(), seed)

    def test_as_from_the_beginning(self):
        """In whatever order and size of batches, late ones and corrections among them."""
        for seed in range(40):
            self._check(seed)

    def test_reads_little(self):
        """One more is judged by those around it: neither all events are read nor counted."""
        chance = random.Random(7)
        self._add([self._seen(chance) for _n in range(300)])
        read = []
        rows = type(self.tracking)._engagement_rows

        def noted(records, *args, **kwargs):
            found = rows(records, *args, **kwargs)
            read.append(len(found))
            return found

        counted = type(self.tracking)._engagement_recount
        later = observation(
            mail=self.tracking.uid, sent_at=self.sent_at, at=self.sent_at + 7200, source=9
        )
        with (
            patch.object(type(self.tracking), "_engagement_rows", noted),
            patch.object(
                type(self.tracking),
                "_engagement_recount",
                autospec=True,
                side_effect=lambda mails: self.assertFalse(mails) or counted(mails),
            ),
        ):
            before = self.tracking.open_count
            self._add([later])
        self.assertEqual(read, [FEW + 1, 1])
        self.assertEqual(self.tracking.open_count, before + 1)
