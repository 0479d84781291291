"""Recipients' clients: ask for pixels and links, count what was answered and what only asked."""

import asyncio
import itertools
import random
from collections import Counter

_SECONDS = 10
# A few mails are opened again and again, as people do, and some by everybody at once: more often
# than each may be an event of its own.
_AGAIN, _BY_ALL, _HOT = 0.05, 0.05, 3


class Load:
    """
    :param int port: of the relay
    :param paths: of the URLs to ask for, each another mail's
    :ivar Counter asked, answered: path → how often
    """

    def __init__(self, port, paths, clients=16, pause=0.01):
        self._port, self._paths, self._pause = port, iter(paths), pause
        self.asked, self.answered = Counter(), Counter()
        self._hot = list(itertools.islice(self._paths, _HOT))
        self._clients = clients
        self._stopped = False

    async def run(self):
        """Until the paths are used up, or ``stop``."""
        await asyncio.gather(*(self._client() for _number in range(self._clients)))

    def stop(self):
        self._stopped = True

    async def _client(self):
        reader = writer = None
        again = []
        while not self._stopped:
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                if again and random.random() < _AGAIN:
                    path = random.choice(again)
                elif self._hot and random.random() < _BY_ALL:
                    path = random.choice(self._hot)
                elif path := next(self._paths, None):
                    again = [*again[-9:], path]
                else:
                    break
                self.asked[path] += 1
                await asyncio.wait_for(self._ask(reader, writer, path), _SECONDS)
                self.answered[path] += 1
            except (OSError, EOFError, asyncio.TimeoutError):
                # Killed in between: it may have been written down, nobody was told so.
                if writer:
                    writer.close()
                writer = None
                await asyncio.sleep(0.05)
            await asyncio.sleep(self._pause * random.random() * 2)
        if writer:
            writer.close()

    @staticmethod
    async def _ask(reader, writer, path):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        expected = b" 302 " if path.startswith("/c/") else b" 200 "
        length = 0
        for line in head.lower().splitlines():
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        await reader.readexactly(length)
        if expected not in head.splitlines()[0] + b" ":
            raise EOFError(head.splitlines()[0])
