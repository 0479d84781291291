"""What Odoo took is kept, and sent again to an Odoo that lost it; nobody's who refused."""

import gzip
import json
import os
from datetime import date, timedelta

import pytest
from engagement_relay.odoo.archive import Archive
from engagement_relay.state import State
from relay_process import RelayProcess

from dev.processes import wait_until

TENANT = "0a0b0c0d"


def packed(*mails, kind="open"):
    lines = [json.dumps({"uid": f"{mail}-{kind}", "mail": mail, "type": kind}) for mail in mails]
    return gzip.compress("".join(f"{line}\n" for line in lines).encode())


def kept(archive, since=None):
    return [json.loads(line)["uid"] for line in archive.lines(since)]


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path, TENANT, 30)


def other_day(archive, days):
    """Today's file becomes that of another day."""
    [path] = archive.files()
    day = date.fromisoformat(path.name[:10]) + timedelta(days)
    path.rename(path.with_name(f"{day}.ndjson.gz"))
    return day


def test_keeps_each_batch_by_day(archive, tmp_path):
    archive.add(packed("a"))
    day = other_day(archive, -2)
    archive.add(packed("b"))
    archive.add(packed("c"))
    assert kept(archive) == ["a-open", "b-open", "c-open"]
    assert kept(archive, day + timedelta(1)) == ["b-open", "c-open"]
    for folder, _folders, files in os.walk(tmp_path / "archive"):
        assert os.stat(folder).st_mode & 0o077 == 0
        assert all(os.stat(f"{folder}/{name}").st_mode & 0o077 == 0 for name in files)


def test_a_batch_that_a_power_cut_tore_hides_nothing(archive, tmp_path):
    archive.add(packed("a"))
    [path] = archive.files()
    with path.open("ab") as file:
        file.write(packed("torn")[:-12])
    assert kept(archive) == ["a-open"]
    # Another process, as after the power cut.
    Archive(tmp_path, TENANT, 30).add(packed("b"))
    assert kept(archive) == ["a-open", "b-open"]


def test_goes_after_its_days(archive):
    archive.add(packed("a"))
    other_day(archive, -31)
    archive.add(packed("b"))
    archive.tidy()
    assert kept(archive) == ["b-open"]


def test_nobody_who_refused_stays(archive, tmp_path):
    archive.add(packed("a", "b") + packed("a", "b", kind="click"))
    state = State(suppressed=frozenset({"a"}), suppressed_kinds={"b": ["click"]})
    assert archive.note(state) and not archive.note(state)
    # Not sent again from now on, and not there once it was tidied.
    assert kept(archive) == ["b-open"]
    archive.tidy()
    [path] = archive.files()
    assert [json.loads(line)["uid"] for line in gzip.open(path)] == ["b-open"]
    # An Odoo of before the refusal cannot bring them back.
    archive.note(State())
    archive.add(packed("a", "c"))
    assert kept(Archive(tmp_path, TENANT, 30)) == ["b-open", "c-open"]


@pytest.fixture
def relay(odoo, tmp_path):
    with RelayProcess(tmp_path / "relay", archive_days=30).join(odoo) as found:
        yield found


def delivered(relay, odoo, number):
    for _number in range(number):
        assert relay.ask(f"/o/{odoo.mint()}.gif")[0] == 200
    wait_until(lambda: odoo.delivered >= number, "the events")


def since(days=0):
    return str(date.today() - timedelta(days + 1))


def test_a_restored_odoo_gets_it_again(relay, odoo):
    delivered(relay, odoo, 5)
    before, lost = dict(odoo.events), list(odoo.events)[2:]
    for uid in lost:
        del odoo.events[uid]
    said = relay.said("replay", "--since", since())
    assert odoo.events == before
    assert "5 sent again: 3 new to Odoo, 2 it had, 0 it does not want" in said
    assert relay.said("replay", "--since", since(), "--tenant", "00000000") == ""


def test_a_refusal_takes_effect_on_what_is_kept(relay, odoo):
    uid = b"0123456789"
    relay.ask(f"/o/{odoo.mint(uid=uid)}.gif")
    wait_until(lambda: odoo.delivered == 1, "the event")
    [path] = (relay.data_dir / "archive" / odoo.tenant).glob("*.gz")
    assert uid.hex().encode() in gzip.open(path).read()
    odoo.suppressed.append(uid.hex())
    odoo.changed()
    wait_until(lambda: uid.hex().encode() not in gzip.open(path).read(), "the archive")
    odoo.events.clear()
    relay.said("replay", "--since", since())
    assert odoo.delivered == 0


def test_says_why_it_cannot_be_sent_again(relay, odoo):
    delivered(relay, odoo, 1)
    odoo.faults.append("500")
    done = relay.run("replay", "--since", since())
    assert done.returncode and "status 500" in done.stderr


def test_nothing_is_kept_unless_it_is_asked_for(odoo, tmp_path):
    with RelayProcess(tmp_path / "other").join(odoo) as relay:
        delivered(relay, odoo, 1)
        assert not (relay.data_dir / "archive").exists()


def test_a_full_disk_keeps_no_odoo_waiting(relay, odoo):
    (relay.data_dir / "archive").write_text("no folder")
    delivered(relay, odoo, 2)
    wait_until(lambda: not relay.status()["spool"]["depth"], "the spool")
    assert "not in the archive" in relay.log.read_text()
