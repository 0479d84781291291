"""An SMTP server whose mails arrive in mailboxes that an IMAP server serves."""

from ..dev.dovecot import Dovecot
from .common import Inbox


class MailServer(Inbox):
    """``imap``: a running Dovecot; ``lose``: addresses whose mail it takes and loses; ``says``:
    what it finds of each mail's SPF, DKIM and DMARC.
    """

    def __init__(self):
        super().__init__()
        self.lose = set()
        self.says = ""
        self.imap = Dovecot()

    def start(self):
        super().start()
        self.imap.start()

    def stop(self):
        self.imap.stop()
        super().stop()

    async def handle_DATA(self, server, session, envelope):
        if self.says:
            field = f"Authentication-Results: {self.says}\r\n"
            envelope.content = field.encode() + envelope.content
        for address in envelope.rcpt_tos:
            if address not in self.lose:
                self.imap.deliver("all", envelope.content)
        return await super().handle_DATA(server, session, envelope)
