"""Networks and agents as data: found quickly, edited, imported, handed on."""

import ipaddress
import random
import time

import pytest
from engagement_relay.detection.knowledge import (
    FILE,
    BadKnowledge,
    Entry,
    Knowledge,
    read_csv,
    write_csv,
)
from engagement_relay.detection.knowledge.lists import apple
from engagement_relay.detection.knowledge.prefixes import Prefixes
from hypothesis import given, settings, strategies as st

SHIPPED = Knowledge.default()
NETS = st.one_of(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
        lambda net: ipaddress.ip_network((net[0], net[1]), strict=False)
    ),
    st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(
        lambda net: ipaddress.ip_network((net[0], net[1]), strict=False)
    ),
)


def longest(nets, address):
    """The plain way to say it: of all prefixes around the address the longest, the last given."""
    around = [
        (net.prefixlen, place)
        for place, net in enumerate(nets)
        if net.version == address.version and address in net
    ]
    return max(around)[1] if around else None


@settings(deadline=None, max_examples=300)
@given(st.lists(NETS, max_size=12), st.data())
def test_the_longest_prefix_wins(nets, data):
    prefixes = Prefixes((str(net), place) for place, net in enumerate(nets))
    edges = [address for net in nets for address in (net.network_address, net.broadcast_address)]
    edges += [address + 1 for address in edges if int(address) + 1 < 2**address.max_prefixlen]
    for address in [*edges, ipaddress.ip_address(data.draw(st.integers(2**33, 2**128 - 1)))]:
        if address.version == 6 and address.ipv4_mapped:
            continue
        assert prefixes.find(str(address)) == longest(nets, address)


def test_what_ships_has_a_source_and_a_date_for_each_entry():
    for entry in read_csv(FILE):
        assert entry.source and len(entry.date) == 10 and entry.name, entry
        if entry.kind == "network":
            ipaddress.ip_network(entry.match)


def test_an_administrators_entries_hold_before_what_ships():
    mine = [
        Entry("network", "40.107.22.0/24", "ordinary", "Our branch"),
        Entry("network", "198.51.100.0/28", "scanner", "Our gateway"),
    ]
    knowledge = Knowledge([*read_csv(FILE), *mine])
    assert knowledge.network("40.107.22.9") == ("", "")
    assert knowledge.network("40.107.23.9")[0] == "scanner"
    assert knowledge.network("198.51.100.3") == ("scanner", "Our gateway")
    assert Knowledge.unpack(knowledge.pack()).network("198.51.100.3") == ("scanner", "Our gateway")


@pytest.mark.parametrize(
    "entry",
    [
        Entry("network", "300.1.1.0/24", "scanner", "x"),
        Entry("network", "192.0.2.0/24", "nonsense", "x"),
        Entry("agent", "(", "scanner", "x"),
        Entry("other", "x", "scanner", "x"),
    ],
)
def test_refuses_an_unusable_entry(entry):
    with pytest.raises(BadKnowledge):
        Knowledge([entry])


@pytest.mark.parametrize("packed", [{}, {"data": "?"}, {"data": "AAAA"}, {"data": 7}, None, []])
def test_refuses_to_unpack_nonsense(packed):
    with pytest.raises(BadKnowledge):
        Knowledge.unpack(packed)


def test_packing_keeps_everything():
    knowledge = Knowledge.default()
    again = Knowledge.unpack(knowledge.pack())
    assert again.pack() == knowledge.pack()
    choice = random.Random(5)
    for _number in range(2000):
        ip = str(ipaddress.ip_address(choice.randrange(2**32)))
        assert again.network(ip) == knowledge.network(ip)
    assert again.agent("curl/8.0") == knowledge.agent("curl/8.0")


def test_csv_there_and_back(tmp_path):
    entries = read_csv(FILE)
    path = tmp_path / "entries.csv"
    with path.open("w", newline="") as file:
        write_csv(entries, file)
    assert read_csv(path) == entries


def egress(rows):
    """A file of the form and size of Apple's list, from its documented blocks."""
    choice = random.Random(1)
    v4 = ipaddress.ip_network("172.224.0.0/12")
    v6 = ipaddress.ip_network("2a02:26f7::/32")
    for number in range(rows):
        if number % 8:
            net = ipaddress.ip_network((int(v6[0]) + (choice.randrange(2**32) << 64), 64))
        else:
            net = ipaddress.ip_network((int(v4[0]) + choice.randrange(2**17) * 8, 29))
        yield f"{net},US,US-CA,San Francisco,"


def test_joins_neighbours_and_leaves_out_what_is_inside():
    rows = ["192.0.2.0/26", "192.0.2.64/26", "192.0.2.128/25", "192.0.2.7/32", "10.0.0.0/8", "x"]
    assert [entry.match for entry in apple(rows, "2026-11-24")] == ["10.0.0.0/8", "192.0.2.0/24"]


def _each(find, ips):
    """Seconds that one look-up takes, the best of three rounds."""
    rounds = []
    for _round in range(3):
        start = time.perf_counter()
        for ip in ips:
            find(ip)
        rounds.append((time.perf_counter() - start) / len(ips))
    return min(rounds)


def test_a_list_of_apples_size_is_imported_and_found(record_property):
    rows = list(egress(287_000))
    start = time.perf_counter()
    entries = list(apple(["prefix,country,region,city", "", *rows], "2026-11-24"))
    # Without what ships: its large blocks would swallow these.
    knowledge = Knowledge(entries)
    built = time.perf_counter() - start
    ips = [row.split("/")[0] for row in random.Random(2).sample(rows, 5000)]
    assert None not in [knowledge._networks._find(ip) for ip in ips]
    looked_up, among_few = (_each(kept._networks._find, ips) for kept in (knowledge, SHIPPED))
    assert {knowledge.network(ip)[0] for ip in ips} == {"privacy_relay"}
    size = len(knowledge.pack()["data"])
    record_property("prefixes", len(knowledge))
    print(
        f"\n{len(rows)} rows, {len(knowledge)} ranges built in {built:.1f} s; "
        f"{looked_up * 1e6:.1f} µs a look-up, {looked_up / among_few:.1f} times that among the "
        f"{len(SHIPPED)} that ship; packed {size / 1e6:.2f} MB"
    )
