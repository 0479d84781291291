"""Every answered event is in Odoo exactly once, whatever happens on the way."""

import contextlib
import os
import resource
import signal

import pytest
from mini_odoo import FAULTS, MiniOdoo
from relay_process import RelayProcess
from spool_stores import RedisServer

from dev.processes import wait_until


def opens(relay, odoo, number):
    for _number in range(number):
        assert relay.ask(f"/o/{odoo.mint()}.gif")[0] == 200


def settled(odoo, number):
    wait_until(lambda: odoo.delivered >= number, f"{number} events")
    assert odoo.delivered == number and not odoo.doubled


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "hang"])
def test_survives(relay, odoo, fault):
    odoo.faults.append(fault)
    opens(relay, odoo, 7)
    settled(odoo, 7)
    assert not odoo.faults


def test_an_answer_that_does_not_come(odoo, tmp_path):
    with RelayProcess(tmp_path / "relay", odoo_timeout=1).join(odoo) as relay:
        odoo.faults.append("hang")
        opens(relay, odoo, 3)
        settled(odoo, 3)


def test_batches_that_are_too_large_become_smaller(odoo, tmp_path):
    with RelayProcess(tmp_path / "relay").join(odoo) as relay:
        odoo.most = 0
        opens(relay, odoo, 60)
        wait_until(lambda: relay.status()["spool"]["depth"] == 60, "the spool")
        odoo.most = 20
        settled(odoo, 60)
        assert relay.metrics()['engagement_relay_forward_failures_total{reason="413"}'] >= 1


def test_retry_after_is_honoured(relay, odoo):
    odoo.faults.append("503")
    opens(relay, odoo, 1)
    wait_until(lambda: not odoo.faults, "the fault")
    settled(odoo, 1)
    # Odoo asks for a second; without it the first wait is at most half of one.
    [said] = [line for line in relay.lines() if "a batch was not taken" in line["message"]]
    assert said["seconds"] >= 1


def test_rejected_events_become_dead_letters(relay, odoo):
    bad = b"0123456789"
    odoo.reject.add(bad.hex())
    relay.ask(f"/o/{odoo.mint(uid=bad)}.gif")
    opens(relay, odoo, 2)
    settled(odoo, 2)
    found = wait_until(lambda: relay.status()["dead_letters"], "the dead letter")
    assert [letter["reason"] for letter in found] == ["unwanted"]
    status = relay.status()
    assert status["spool"]["depth"] == 0 and status["spool"]["dead_letters"] == 1
    assert "unwanted" in relay.run("status").stdout


@contextlib.contextmanager
def full_disk(relay):
    """The worker may write to no file."""
    [worker] = relay.workers()
    limits = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_while_odoo_takes_events(relay, odoo):
    age = f'engagement_relay_state_age_seconds{{tenant="{odoo.tenant}"}}'
    wait_until(lambda: age in relay.metrics(), "the last file of the metrics")
    odoo.down = True
    opens(relay, odoo, 20)
    wait_until(lambda: relay.status()["spool"]["depth"] == 20, "the spool")
    with full_disk(relay):
        odoo.down = False
        wait_until(
            lambda: 'engagement_relay_forward_failures_total{reason="SpoolFull"}'
            in relay.metrics(),
            "the batch that Odoo has and that cannot be deleted",
        )
        opens(relay, odoo, 1)
        dropped = 'engagement_relay_requests_total{kind="o",outcome="dropped"}'
        wait_until(lambda: relay.metrics().get(dropped) == 1, "the drop")
    wait_until(lambda: relay.status()["spool"]["depth"] == 0, "the spool to be empty")
    settled(odoo, 20)
    opens(relay, odoo, 1)
    settled(odoo, 21)


def test_odoo_away_and_back(odoo, tmp_path):
    port = int(odoo.url.rpartition(":")[2])
    with RelayProcess(tmp_path / "relay").join(odoo) as relay:
        opens(relay, odoo, 1)
        settled(odoo, 1)
        odoo.stop()
        opens(relay, odoo, 20)
        wait_until(lambda: relay.status()["spool"]["depth"] == 20, "the spool")
        assert relay.status()["spool"]["oldest"] and relay.ask("/readyz")[0] == 200
        again = MiniOdoo(port=port, tenant=odoo.tenant)
        again.relay, again.secret, again.masters = odoo.relay, odoo.secret, odoo.masters
        with again:
            settled(again, 20)


def test_killed_relay_loses_and_doubles_nothing(odoo, tmp_path):
    relay = RelayProcess(tmp_path / "relay").join(odoo)
    answered = 0
    odoo.down = True
    for _round in range(4):
        relay.start()
        opens(relay, odoo, 10)
        answered += 10
        relay.kill()
    odoo.down = False
    odoo.faults.extend(["cut", "half"])
    with relay:
        settled(odoo, answered)
        wait_until(lambda: relay.status()["spool"]["depth"] == 0, "the empty spool")


def test_a_worker_that_dies_comes_back(relay, odoo):
    opens(relay, odoo, 3)
    [worker] = relay.workers()
    os.kill(worker, signal.SIGKILL)

    def answers():
        with contextlib.suppress(OSError):
            return relay.ask(f"/o/{odoo.mint()}.gif")[0] == 200

    wait_until(answers, "another worker")
    settled(odoo, 4)


def test_stopping_flushes(relay, odoo):
    opens(relay, odoo, 5)
    relay.stop()
    assert odoo.delivered == 5


def test_several_workers_send_one_batch_at_a_time(odoo, tmp_path):
    with RelayProcess(tmp_path / "relay", workers=2).join(odoo) as relay:
        opens(relay, odoo, 60)
        settled(odoo, 60)
        name = "engagement_relay_spool_max_bytes"
        wait_until(lambda: relay.metrics().get(name) == 2 * 2**30, "the sum of both")


def test_full_spool_still_answers(odoo, tmp_path):
    odoo.down = True
    with RelayProcess(tmp_path / "relay", spool_max_bytes=3000).join(odoo) as relay:
        opens(relay, odoo, 30)
        click = odoo.mint("c", target="https://example.com/")
        assert relay.ask(f"/c/{click}")[0] == 302

        def dropped():
            found = relay.metrics()
            named = 'engagement_relay_requests_total{{kind="{}",outcome="dropped"}}'
            return sum(found.get(named.format(kind), 0) for kind in "oc")

        def kept():
            return relay.status()["spool"]["depth"]

        # They are counted once a second.
        wait_until(lambda: dropped() and kept() + dropped() == 31, "each kept or counted")
        wait_until(lambda: relay.metrics()["engagement_relay_spool_full"] == 1, "the metric")
        status = relay.status()["spool"]
        assert status["full_tenants"] == [odoo.tenant]
        assert f"FULL for {odoo.tenant}" in relay.run("status").stdout
        assert "the spool is full" in relay.log.read_text()
        assert relay.ask("/readyz")[0] == 200
        odoo.down = False
        wait_until(lambda: odoo.delivered == status["depth"], "what was kept")


@pytest.mark.parametrize(
    "answer",
    [
        b"[" * 16_000,
        b'{"accepted":' * 16_000,
        b'{"accepted": 1%b, "duplicates": 0, "state_version": 1, "rejected": []}' % (b"0" * 400),
        b'{"accepted": 1, "duplicates": 0, "state_version": 1%b, "rejected": []}' % (b"0" * 5000),
        b'{"accepted": 1e999, "duplicates": 0, "state_version": 1, "rejected": []}',
        b'{"accepted": 1, "duplicates": 0, "state_version": -1, "rejected": []}',
        b'{"accepted": 1, "duplicates": 0, "state_version": 1, "rejected": {"a": 1}}',
        b'{"accepted": 1, "duplicates": 0, "state_version": 1, "rejected": 5}',
        b"\xff\xfe\0",
        b"null",
    ],
)
def test_an_answer_that_is_none(relay, odoo, answer):
    """As one that says 500: the batch comes again, after a while."""
    odoo.faults.append(answer)
    opens(relay, odoo, 3)
    settled(odoo, 3)
    assert "Traceback" not in relay.log.read_text()
    assert any("a batch was not taken" in line["message"] for line in relay.lines())


def test_identical_opens_within_a_moment_are_counted(relay, odoo):
    token = odoo.mint()
    for _number in range(30):
        relay.ask(f"/o/{token}.gif")
    settled(odoo, 30)
    assert len(odoo.events) < 30


def test_metrics(relay, odoo):
    opens(relay, odoo, 3)
    settled(odoo, 3)
    name = 'engagement_relay_events_total{result="accepted"}'
    wait_until(lambda: relay.metrics().get(name) == 3, "the count")
    name = 'engagement_relay_requests_total{kind="o",outcome="recorded"}'
    wait_until(lambda: relay.metrics().get(name) == 3, "the count")
    found = relay.metrics()
    assert found["engagement_relay_forward_seconds_count"] >= 1
    assert found[f'engagement_relay_state_age_seconds{{tenant="{odoo.tenant}"}}'] < 60
    assert found["engagement_relay_spool_rows"] == 0


def test_redis_away_and_back(odoo, tmp_path):
    redis = RedisServer()
    try:
        settings = {"spool": "redis", "redis_url": redis.url}
        with RelayProcess(tmp_path / "relay", **settings).join(odoo) as relay:
            opens(relay, odoo, 5)
            settled(odoo, 5)
            redis.kill()
            opens(relay, odoo, 5)
            settled(odoo, 10)
            redis.start()
            wait_until(lambda: not relay.status()["spool"]["degraded"], "Redis")
            opens(relay, odoo, 5)
            settled(odoo, 15)
    finally:
        redis.remove()
