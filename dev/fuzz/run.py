"""Each public route of Odoo and of a relay gets requests that no client of ours sends.

A real Odoo and a real relay, over HTTP. A line of a batch is an input, and so is each of the events
that a provider sends at once; a request to any other route is one. A status of 500 and above is an
error of the server's, and so is no answer and each traceback in its log. The last line is one JSON
object: ``inputs``, ``server_errors``, ``by_route``.
"""

import contextlib
import http.client
import json
import re
import socket
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import click

from .. import odoo_server, paths, postgres
from ..inbox import Inbox
from ..relay import Relay
from ..say import step
from .deliveries import Deliveries
from .hostile import Hostile
from .routes import Routes
from .sns import Amazon

DATABASE = f"{paths.ADDON}_fuzz"
INPUTS = 100_000
CLIENTS = 4
TOKEN = re.compile(r"http://127\.0\.0\.1/([ocap])/([A-Za-z0-9_-]{20,})")
SHOWN = 5


@click.command(help=__doc__)
@click.option("--inputs", default=INPUTS, show_default=True, help="For each route.")
@click.option("--seed", default=1, show_default=True)
@click.option("--routes", default="", help="Regular expression: only those it is found in.")
def main(inputs, seed, routes):
    """Ask, and count."""
    with postgres.running():
        found = run(inputs, seed, routes)
    print(json.dumps(found))
    return int(bool(found["server_errors"]))


def run(inputs, seed, routes=""):
    """
    :param int inputs: for each route
    :rtype: dict, see above
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        odoo_server.fresh(DATABASE)
        inbox = stack.enter_context(Inbox())
        # Behind proxies whose word both take, so that who asked is an input too.
        quiet = ["--log-level", "warn", "--max-cron-threads", "0", "--proxy-mode"]
        deliveries = Deliveries()
        amazon = stack.enter_context(Amazon(folder, deliveries.certificate))
        odoo = odoo_server.Odoo(DATABASE, *quiet, environ=amazon.environ)
        stack.enter_context(odoo)
        relay = Relay(folder, bad_tokens_per_minute=10**9, trusted_proxies="127.0.0.1")
        relay.said("pair", odoo.url, odoo_server.relay_code(DATABASE), "--host", "localhost")
        keys = _providers(deliveries.secrets)
        odoo_server.shell(
            DATABASE, Path(__file__).parent / "inside" / "mail.py", *odoo_server.through(inbox.port)
        )
        mail = inbox.received.get(timeout=60)
        deliveries.about(mail, keys)
        tokens = dict(TOKEN.findall(mail.get_body(("html",)).get_content()))
        made = Routes(tokens, _pairing(odoo), _cookie(odoo), deliveries)
        stack.enter_context(relay)
        targets = [(odoo, made.odoo()), (relay, made.relay())]
        by_route = {
            name: _attack(server.port, name, make, inputs, seed)
            for server, mine in targets
            for name, make in mine.items()
            if re.search(routes, name)
        }
        for name, server in (("log of Odoo", odoo), ("log of the relay", relay)):
            text = server.log.read_text(errors="replace")
            by_route[name] = {"inputs": 0, "server_errors": text.count("Traceback (most recent")}
    return {
        "inputs": sum(one["inputs"] for one in by_route.values()),
        "server_errors": sum(one["server_errors"] for one in by_route.values()),
        "by_route": by_route,
    }


def _pairing(odoo):
    """As another relay."""
    code = odoo_server.relay_code(DATABASE)
    offer = json.dumps({"code": code, "name": "Fuzz", "version": "0", "hosts": ["fuzz"]})
    return json.loads(odoo.ask("/mail_engagement/pair", "POST", body=offer.encode())[2])


def _providers(secrets):
    """:return: of each provider the key in its address"""
    script = Path(__file__).parent / "inside" / "providers.py"
    said = odoo_server.shell(DATABASE, script, environ={"SECRETS": json.dumps(secrets)})
    return json.loads(said.strip().splitlines()[-1])


def _cookie(odoo):
    params = {"db": DATABASE, "login": "admin", "password": "admin"}
    asked = json.dumps({"params": params}).encode()
    headers = {"Content-Type": "application/json"}
    answer = odoo.ask("/web/session/authenticate", "POST", headers, asked)
    return answer[1]["set-cookie"].partition(";")[0]


def _attack(port, name, make, inputs, seed):
    """:return: how many inputs a route got, and how many errors it made of them"""
    done, answers, lock = Counter(), Counter(), threading.Lock()

    def client(number):
        hostile, wire = Hostile(f"{seed} {name} {number}"), Wire(port)
        with contextlib.closing(wire):
            while done["inputs"] < inputs:
                request = make(hostile)
                status = wire.ask(request)
                with lock:
                    done["inputs"] += request.inputs
                    answers[status] += 1
                    if status == 0 or status >= 500:
                        done["errors"] += 1
                        if done["errors"] <= SHOWN:
                            step(f"{name}: {status} for {str(request)[:600]}")

    start = time.monotonic()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = done["inputs"] / (time.monotonic() - start)
    said = ", ".join(f"{status}: {count}" for status, count in sorted(answers.items()))
    step(f"{name}: {done['inputs']} inputs ({rate:,.0f}/s), {done['errors']} errors; {said}")
    return {"inputs": done["inputs"], "server_errors": done["errors"]}


class Wire:
    """A connection that sends what is asked for as it is, kept while the server keeps it."""

    def __init__(self, port):
        self._port, self._socket = port, None

    def close(self):
        if self._socket:
            self._socket.close()
        self._socket = None

    def ask(self, request):
        """:return: the status, 0 where no answer came
        :rtype: int
        """
        kept = self._socket is not None
        try:
            return self._ask(request)
        except (OSError, http.client.HTTPException):
            self.close()
        if not kept:
            return 0
        # A kept connection may just have ended.
        try:
            return self._ask(request)
        except (OSError, http.client.HTTPException):
            self.close()
            return 0

    def _ask(self, request):
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        headers = {**request.headers, "Host": "localhost", "Content-Length": len(request.body)}
        lines = [f"{request.method} {request.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self._socket.sendall(head + request.body)
        answer = http.client.HTTPResponse(self._socket, method=request.method)
        answer.begin()
        answer.read()
        if answer.will_close:
            self.close()
        return answer.status
