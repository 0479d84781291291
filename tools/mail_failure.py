"""What went wrong with a mail server, from the exception to a code that is worded elsewhere."""

import imaplib
import poplib
import smtplib
import socket
import ssl
from collections.abc import Iterator

# The first that fits holds. Odoo wraps some of them: the chain is searched.
_CODES = (
    (smtplib.SMTPAuthenticationError, "login"),
    (smtplib.SMTPRecipientsRefused, "recipient"),
    (smtplib.SMTPSenderRefused, "sender"),
    (ssl.SSLError, "tls"),
    (socket.gaierror, "name"),
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (smtplib.SMTPServerDisconnected, "closed"),
    (imaplib.IMAP4.abort, "closed"),
    (imaplib.IMAP4.error, "login"),
    (poplib.error_proto, "login"),
    (OSError, "network"),
)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what caused it, the innermost last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def code(error: BaseException) -> str:
    """Login, recipient, sender, tls, name, timeout, refused, closed, network or other."""
    for kind, name in _CODES:
        if any(isinstance(link, kind) for link in chain(error)):
            return name
    return "other"


def said(error: BaseException, *secrets: str | None) -> str:
    """What the server said, in one line, without secrets.

    :param secrets: texts that may not be shown
    """
    deepest = next((link for link in chain(error) if code(link) != "other"), error)
    parts = deepest.args if isinstance(deepest, smtplib.SMTPException) else (deepest,)
    text = " ".join(
        part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in parts
    )
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return " ".join(text.split())[:300] or type(deepest).__name__
