"""What a mail server's failure is called, and what of its words may be shown."""

import imaplib
import smtplib
import socket
import ssl

import pytest
from mail_engagement.tools import mail_failure


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 bad"), "login"),
        (smtplib.SMTPRecipientsRefused({"a@b.test": (550, b"unknown")}), "recipient"),
        (smtplib.SMTPSenderRefused(553, b"not yours", "a@b.test"), "sender"),
        (ssl.SSLCertVerificationError("certificate"), "tls"),
        (socket.gaierror(-2, "Name or service not known"), "name"),
        (TimeoutError("timed out"), "timeout"),
        (ConnectionRefusedError(111, "Connection refused"), "refused"),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "closed"),
        (imaplib.IMAP4.error(b"[AUTHENTICATIONFAILED] no"), "login"),
        (imaplib.IMAP4.abort("socket error: EOF"), "closed"),
        (OSError(101, "Network is unreachable"), "network"),
        (ValueError("?"), "other"),
    ],
)
def test_code(error, code):
    assert mail_failure.code(error) == code
    try:
        raise RuntimeError("wrapped") from error
    except RuntimeError as wrapped:
        assert mail_failure.code(wrapped) == code


def test_words_of_the_server_without_secrets():
    error = smtplib.SMTPAuthenticationError(535, b"5.7.8 hunter2\r\n is wrong")
    assert mail_failure.said(error, "hunter2", None, "") == "535 5.7.8 … is wrong"
    assert mail_failure.said(ValueError()) == "ValueError"
    assert len(mail_failure.said(ValueError("x" * 1000))) == 300
