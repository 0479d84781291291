"""Real stores for the tests of the spool, and a worker process that can be killed."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid

import anyio
import pytest
from engagement_relay.config import Config
from engagement_relay.spool import open_shared, open_spool
from engagement_relay.startup import obstacles

from dev.processes import wait_until

TENANT = "0a0b0c0d"


def line(uid):
    return json.dumps({"uid": uid, "type": "open"}, separators=(",", ":")).encode()


def parsed(batch):
    """:rtype: dict, repeat by uid"""
    rows = [json.loads(text) for text in batch.body.splitlines()] if batch else []
    found = {row["uid"]: row.get("repeat", 1) for row in rows}
    assert len(found) == len(rows) == (batch.rows if batch else 0)
    return found


def visit(spool, uid, token=None):
    return spool.append(TENANT, token or uid, token or uid, line(uid))


async def until(condition):
    """Ask again and again, while the loop goes on."""
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.02)


def why_not(tmp_path, **settings):
    """What keeps a relay from starting."""
    always = {"listen": "127.0.0.1:0", "metrics_listen": ""}
    return obstacles(Config(data_dir=tmp_path / "data", **always, **settings))


async def drain(spool, tenant=TENANT):
    """Take and finish until nothing is left: repeat by uid."""
    found = {}
    while batch := await spool.take(tenant, 500):
        rows = parsed(batch)
        assert not rows.keys() & found.keys()
        found.update(rows)
        await spool.finish(batch)
    return found


class RedisServer:
    def __init__(self, *options):
        if not shutil.which("redis-server"):
            # In CI it is installed: nothing may be left out in silence.
            (pytest.fail if os.environ.get("CI") else pytest.skip)("redis-server is missing")
        # A socket's path may have a hundred characters.
        self.dir = tempfile.mkdtemp(prefix="redis")
        self.socket = f"{self.dir}/socket"
        self.url = f"unix://{self.socket}"
        self.options = [
            "--port",
            "0",
            "--unixsocket",
            self.socket,
            "--dir",
            self.dir,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            *options,
        ]
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(["redis-server", *self.options], stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Redis")

    def _answers(self):
        assert self.process.poll() is None
        ping = subprocess.run(
            ["redis-cli", "-s", self.socket, "ping"], capture_output=True, check=False
        )
        return ping.stdout.strip() == b"PONG"

    def kill(self):
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)

    def remove(self):
        self.kill()
        shutil.rmtree(self.dir)


class Store:
    """One store that can be opened again and again, by this process and by others.

    :ivar str name: none, sqlite, redis, valkey, nats (those alone), fallback (Valkey, and the disk
        beside it), away (the same without a Valkey)
    """

    def __init__(self, name, path, url="", **options):
        self.name = name
        self.kind, self.options = {
            "none": ("none", {}),
            "sqlite": ("sqlite", {"path": str(path)}),
            "redis": ("redis-alone", {}),
            "valkey": ("redis-alone", {}),
            "nats": ("nats-alone", {"replicas": 1}),
            "fallback": ("redis", {"path": str(path)}),
            "nats-fallback": ("nats", {"path": str(path)}),
            "away": ("redis", {"path": str(path), "url": f"unix://{path}/no.socket"}),
        }[name]
        self.options |= options
        if url:
            self.options |= {"url": url, "namespace": f"test{uuid.uuid4().hex[:8]}"}

    @property
    def counts_up(self):
        """Whether a row that is written may be counted up."""
        return self.kind in ("none", "sqlite")

    @contextlib.asynccontextmanager
    async def open(self, **options):
        """A spool that hangs fails after a minute."""
        with anyio.fail_after(60):
            spool = await open_store(self.kind, **self.options, **options)
            try:
                yield spool
            finally:
                await spool.close()

    def worker(self, *arguments, **options):
        """A process that appends, see ``_work``."""
        command = [sys.executable, __file__, json.dumps([self.kind, self.options | options])]
        return subprocess.Popen(
            [*command, *map(str, arguments)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )


async def open_store(kind, **options):
    if kind.endswith("-alone"):
        return open_shared(kind.removesuffix("-alone"), **options)
    return await open_spool(kind, **options)


async def _work(kind, options, rows, deliver):
    """Append rows, most of them seen twice. Prints a uid and how often it was answered; and
    before deleting anything, what was delivered.
    """
    spool = await open_store(kind, **options)
    print("ready", flush=True)

    async def visit(number):
        uid = f"{os.getpid()}-{number}"
        times = 1 + number % 2
        await asyncio.gather(
            *(spool.append(TENANT, uid, (uid, "GET"), line(uid)) for _time in range(times))
        )
        print("answered", uid, times, flush=True)

    async def forward():
        while True:
            await asyncio.sleep(0.005)
            if batch := await spool.take(TENANT, 100):
                for uid, repeat in parsed(batch).items():
                    print("delivered", uid, repeat, flush=True)
                await spool.finish(batch)

    forwarder = asyncio.create_task(forward()) if deliver else None
    for start in range(0, rows, 20):
        await asyncio.gather(*(visit(number) for number in range(start, min(start + 20, rows))))
    if forwarder:
        forwarder.cancel()
    await spool.close()


def read_until(worker, answered):
    """What a worker says until it has answered so many, as (word, uid, times)."""
    said = []
    for text in worker.stdout:
        said.append(tuple(text.split()))
        if sum(words[0] == "answered" for words in said) >= answered:
            break
    return said


def read_rest(worker):
    said = [tuple(text.split()) for text in worker.stdout]
    worker.wait(30)
    # The last line of a killed process may be cut.
    return [words for words in said if len(words) == 3]


if __name__ == "__main__":
    opening = json.loads(sys.argv[1])
    asyncio.run(_work(*opening, int(sys.argv[2]), sys.argv[3:] == ["deliver"]))
