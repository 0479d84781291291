"""An SMTP server whose mails arrive in mailboxes that an IMAP server serves."""

from ..dev.dovecot import Dovecot
from .common import Inbox


class MailServer(Inbox):
    """``imap``: a running Dovecot; ``lose``: addresses whose mail it takes and loses."""

    def __init__(self):
        super().__init__()
        self.lose = set()
        self.imap = Dovecot()

    def start(self):
        super().start()
        self.imap.start()

    def stop(self):
        self.imap.stop()
        super().stop()

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            if address not in self.lose:
                self.imap.deliver("all", envelope.content)
        return await super().handle_DATA(server, session, envelope)
