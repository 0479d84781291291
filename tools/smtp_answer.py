"""What a mail server answers to each mail, which Python's ``smtplib`` does not tell. No ORM.

``SMTP.data`` returns the answer, ``SMTP.sendmail`` drops it where it is the good one.
"""

import smtplib
from typing import Any, NamedTuple

# Anything else is another addon's own, and does what it does.
KNOWN = (smtplib.SMTP, smtplib.SMTP_SSL)


class Answer(NamedTuple):
    """What came of one mail.

    :ivar addresses: whom it was handed over for, as they stood on the envelope
    :ivar reply: three digits, 0 where it did not come to the mail itself
    :ivar refused: by address, what the server answered to that recipient
    """

    addresses: tuple[str, ...]
    reply: int
    text: bytes | str
    refused: dict[str, tuple[int, bytes]]


class ListeningSession(smtplib.SMTP):
    """An SMTP session of somebody else's, seen by somebody who keeps the answers.

    It is no second connection: it has the same attributes as that one, the socket among them, and
    that one stays as it is.

    :ivar Answer answer: to the last mail, None where none came
    """

    __slots__ = ("_reply", "answer")

    @classmethod
    def over(cls, session: smtplib.SMTP) -> "ListeningSession":
        """
        :param session: open, of a type of KNOWN
        """
        same = cls.__new__(cls)
        same.__dict__ = session.__dict__
        same._reply, same.answer = (0, b""), None
        return same

    def data(self, msg: Any) -> tuple[int, bytes]:
        """As ``smtplib``'s."""
        self._reply = super().data(msg)
        return self._reply

    def sendmail(
        self, from_addr: Any, to_addrs: Any, *args: Any, **kwargs: Any
    ) -> dict[str, tuple[int, bytes]]:
        """As ``smtplib``'s."""
        addresses = (to_addrs,) if isinstance(to_addrs, str) else tuple(to_addrs)
        self._reply, self.answer = (0, b""), None
        try:
            refused = super().sendmail(from_addr, to_addrs, *args, **kwargs)
        except smtplib.SMTPRecipientsRefused as error:
            self.answer = Answer(addresses, 0, b"", dict(error.recipients))
            raise
        except smtplib.SMTPResponseException as error:
            self.answer = Answer(addresses, error.smtp_code, error.smtp_error, {})
            raise
        self.answer = Answer(addresses, *self._reply, refused)
        return refused
