"""What the Odoo tests share: a real SMTP server, a company that follows its mails, customers."""

import email
import email.policy

from aiosmtpd.controller import Controller

from odoo.tests import TransactionCase, new_test_user


class Inbox:
    """A real SMTP server on the loopback that keeps what it accepts.

    ``refuse``: addresses that it answers with 550.
    """

    def __init__(self):
        self.envelopes = []
        self.refuse = set()
        self._controller = Controller(self, hostname="127.0.0.1", port=0)

    def start(self):
        """Listen on a free port."""
        self._controller.start()
        return self._controller.server.sockets[0].getsockname()[1]

    def stop(self):
        """Stop listening."""
        self._controller.stop()

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Refuse the chosen addresses as a real server refuses an unknown user."""
        if address in self.refuse:
            return "550 5.1.1 User unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """Keep the envelope."""
        self.envelopes.append(envelope)
        return "250 OK"

    def to(self, address):
        """Return the messages that were delivered to `address`, as `email.message.EmailMessage`."""
        return [
            email.message_from_bytes(envelope.content, policy=email.policy.default)
            for envelope in self.envelopes
            if address in envelope.rcpt_tos
        ]


def html(message):
    """Return the HTML of an `email.message.EmailMessage`."""
    return message.get_body(("html",)).get_content()


class EngagementCase(TransactionCase):
    """A company with the terms accepted and following switched on; two salespeople; customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.engagement_enabled = False
        cls.env["mail.engagement.terms"].accept(cls.env.company)
        cls.env.company.engagement_enabled = True
        sales = "base.group_user,sales_team.group_sale_salesman"
        cls.anna = new_test_user(cls.env, "anna", groups=sales, email="anna@seller.test")
        cls.ben = new_test_user(cls.env, "ben", groups=sales, email="ben@seller.test")
        cls.manager = new_test_user(
            cls.env,
            "mona",
            groups="base.group_user,sales_team.group_sale_manager",
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

    @classmethod
    def start_inbox(cls):
        """Start an SMTP server that Odoo sends through; returns the `Inbox`."""
        inbox = Inbox()
        port = inbox.start()
        cls.addClassCleanup(inbox.stop)
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["ir.mail_server"].create(
            {
                "name": "Inbox",
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
                "smtp_encryption": "none",
            }
        )
        return inbox
