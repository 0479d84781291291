"""The developers' commands: each can be loaded; a server starts, breaks and ends as it should."""

import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from dev import paths
from dev.cli import COMMANDS, cli
from dev.processes import Server, free_port, listens, wait_until
from dev.say import Failure

SERVE = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1"]


@pytest.mark.parametrize("name", [None, *sorted(set(COMMANDS) - {"odoo", "tool"})])
def test_every_command_tells_of_itself(name):
    done = CliRunner().invoke(cli, [*([name] if name else []), "--help"])
    assert done.exit_code == 0, done.exception
    assert "Usage:" in done.output and len(done.output.splitlines()) > 4


def test_odoo_gets_its_options_as_they_are():
    """Its --help is Odoo's own, so it is only loaded here."""
    command = cli.get_command(None, "odoo")
    context = command.make_context("odoo", ["-d", "x", "--help", "--test-tags", "/a"])
    assert context.params["arguments"] == ("-d", "x", "--help", "--test-tags", "/a")


def test_make_knows_every_command():
    for name in COMMANDS:
        # Within `make test` it would say that it enters this folder.
        make = ["make", "--no-print-directory", "-n", name, "ARGS=--fresh", "CORPUS=--fresh"]
        done = subprocess.run(make, cwd=paths.ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == f"python3 -m dev {name} --fresh\n"


def test_a_command_that_is_not_there():
    done = CliRunner().invoke(cli, ["nothing"])
    assert done.exit_code == 2 and "No such command" in done.output


def test_a_server_is_stopped_killed_and_started_again_at_its_address(tmp_path):
    port = free_port()
    server = Server([*SERVE, port], port, tmp_path / "log", cwd=tmp_path)
    with server:
        assert server.ask("/")[0] == 200 and listens(port)
        server.kill()
        assert server.process.returncode == -signal.SIGKILL and not listens(port)
        server.start()
        assert server.ask("/nothing")[0] == 404
    assert server.process.returncode is not None and not listens(port)
    assert "/nothing" in server.log.read_text()


def test_a_server_that_ends_or_says_nothing_is_one_clear_line(tmp_path):
    port = free_port()
    broken = Server([sys.executable, "-c", "exit('no luck')"], port, tmp_path / "broken")
    with pytest.raises(Failure, match=r"did not start: no luck \(all of it: .*broken\)"):
        broken.start()
    silent = [sys.executable, "-c", "import time; time.sleep(60)"]
    silent = Server(silent, port, tmp_path / "silent", patience=0.2)
    with pytest.raises(Failure, match=r"in vain for .*silent\)"):
        silent.start()
    assert silent.process.returncode is not None


def test_waiting_returns_what_came_true():
    answers = iter([0, "", None, "here"])
    assert wait_until(lambda: next(answers), pause=0) == "here"
    with pytest.raises(Failure, match="in vain for rain"):
        wait_until(lambda: False, "rain", patience=0, pause=0)


def test_a_port_that_is_taken_is_not_given(tmp_path):
    port = free_port()
    with Server([*SERVE, port], port, tmp_path / "log"):
        assert free_port(port) > port
