"""A hundred thousand altered tokens over HTTP: no redirect, no fault of the relay's, no event."""

import random
import socket
import string

from mutate import mutated
from relay_process import RelayProcess
from test_server import settled

# What needs no escaping in a path.
LETTERS = string.ascii_letters + string.digits + "-_=+/.~"
BATCH = 500


def test_hundred_thousand_over_http(odoo, tmp_path):
    # Else whoever asks too often gets no look at their tokens.
    relay = RelayProcess(tmp_path / "relay", bad_tokens_per_minute=1_000_000).join(odoo)
    with relay:
        assert _statuses(odoo, relay.port) == {"o": {200}, "c": {404}}
        assert settled(relay, odoo) == 0


def _statuses(odoo, port):
    chance = random.Random(2)
    good = {kind: odoo.mint(kind, target="https://example.com/offer") for kind in "oc"}
    statuses = {kind: set() for kind in good}
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        answers = connection.makefile("rb")
        for number in range(100_000 // BATCH):
            kind = "oc"[number % 2]
            made = {mutated(good[kind], chance, LETTERS) for _one in range(BATCH)}
            # With something behind it, it is the same token.
            texts = {text for text in made if not text.startswith(good[kind])}
            asked = "".join(f"GET /{kind}/{text} HTTP/1.1\r\nHost: relay\r\n\r\n" for text in texts)
            connection.sendall(asked.encode())
            statuses[kind].update(_answer(answers) for _text in texts)
    return statuses


def _answer(answers):
    """Read one answer: its status. None of them leads anywhere."""
    status = int(answers.readline().split()[1])
    length = 0
    while (line := answers.readline().lower().strip()) != b"":
        assert not line.startswith(b"location"), line
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    answers.read(length)
    return status
