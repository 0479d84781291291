"""How fast the edge keeps events: the relay, what bounds it, and its peers, in one run.

Every system answers the same requests from ``wrk`` on the same machine, in turns, so that a busy
moment strikes all of them. The last line is one JSON object.
"""

import contextlib
import json
import random
import secrets
import statistics
import subprocess
import tempfile
from base64 import b64encode
from pathlib import Path

import click
from engagement_relay import storage
from engagement_relay.protocol.token import Policy, Token, mint, outer_key
from engagement_relay.state import State

from .. import postgres
from ..command import need
from .relay_systems import granian, nats, nginx, oca, valkey
from .relay_time import for_each, spent

CONNECTIONS = (32, 128, 512)
TENANT = "0badcafe"
# More than a run asks for in a minute twenty times each, so that every request is a row.
TOKENS = 200_000


@click.command(help=__doc__)
@click.option("--seconds", default=5, show_default=True, help="Of each measurement.")
@click.option("--rounds", default=3, show_default=True, help="Their median counts.")
@click.option("--dir", "folder", help="Where the spool is written: the disk that is measured.")
@click.option("--no-oca", is_flag=True, help="Leave Odoo out.")
def main(seconds, rounds, folder, no_oca):
    """Measure, and print a table and a line of JSON."""
    for program, package in (("wrk", "wrk"), ("nginx", "nginx-light")):
        need(program, package)
    with tempfile.TemporaryDirectory(prefix="bench-relay-", dir=folder) as made:
        path = Path(made)
        key = outer_key(secrets.token_bytes(32), "o")
        tokens = _write_tokens(path / "tokens.txt", key)
        answers = {}
        with contextlib.ExitStack() as stack:
            started = _start(stack, path, key)
            systems = {name: (url, tokens, worker) for name, (url, worker) in started.items()}
            if not no_oca:
                stack.enter_context(postgres.running())
                systems["oca"] = (*stack.enter_context(oca(path)), None)
            results = _measure(systems, seconds, rounds, answers)
        lost = _lost(path, answers)
    _show(results, lost)
    return 0


def _pair(path, key):
    """What a pairing leaves on the relay's disk; no Odoo is asked here."""
    pairing = storage.Pairing("http://127.0.0.1:9", "00" * 16, secrets.token_bytes(32), TENANT)
    storage.save_pairing(path, pairing)
    keys = [{"id": 0, "state": "signing", "outer": {"o": b64encode(key).decode()}}]
    answer = {"full": True, "state_version": 1, "enabled": True, "keys": keys}
    storage.write_json(storage.state_path(path, TENANT), State().updated(answer).to_json())


def _write_tokens(path, key):
    with path.open("w") as paths:
        for _number in range(TOKENS):
            token = Token(
                "o", 0, bytes.fromhex(TENANT), Policy.FULL, 1_800_000_000, secrets.token_bytes(10)
            )
            paths.write(f"/o/{mint(token, key)}.gif\n")
    return path


def _start(stack, path, key):
    """:return: url and worker's process id, by name"""
    enter = stack.enter_context
    big = 2**34
    alone, copied = enter(valkey(path, replicas=0)), enter(valkey(path, replicas=1))
    _pair(path / "relay", key)
    spools = {
        "sqlite-full": {"kind": "sqlite", "path": str(path / "full"), "synchronous": "FULL"},
        "sqlite-normal": {"kind": "sqlite", "path": str(path / "normal"), "synchronous": "NORMAL"},
        "two-workers": {"kind": "sqlite", "path": str(path / "two"), "synchronous": "FULL"},
        "valkey": {"kind": "redis", "path": str(path / "local"), "url": alone},
        "valkey-1": {"kind": "redis", "path": str(path / "local1"), "url": copied, "replicas": 1},
        "nats-3": {"kind": "nats", "path": str(path / "local3"), "url": enter(nats(path))},
        "no-spool": {"kind": "none"},
    }
    systems = {
        "nginx": (enter(nginx(path)), None),
        "noop": enter(granian(path, "noop", "noop")),
    }
    for name, spool in spools.items():
        settings = {
            "spool": spool | {"max_bytes": big},
            "tenant": TENANT,
            "data_dir": str(path / "relay"),
            "report": str(path / f"{name}.json"),
        }
        workers = 2 if name == "two-workers" else 1
        systems[name] = enter(granian(path, name, "edge", settings, workers))
    systems["noop-two"] = enter(granian(path, "noop-two", "noop", workers=2))
    return systems


def _measure(systems, seconds, rounds, answers):
    """:return: {(name, connections): [(answers/s, p99 in ms, *microseconds for each answer)]}"""
    results = {}
    for number in range(rounds):
        for connections in CONNECTIONS:
            names = list(systems)
            random.shuffle(names)
            for name in names:
                url, paths, worker = systems[name]
                before = spent(worker)
                found = _wrk(url, paths, connections, seconds)
                times = for_each(before, spent(worker), found["answers"])
                if found["errors"]:
                    raise SystemExit(f"{name}: {found['errors']} requests failed")
                answers[name] = answers.get(name, 0) + found["answers"]
                speed = found["answers"] / found["seconds"]
                results.setdefault((name, connections), []).append((speed, found["p99_ms"], *times))
                print(
                    f"round {number + 1}  {name:14} {connections:4} connections"
                    f" {speed:10,.0f}/s  p50 {found['p50_ms']:7.2f}  p99 {found['p99_ms']:7.2f} ms",
                    flush=True,
                )
    return results


def _wrk(url, paths, connections, seconds):
    done = subprocess.run(
        [
            "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s",
            str(Path(__file__).with_suffix(".lua")), url, "--", str(paths), str(random.random()),
        ],
        capture_output=True, text=True, check=True, timeout=seconds + 60,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def _lost(path, answers):
    """Answers that no batch accounted for, by system. wrk does not count what it cut off."""
    delivered = {}
    for report in path.glob("*.json.*"):
        name = report.name.partition(".")[0]
        counts = json.loads(report.read_text())
        delivered[name] = delivered.get(name, 0) + counts["delivered"]
    return {name: max(0, answers[name] - number) for name, number in delivered.items()}


def _show(results, lost):
    def median(name, connections, what=0):
        return statistics.median(found[what] for found in results[name, connections])

    names = list(dict.fromkeys(name for name, _connections in results))
    order = [
        "nginx", "noop", "no-spool", "sqlite-normal", "sqlite-full", "valkey", "valkey-1", "nats-3",
        "noop-two", "two-workers", "oca",
    ]  # fmt: skip
    print()
    print("| system | " + " | ".join(f"{c}: answers/s (p99 ms)" for c in CONNECTIONS) + " | lost |")
    print("|---|" + "---:|" * (len(CONNECTIONS) + 1))
    for name in sorted(names, key=order.index):
        cells = [f"{median(name, c):,.0f} ({median(name, c, 1):.1f})" for c in CONNECTIONS]
        print(f"| {name} | " + " | ".join(cells) + f" | {lost.get(name, '')} |")
    print()
    print("| µs for each answer, 128 connections | its loop's thread | its other threads | wrk |")
    print("|---|---:|---:|---:|")
    for name in sorted(set(names) - {"nginx", "oca", "noop-two", "two-workers"}, key=order.index):
        cells = [f"{median(name, 128, what):.1f}" for what in (2, 3, 4)]
        print(f"| {name} | " + " | ".join(cells) + " |")
    durable = median("sqlite-full", 128)
    ratios = {
        "durable_vs_noop_c128": round(durable / median("noop", 128), 3),
        "two_workers_vs_noop_c128": round(median("two-workers", 128) / median("noop-two", 128), 3),
        "valkey_replica_vs_sqlite_c128": round(median("valkey-1", 128) / durable, 3),
        "nats_vs_sqlite_c128": round(median("nats-3", 128) / durable, 3),
        "durable_vs_nginx_c128": round(durable / median("nginx", 128), 3),
        "durable_vs_oca": round(durable / median("oca", 128), 1) if "oca" in names else None,
        "p99_ms_c128": round(median("sqlite-full", 128, 1), 2),
        "lost": sum(lost.values()),
    }
    print(json.dumps(ratios))
