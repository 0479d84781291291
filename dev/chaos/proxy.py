"""Between the relay and Odoo: a proxy that answers wrongly, slowly, twice or not at all."""

import contextlib
import http.client
import random
import time
from collections import Counter
from urllib.parse import urlsplit

from ..http_server import Handler, HttpServer

FAULTS = ("500", "timeout", "half a batch", "no answer", "twice")
_PATIENCE = 60
# Of an answer that is handed on: said anew.
_OWN = {"connection", "content-length", "transfer-encoding", "date"}


class Proxy(HttpServer):
    """
    :param str target: Odoo's address
    :param float share: of the batches that something happens to
    :param seconds: by which an answer comes too late
    """

    def __init__(self, target, share, seconds):
        super().__init__(_Handler)
        self.target, self.share, self.seconds = urlsplit(target).netloc, share, seconds
        self.struck = Counter()

    def fault(self, path):
        if not path.startswith("/mail_engagement/ingest") or random.random() > self.share:
            return None
        # Each kind as often as the others.
        found = min(random.sample(FAULTS, len(FAULTS)), key=self.struck.__getitem__)
        self.struck[found] += 1
        return found


class _Handler(Handler):
    def do_POST(self):
        body, fault, answer = self.body(), self.owner.fault(self.path), None
        if fault == "500":
            answer = 500, b""
        elif fault == "half a batch":
            self._forward(body[: len(body) // 2], len(body))
        elif fault in ("timeout", "no answer"):
            # Odoo has it, and the answer comes too late or never.
            self._forward(body)
            time.sleep(self.owner.seconds if fault == "timeout" else 0)
        else:
            if fault == "twice":
                self._forward(body)
            answer = self._forward(body)
        if answer:
            self.reply(*answer)
        else:
            self.hang_up()

    do_GET = do_POST

    def _forward(self, body, length=None):
        """
        :param int length: what is promised, when less is sent
        :return: status, content and headers of the answer, or None if there is none
        """
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        headers["Content-Length"] = str(len(body) if length is None else length)
        connection = http.client.HTTPConnection(
            self.owner.target, timeout=_PATIENCE if length is None else 1
        )
        gone = contextlib.suppress(OSError, http.client.HTTPException)
        with contextlib.closing(connection), gone:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            named = answer.getheaders()
            kept = {name: value for name, value in named if name.lower() not in _OWN}
            return answer.status, answer.read(), kept
        return None
