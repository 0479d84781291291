"""A real receiver, the example of the documents, which is killed, as Odoo is, while it is told.

Nothing is lost, and nothing is kept twice.
"""

import contextlib
import json
import os
import socket
import sqlite3
import sys
import threading

import psycopg2
import pytest

from dev import odoo_server, paths
from dev.http_server import Handler, HttpServer
from dev.json_rpc import Odoo
from dev.processes import Server, free_port, wait_until

DATABASE = f"{paths.ADDON}_end_to_end_webhooks"
EXAMPLE = paths.ROOT / "docs" / "examples" / "webhook_receiver.py"
MAILS = 60
PATIENCE = 300
OPEN = """
    INSERT INTO mail_engagement_event (uid, mail_uid, company_id, tracking_id, type, occurred_at,
                                       repeat_count, verdict_by, policy, agent_class)
    SELECT md5(uid), uid, company_id, id, 'open', now() AT TIME ZONE 'UTC', 1, 'rule', 3, 'browser'
      FROM mail_engagement_tracking
     WHERE rfc_message_id LIKE '%%.hooked@seller.test>' AND id %% 2 = %s"""

ONE_OPEN = f"""{OPEN} AND rfc_message_id = (
    SELECT min(rfc_message_id) FROM mail_engagement_tracking
     WHERE rfc_message_id LIKE '%%.hooked@seller.test>' AND id %% 2 = 1)"""


class Receiver(Server):
    """The example, with what it keeps."""

    def __init__(self, folder, secret):
        self.kept = folder / "news.db"
        port = free_port()
        command = [sys.executable, EXAMPLE, port, self.kept]
        environment = {**os.environ, "WEBHOOK_SECRET": secret}
        super().__init__(command, port, folder / "receiver.log", None, env=environment)

    def news(self):
        """:return: id and payload of each, in the order in which they came"""
        with contextlib.closing(sqlite3.connect(self.kept)) as connection:
            rows = connection.execute("SELECT id, body FROM news ORDER BY rowid").fetchall()
        return [(id_, json.loads(body)) for id_, body in rows]


@pytest.fixture
def server():
    odoo_server.fresh(DATABASE)
    odoo_server.shell(DATABASE, paths.INSIDE / "switch_on.py")
    os.environ["MAILS"] = str(MAILS)
    odoo_server.shell(DATABASE, paths.ROOT / "tests/end_to_end/inside/webhook_mails.py")
    with odoo_server.Odoo(DATABASE, "--workers", "2", "--max-cron-threads", "2") as found:
        yield found


def ask(query, *values):
    with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else cursor.rowcount


def subscribe(odoo, name, port):
    """:return: a webhook's id and its secret"""
    webhook = odoo.call(
        "mail.engagement.webhook",
        "create",
        {
            "name": name,
            "url": f"http://127.0.0.1:{port}/",
            "allow_http": True,
            "allow_private": True,
        },
    )
    action = odoo.call("mail.engagement.webhook", "action_new_secret", [webhook])
    return webhook, action["context"]["default_secret"]


def judge(server):
    """Have what was written judged, as an edge's request would."""
    odoo = Odoo(server.url, DATABASE)
    [_model, cron] = odoo.call(
        "ir.model.data", "check_object_reference", "mail_engagement", "ir_cron_summarise"
    )
    odoo.call("ir.cron", "method_direct_trigger", [cron])


def left(webhook):
    """How many facts and deliveries wait."""
    [[facts]] = ask("SELECT count(*) FROM mail_engagement_fact WHERE is_done IS NOT TRUE")
    [[waiting]] = ask(
        "SELECT count(*) FROM mail_engagement_webhook_delivery"
        " WHERE webhook_id = %s AND state IN ('waiting', 'failed')",
        webhook,
    )
    return facts + waiting


def hurry(webhook):
    """Let the clock run: what waits for its next attempt is due, and what was taken is free."""
    ask(
        """UPDATE mail_engagement_webhook_delivery SET next_at = now() AT TIME ZONE 'UTC'
            WHERE webhook_id = %s AND state IN ('waiting', 'failed')""",
        webhook,
    )
    ask(
        """UPDATE mail_engagement_webhook SET busy_until = NULL, paused_until = NULL
            WHERE id = %s""",
        webhook,
    )
    ask(
        """INSERT INTO ir_cron_trigger (cron_id, call_at)
           SELECT res_id, now() AT TIME ZONE 'UTC' FROM ir_model_data
            WHERE module = 'mail_engagement' AND name IN ('ir_cron_webhook', 'ir_cron_fact')"""
    )
    with contextlib.closing(psycopg2.connect(dbname="postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute("SELECT pg_notify('cron_trigger', %s)", [DATABASE])


def test_nothing_is_lost_and_nothing_twice(server, tmp_path):
    odoo = Odoo(server.url, DATABASE)
    port = free_port()
    webhook, secret = subscribe(odoo, "ERP", port)
    receiver = Receiver(tmp_path, secret)
    odoo.call("mail.engagement.webhook", "write", [webhook], {"url": f"{receiver.url}/"})
    with receiver:
        assert ask(OPEN, 0) == MAILS // 2
        judge(server)
        # Killed as soon as something has arrived: whatever each of them was at, it does not finish.
        wait_until(lambda: len(receiver.news()) > 2, "the first news", PATIENCE)
        server.kill()
        receiver.kill()
        assert left(webhook) > 0
        assert ask(OPEN, 1) == MAILS // 2
        server.start()
        judge(server)

        def failed():
            hurry(webhook)
            return ask(
                "SELECT FROM mail_engagement_webhook_delivery"
                " WHERE webhook_id = %s AND error IS NOT NULL",
                webhook,
            )

        wait_until(failed, "an attempt while the receiver is away", PATIENCE, pause=1)
        for _number in range(3):
            receiver.start()
            before = len(receiver.news())
            hurry(webhook)
            wait_until(
                lambda before=before: len(receiver.news()) > before or not left(webhook),
                "more news",
                PATIENCE,
            )
            receiver.kill()
            server.kill()
            server.start()
        receiver.start()

        def everything():
            hurry(webhook)
            return not left(webhook)

        wait_until(everything, "the rest", PATIENCE, pause=1)
        found = receiver.news()
    facts = ask("SELECT uid FROM mail_engagement_fact")
    assert len(facts) == MAILS
    assert sorted(id_ for id_, _payload in found) == sorted(uid for (uid,) in facts)
    told = {payload["data"]["recipient"]["emails"][0] for _id, payload in found}
    assert told == {f"hooked{number}@customer.test" for number in range(MAILS)}
    log = server.log.read_text(errors="replace")
    for word in (secret, secret.removeprefix("whsec_"), "@customer.test"):
        assert word not in log


def test_one_that_never_answers_holds_up_nobody(server, tmp_path):
    """A receiver that takes connections and says nothing, beside one that answers."""
    odoo = Odoo(server.url, DATABASE)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as mute:
        slow, _secret = subscribe(odoo, "Mute", mute.getsockname()[1])
        webhook, secret = subscribe(odoo, "ERP", free_port())
        receiver = Receiver(tmp_path, secret)
        odoo.call("mail.engagement.webhook", "write", [webhook], {"url": f"{receiver.url}/"})
        with receiver:
            ask(OPEN, 0)
            judge(server)
            wait_until(lambda: len(receiver.news()) == MAILS // 2, "all news", PATIENCE)
            wait_until(
                lambda: ask(
                    "SELECT error FROM mail_engagement_webhook_delivery"
                    " WHERE webhook_id = %s AND error IS NOT NULL",
                    slow,
                ),
                "the slow one's time to be over",
                PATIENCE,
            )
            assert ask(
                "SELECT DISTINCT error FROM mail_engagement_webhook_delivery"
                " WHERE webhook_id = %s AND error IS NOT NULL",
                slow,
            ) == [("timeout",)]


class Meeting(Handler):
    """Answers once the other receivers have been asked as well."""

    def do_POST(self):
        self.body()
        with contextlib.suppress(threading.BrokenBarrierError):
            self.owner.barrier.wait(60)
        self.reply(204, b"")


def test_receivers_are_sent_to_at_once(server):
    """None of them answers before all are asked: one after the other would be in vain."""
    odoo = Odoo(server.url, DATABASE)
    barrier = threading.Barrier(3)
    with contextlib.ExitStack() as stack:
        for number in range(3):
            receiver = stack.enter_context(HttpServer(Meeting))
            receiver.barrier = barrier
            subscribe(odoo, f"Meeting {number}", int(receiver.url.rpartition(":")[2]))
        assert ask(ONE_OPEN, 1) == 1
        judge(server)
        outcomes = "SELECT state, attempt_count FROM mail_engagement_webhook_delivery"
        wait_until(
            lambda: len(ask(f"{outcomes} WHERE attempt_count > 0")) == 3, "outcomes", PATIENCE
        )
        assert ask(outcomes) == [("delivered", 1)] * 3


def test_the_example_refuses_what_is_not_signed(tmp_path):
    with Receiver(tmp_path, "whsec_" + "c2VjcmV0" * 4) as receiver:
        headers = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        assert receiver.ask("/", "POST", headers, b"{}")[0] == 401
        assert not receiver.news()
