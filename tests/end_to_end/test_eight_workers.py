"""Many at once on one mail: every request is answered and counted, exactly once."""

import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from dev.processes import wait_until

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/{}.0 Safari/537.36"
REQUESTS = 400


def _seen(odoo, subject):
    rows = odoo.call(
        "mail.engagement.tracking", "search_read", [["subject", "=", subject]], ["event_ids"]
    )
    events = odoo.call(
        "mail.engagement.event",
        "search_read",
        [["tracking_id", "in", [row["id"] for row in rows]]],
        ["verdict", "repeat_count"],
    )
    return sum(event["repeat_count"] for event in events), events


def test_eight_workers(odoo, send):
    subject = f"Eight at once {secrets.token_hex(4)}"
    message = send("<p>Hello</p>", subject=subject)
    pixel = re.search(r'src="([^"]*/e/o/[^"]+)"', message.get_body(("html",)).get_content())[1]
    log = Path(os.environ["ODOO_LOG"])
    before = log.stat().st_size

    def ask(number):
        headers = {"User-Agent": AGENT.format(100 + number % 40)}
        return requests.get(pixel, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(REQUESTS))) == {200}

    wait_until(lambda: _seen(odoo, subject)[0] == REQUESTS)
    wait_until(lambda: all(event["verdict"] for event in _seen(odoo, subject)[1]))
    people = sum(
        event["repeat_count"] for event in _seen(odoo, subject)[1] if event["verdict"] == "human"
    )
    (row,) = odoo.call(
        "mail.engagement.tracking",
        "search_read",
        [["subject", "=", subject]],
        ["open_count", "machine_count"],
    )
    assert row["open_count"] == people
    with log.open("rb") as text:
        text.seek(before)
        written = text.read().decode(errors="replace")
    assert "could not serialize" not in written
    assert "was lost" not in written
