"""Machines of their own on this one: network namespaces with an address each, behind a switch whose
cables can be pulled. Needs root.
"""

import contextlib
import itertools
import os
import random
import subprocess

_numbers = itertools.count(1)


def can_be_made():
    """Tell whether this machine lets us."""
    if os.geteuid():
        return False
    made = subprocess.run(["ip", "netns", "add", f"try{os.getpid()}"], capture_output=True)
    subprocess.run(["ip", "netns", "del", f"try{os.getpid()}"], capture_output=True, check=False)
    return made.returncode == 0


class Hosts(contextlib.ExitStack):
    """Some of them, with this machine's own processes as one more.

    :param int number: how many
    :ivar addresses: one for each, of the networks for tests of networks (RFC 2544)
    :ivar insides: what a command line begins with to run there
    """

    def __init__(self, number):
        super().__init__()
        name = f"e{os.getpid()}x{next(_numbers)}"
        self._switch, self._names = f"{name}s", [f"{name}h{host}" for host in range(number)]
        self._network = _free_network()
        self.addresses = [f"{self._network}.{host + 10}" for host in range(number)]
        self.insides = [("ip", "netns", "exec", host) for host in self._names]

    def __enter__(self):
        super().__enter__()
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def _build(self):
        for name in (self._switch, *self._names):
            _ip("netns", "add", name)
            self.callback(_ip, "netns", "del", name)
        self._inside(self._switch, "link", "add", "switch", "type", "bridge")
        self._inside(self._switch, "link", "set", "switch", "up")
        for host, (name, address) in enumerate(zip(self._names, self.addresses, strict=True)):
            self._plug(f"c{host}", "eth0", name)
            self._inside(name, "addr", "add", f"{address}/24", "dev", "eth0")
            self._inside(name, "link", "set", "eth0", "up")
            self._inside(name, "link", "set", "lo", "up")
        own = f"{self._switch}o"[-15:]
        self._plug("own", own, None)
        self.callback(subprocess.run, ["ip", "link", "del", own], capture_output=True, check=False)
        _ip("addr", "add", f"{self._network}.1/24", "dev", own)
        _ip("link", "set", own, "up")

    def cut(self, host):
        """Nobody reaches it, and it reaches nobody."""
        self._inside(self._switch, "link", "set", f"c{host}", "down")

    def join(self, host):
        """As before."""
        self._inside(self._switch, "link", "set", f"c{host}", "up")

    def _plug(self, port, device, name):
        """:param name: of a namespace; None: where this process is"""
        self._inside(
            self._switch, "link", "add", port, "type", "veth", "peer", "name", device,
            *(("netns", name) if name else ("netns", str(os.getpid()))),
        )  # fmt: skip
        self._inside(self._switch, "link", "set", port, "master", "switch")
        self._inside(self._switch, "link", "set", port, "up")

    @staticmethod
    def _inside(name, *arguments):
        _ip("-n", name, *arguments)


def _free_network():
    """:return: the first three numbers of one that nobody has here"""
    taken = _ip("-o", "addr")
    while f"198.18.{(number := random.randrange(256))}." in taken:
        pass
    return f"198.18.{number}"


def _ip(*arguments):
    return subprocess.run(["ip", *arguments], capture_output=True, check=True, text=True).stdout
