"""A name server on a free port of the loopback, for tests."""

import contextlib

import dns.resolver
from dnslib import QTYPE, RCODE, RR
from dnslib.server import BaseResolver, DNSLogger, DNSServer


class Zone(BaseResolver):
    """
    :param str text: the records, as in a zone file
    """

    def __init__(self, text):
        self._records = RR.fromZone(text)

    def resolve(self, request, handler):
        reply = request.reply()
        mine = [record for record in self._records if record.rname == request.q.qname]
        if not mine:
            reply.header.rcode = RCODE.NXDOMAIN
        reply.add_answer(*(it for it in mine if QTYPE[it.rtype] == QTYPE[request.q.qtype]))
        return reply


@contextlib.contextmanager
def answering(text):
    """Have this process ask it, and nobody else, for as long as the block runs."""
    server = DNSServer(Zone(text), address="127.0.0.1", port=0, logger=DNSLogger("-request,-reply"))
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.server.server_address[1]
    before, dns.resolver.default_resolver = dns.resolver.default_resolver, resolver
    server.start_thread()
    try:
        yield
    finally:
        dns.resolver.default_resolver = before
        server.stop()
        server.server.server_close()
