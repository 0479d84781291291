from email import message_from_bytes

from odoo import models

from .mail_engagement_mailbox import AUTHENTICATION

# A POP server tells of no message more than its headers; the test's is among the newest.
NEWEST = 200


class FetchmailServer(models.Model):
    """Finds and removes the test messages that arrived on an incoming server."""

    _inherit = "fetchmail.server"

    def _engagement_take_probes(self, probes):
        """Look for test messages and remove them; nothing else in there is touched.

        :param list[str] probes: their Message-Ids
        :return: those that were there → what the server that took them says of their sender
        :rtype: dict[str, list[str]]
        :raises OSError, imaplib.IMAP4.error, poplib.error_proto: no connection, or refused
        """
        self.ensure_one()
        connection = self._connect__(allow_archived=True)
        try:
            if self._get_connection_type() == "imap":
                return self._engagement_take_imap(connection, probes)
            return self._engagement_take_pop(connection, probes)
        finally:
            connection.disconnect()

    def _engagement_take_imap(self, connection, probes):
        connection.select()
        # Servers tell the whole after the login.
        _status, [capabilities] = connection.capability()
        found = {}
        for probe in probes:
            _status, [uids] = connection.uid("SEARCH", "HEADER", "Message-ID", f'"{probe}"')
            for uid in (uids or b"").split():
                wanted = f"(BODY.PEEK[HEADER.FIELDS ({AUTHENTICATION})])"
                _status, said = connection.uid("FETCH", uid, wanted)
                raw = b"".join(part[1] for part in said if isinstance(part, tuple))
                found[probe] = message_from_bytes(raw).get_all(AUTHENTICATION, [])
                connection.uid("STORE", uid, "+FLAGS", r"(\Deleted \Seen)")
                # A plain EXPUNGE would remove what others have marked (RFC 4315).
                if b"UIDPLUS" in capabilities.split():
                    connection.uid("EXPUNGE", uid)
        return found

    def _engagement_take_pop(self, connection, probes):
        count, _size = connection.stat()
        found = {}
        for number in range(count, max(0, count - NEWEST), -1):
            header = message_from_bytes(b"\n".join(connection.top(number, 0)[1]))
            probe = (header["Message-Id"] or "").strip()
            if probe in probes:
                found[probe] = header.get_all(AUTHENTICATION, [])
                connection.dele(number)
        return found
