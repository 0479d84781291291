"""What the Odoo tests share: a real SMTP server, a company that follows its mails, customers."""

import secrets
import time

from markupsafe import Markup

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, get_db_name, new_test_user

from ..dev.inbox import Inbox
from ..models.sending.mail_engagement_tracking import HIDDEN, STATES
from ..relay.engagement_relay.protocol.observation import Observation
from ..tools.kinds import KINDS


def html(message):
    """Return the HTML of an `email.message.EmailMessage`."""
    return message.get_body(("html",)).get_content()


def observation(**values):
    """Return what an edge saw: by default a browser that opened some mail, just now."""
    defaults = {
        "uid": secrets.token_hex(16),
        "type": "open",
        "mail": secrets.token_hex(10),
        "sent_at": int(time.time()) - 100,
        "policy": 3,
        "at": time.time(),
        "agent": "browser",
    }
    return Observation(**defaults | values)


def observed(tracking, type_, **values):
    """Have an edge see a request for `tracking`'s mail, and judge it.

    :param type_: open, click, attachment or reply
    :param values: other values of the observation; by default a browser's, a minute after sending
    """
    tracking = tracking.sudo()  # as the edge, whoever the test is about
    links = tracking.env["mail.engagement.link"].search(
        [("rfc_message_id", "=", tracking.rfc_message_id)], limit=1
    )
    seen = observation(
        **{
            "type": type_,
            "mail": tracking.uid,
            "sent_at": int(tracking.sent_at.timestamp()),
            "at": time.time() + 60,
            "link": int(links.reference, 16) if type_ in ("click", "attachment") else None,
            **values,
        }
    )
    tracking.env["mail.engagement.event"]._engagement_insert(tracking.company_id, [seen])
    tracking.env.flush_all()
    tracking.env["mail.engagement.tracking"]._engagement_judge_pending()
    tracking.env.invalidate_all()
    return tracking.env["mail.engagement.event"].search([("uid", "=", seen.uid)])


def any_mail(dice, number, company):
    """Return the values of a mail of which anything may be known.

    :param random.Random dice:
    """
    codes = [code for code, _label in HIDDEN]
    return {
        "uid": f"{number:020x}",
        "company_id": company.id,
        "state": dice.choice(STATES)[0],
        "is_anonymous": dice.random() < 0.1,
        "private_count": dice.choice((0, 0, 1, 2)),
        **{kind.hidden: dice.choice((False, False, *codes)) for kind in KINDS},
        **{kind.counter: dice.choice((0, 0, 0, 1)) for kind in KINDS},
        "reply_count": dice.choice((0, 0, 0, 1)),
    }


class OwnTransaction:
    """An environment in a transaction of its own, committed at the end."""

    def __enter__(self):
        self.cr = db_connect(get_db_name()).cursor()
        # Whoever waits for the other has not left its rows alone.
        self.cr.execute("SET LOCAL lock_timeout = '5s'")
        return api.Environment(self.cr, SUPERUSER_ID, {})

    def __exit__(self, failure, *_):
        if not failure:
            self.cr.commit()
        self.cr.close()


class EngagementCase(TransactionCase):
    """A company with the terms accepted and following switched on; two salespeople; customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.engagement_enabled = False
        cls.env["mail.engagement.terms"].accept(cls.env.company)
        cls.env.company.engagement_enabled = True
        sales = "base.group_user,base.group_allow_export,sales_team.group_sale_salesman"
        cls.anna = new_test_user(cls.env, "anna", groups=sales, email="anna@seller.test")
        cls.ben = new_test_user(cls.env, "ben", groups=sales, email="ben@seller.test")
        cls.manager = new_test_user(
            cls.env,
            "mona",
            groups="base.group_user,base.group_allow_export,sales_team.group_sale_manager",
            email="mona@seller.test",
        )
        cls.carla, cls.chen = cls.env["res.partner"].create(
            [
                {"name": "Carla", "email": "carla@customer.test"},
                {"name": "Chen", "email": "chen@customer.test"},
            ]
        )
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Solar roof",
                "partner_id": cls.carla.id,
                "user_id": cls.anna.id,
                "type": "opportunity",
            }
        )

    def start_tour(self, url_path, tour_name, **kwargs):
        """With patience for a machine that is busy."""
        return super().start_tour(url_path, tour_name, **{"timeout": 180, **kwargs})

    @staticmethod
    def markup(text):
        """Return `text` as HTML that `message_post` takes as it is."""
        return Markup(text)

    @classmethod
    def send(cls, user, lead=None, subject="Your offer"):
        """Return what is kept of the mail that `user` sends to Carla."""
        message = (
            (lead or cls.lead)
            .with_user(user)
            .message_post(
                body=cls.markup('<p><a href="https://shop.test/offer">offer</a></p>'),
                subject=subject,
                partner_ids=cls.carla.ids,
                subtype_xmlid="mail.mt_comment",
            )
        )
        return message.with_env(cls.env).engagement_tracking_ids

    @classmethod
    def own_domain(cls):
        """Return the domain of the company, which it has from now on: mails are returned there."""
        domain = cls.env.company.alias_domain_id or cls.env["mail.alias.domain"].create(
            {"name": "seller.test"}
        )
        cls.env.company.alias_domain_id = domain
        return domain

    @classmethod
    def start_inbox(cls):
        """Start an SMTP server that Odoo sends through; returns the `Inbox`."""
        inbox = Inbox()
        inbox.start()
        cls.addClassCleanup(inbox.stop)
        # Odoo sends nothing while it is tested; here the server is real.
        cls.classPatch(type(cls.env["ir.mail_server"]), "_disable_send", lambda self: False)
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["ir.mail_server"].create(
            {
                "name": "Inbox",
                "smtp_host": "127.0.0.1",
                "smtp_port": inbox.port,
                "smtp_encryption": "none",
            }
        )
        return inbox


class InboxCase(EngagementCase):
    """With an `Inbox` that is empty when a test begins."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()

    def setUp(self):
        super().setUp()
        self.inbox.envelopes.clear()
