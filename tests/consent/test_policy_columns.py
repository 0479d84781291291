"""Of what an edge sent, each level keeps its columns: at ingest, and of what was stored before."""

import secrets
from itertools import product

from odoo.tests import tagged
from odoo.tools import SQL

from ..common import EngagementCase, observation

# As docs/privacy.md has it: count only; device and place as well; address and program as well.
DEVICE_AND_PLACE = {
    "device_type": "mobile",
    "client": "Outlook",
    "os": "iOS",
    "country": "JP",
    "city": "Osaka",
    "source": 4711,
}
ADDRESS_AND_PROGRAM = {"ip": "192.0.2.7", "user_agent": "Outlook/16 (iPhone)"}
# What the verdict needs; of a class, or of what many have.
ALWAYS = {
    "method": "HEAD",
    "agent": "mail_client",
    "agent_name": "Outlook",
    "network": "hosting",
    "network_name": "A Cloud",
    "hints": ("head", "dnt"),
    "repeat": 3,
}
COLUMNS = {
    "agent": "agent_class",
    "network": "network_class",
    "repeat": "repeat_count",
    "country": "country_id",
}
KEPT = {1: {}, 2: DEVICE_AND_PLACE, 3: {**DEVICE_AND_PLACE, **ADDRESS_AND_PROGRAM}}
TYPES = ("open", "click", "attachment", "reply")
LEVELS = {1: "anonymous", 2: "no_ip", 3: "full"}


@tagged("post_install", "-at_install")
class TestPolicyColumns(EngagementCase):
    def setUp(self):
        super().setUp()
        self.japan = self.env.ref("base.jp")

    def mail(self, **values):
        return self.env["mail.engagement.tracking"].create(
            {
                "uid": secrets.token_hex(10),
                "partner_id": self.carla.id,
                "sent_at": "2026-01-01 00:00:00",
                "company_id": self.env.company.id,
                **values,
            }
        )

    def stored(self, uid):
        self.env.invalidate_all()
        return self.env["mail.engagement.event"].search([("uid", "=", uid)])

    def check(self, event, level):
        """The event has what the level allows, whole, and nothing else."""
        for name, value in {**KEPT[3], **ALWAYS}.items():
            if name not in ALWAYS and name not in KEPT[level]:
                value = False
            elif name == "hints":
                value = ",".join(value)
            elif name == "country":
                value = self.japan
            found = event[COLUMNS.get(name, name)]
            self.assertEqual(found or False, value, name)
        self.assertEqual(event.policy, level)

    def test_lower_of_then_and_today(self):
        """Every field, whatever was sent, under every pair of levels."""
        for today, policy, minimum, type_, anonymous in product(
            LEVELS, LEVELS, (False, True), TYPES, (False, True)
        ):
            if today == 1 and not anonymous and type_ != "reply":
                continue  # not recorded at all: tests/consent/test_consent_cases.py
            with self.subTest(
                today=today, policy=policy, minimum=minimum, type=type_, anonymous=anonymous
            ):
                self.env.company.engagement_max_policy = LEVELS[today]
                mail = self.mail(is_anonymous=anonymous)
                seen = observation(
                    type=type_, mail=mail.uid, policy=policy, minimum=minimum, **KEPT[3], **ALWAYS
                )
                self.env["mail.engagement.event"]._engagement_insert(self.env.company, [seen])
                # A reply is the recipient's own act, and comes from no edge.
                level = policy if type_ == "reply" else min(policy, today)
                self.check(self.stored(seen.uid), 1 if minimum or anonymous else level)

    def test_before_the_recipients_row(self):
        for policy in LEVELS:
            seen = observation(policy=policy, **KEPT[3], **ALWAYS)
            self.env["mail.engagement.event"]._engagement_insert(self.env.company, [seen])
            self.check(self.stored(seen.uid), policy)

    def test_what_has_no_time_is_deleted(self):
        """By the next update: no view could show it."""
        good = observation()
        seen = [observation() for _number in range(4)]
        self.env["mail.engagement.event"]._engagement_insert(self.env.company, [good, *seen])
        times = ("-infinity", "infinity", "1000-01-01 BC", "1969-12-31 23:59:59")
        for one, at in zip(seen, times, strict=True):
            self.env.cr.execute(
                SQL("UPDATE mail_engagement_event SET occurred_at = %s WHERE uid = %s", at, one.uid)
            )
        self.update()
        self.assertEqual(
            [bool(self.stored(one.uid)) for one in [good, *seen]], [True, *[False] * 4]
        )

    def update(self):
        """As each update of the addon does."""
        self.env["mail.engagement.event"].init()

    def test_what_was_stored_before_is_coarsened(self):
        """By the next update: those rows say under which policy the line came."""
        named, anonymous = self.mail(), self.mail(is_anonymous=True)
        uids = {}
        for policy, mail in product((None, 1, 2, 3), (named, anonymous, None)):
            seen = observation(policy=3, **KEPT[3], **ALWAYS)
            self.env["mail.engagement.event"]._engagement_insert(self.env.company, [seen])
            self.env.cr.execute(
                SQL(
                    """UPDATE mail_engagement_event SET policy = %s, tracking_id = %s
                        WHERE uid = %s""",
                    policy,
                    mail and mail.id,
                    seen.uid,
                )
            )
            uids[seen.uid] = 1 if mail == anonymous else policy
        for _twice in range(2):
            self.update()
            for uid, level in uids.items():
                with self.subTest(level=level):
                    event = self.stored(uid)
                    if level is None:
                        # Made here, not by an edge: demo data.
                        self.assertEqual((event.ip, event.policy), ("192.0.2.7", 0))
                    else:
                        self.check(event, level)
