"""Real SMTP servers on this machine."""

import email
import email.policy
import queue

from aiosmtpd.controller import Controller

from .processes import free_port


class Sink:
    """Takes every mail and forgets it.

    :ivar int port: where it listens
    """

    def __init__(self, port=None):
        self.port = port or free_port()  # aiosmtpd cannot choose one itself
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    def start(self):
        self._controller.start()

    def stop(self):
        self._controller.stop()

    async def handle_DATA(self, server, session, envelope):
        return "250 OK"


class Inbox(Sink):
    """Keeps what it takes.

    :ivar list envelopes: aiosmtpd's, as they came
    :ivar queue.Queue received: their messages, for who waits for one
    :ivar set refuse: addresses that it answers with 550, as a real server an unknown user
    :ivar dict replies: address → what it answers to that recipient instead
    :ivar dict answers: address → what it answers to the mail itself
    :ivar list also: functions that get the bytes of each mail too
    """

    def __init__(self, port=None):
        super().__init__(port)
        self.envelopes, self.received, self.refuse, self.also = [], queue.Queue(), set(), []
        self.replies, self.answers = {}, {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return "550 5.1.1 User unknown"
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = next((self.answers[to] for to in envelope.rcpt_tos if to in self.answers), None)
        if answer and not answer.startswith("2"):
            return answer
        for deliver in self.also:
            deliver(envelope.content)
        self.envelopes.append(envelope)
        self.received.put(_message(envelope))
        return answer or "250 OK"

    def next_to(self, address):
        """Return the next message to `address`, others passed over; waits for it.

        :raises queue.Empty: nothing has come for 90 seconds
        """
        while True:
            message = self.received.get(timeout=90)
            if address in message["To"]:
                return message

    def to(self, address):
        """Return the messages that were delivered to `address`."""
        return [_message(envelope) for envelope in self.envelopes if address in envelope.rcpt_tos]


def _message(envelope):
    """:rtype: email.message.EmailMessage"""
    return email.message_from_bytes(envelope.content, policy=email.policy.default)
