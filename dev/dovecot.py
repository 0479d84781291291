"""A real IMAP server."""

import mailbox
import os
import pwd
import shutil
import tempfile
from pathlib import Path

from .processes import Server, free_port

PASSWORD = "s3cret-imap"
CONFIGURATION = """
base_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{home}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot(Server):
    """Serves maildirs, one for each account; every account has the same password."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="engagement-imap-"))
        self.home.chmod(0o755)
        (self.home / "mail").mkdir()
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        os.chown(self.home / "mail", self.owner.pw_uid, self.owner.pw_gid)
        me, port = pwd.getpwuid(os.geteuid()).pw_name, free_port()
        configuration = self.home / "dovecot.conf"
        configuration.write_text(
            CONFIGURATION.format(
                home=self.home,
                internal="dovecot" if me == "root" else me,
                login="dovenull" if me == "root" else me,
                password=PASSWORD,
                uid=self.owner.pw_uid,
                gid=self.owner.pw_gid,
                port=port,
            )
        )
        command = ["dovecot", "-F", "-c", configuration]
        super().__init__(command, port, self.home / "log", ready=None)

    def stop(self, patience=60):
        """Stop serving, and forget all mails."""
        super().stop(patience)
        shutil.rmtree(self.home, ignore_errors=True)

    def _maildir(self, account):
        folder = self.home / "mail" / account
        box = mailbox.Maildir(folder)
        for each in (folder, *folder.iterdir()):
            if each.is_dir():
                os.chown(each, self.owner.pw_uid, self.owner.pw_gid)
        return box

    def deliver(self, account, content):
        """Put a message into an account's inbox.

        :param bytes content:
        """
        key = self._maildir(account).add(content)
        for path in (self.home / "mail" / account / "new").glob(f"{key}*"):
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def held(self, account="all"):
        """Return the Message-Ids in an account's inbox."""
        return {message["Message-Id"] for message in self._maildir(account)}
