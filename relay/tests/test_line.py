"""The quick line says what ``observe`` says."""

import json
import re
from itertools import product
from pathlib import Path

import pytest
from engagement_relay.detection.classify import HEADERS, Knowledge
from engagement_relay.detection.observe import observe
from engagement_relay.edge.line import LineMaker
from engagement_relay.protocol.kept import KEPT_FROM, level
from engagement_relay.protocol.observation import Observation
from engagement_relay.protocol.token import Policy, Token

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
CLIENTS = [
    {},
    {"user-agent": FIREFOX, "dnt": "1", "sec-gpc": "1"},
    {"user-agent": FIREFOX, "sec-purpose": "prefetch"},
    {"user-agent": "curl/8.0"},
    {"user-agent": 'quotes " and \\ and \x07 and é', "via": "1.1 proxy"},
    {"user-agent": "x" * 600},
]
OWN = {"uid", "repeat"}
NOW = 1_700_000_009.125


def token(kind, policy):
    return Token(kind, 0, b"abcd", policy, 1_700_000_000, b"0123456789", 0 if kind == "o" else 77)


def make(maker, kind="o", policy=Policy.FULL, method="GET", headers=CLIENTS[1], ip="::1", **more):
    made = token(kind, policy)
    return maker.make(made, policy, method, headers, ip, b"s" * 32, NOW, **more)


def without_own(line):
    return {name: value for name, value in json.loads(line).items() if name not in OWN}


@pytest.mark.parametrize("kind", "oca")
@pytest.mark.parametrize("policy", Policy)
def test_says_what_observe_says(kind, policy):
    maker = LineMaker(Knowledge.default(), lambda ip: ("JP", "Osaka"))
    for headers, method, ip, today in product(
        CLIENTS, ("GET", "HEAD"), ("192.0.2.1", "2001:db8::1"), Policy
    ):
        seen = {
            "method": method,
            "headers": headers,
            "ip": ip,
            "salt": b"s" * 32,
            "max_policy": today,
            "now": NOW,
        }
        expected = observe(
            token(kind, policy),
            knowledge=Knowledge.default(),
            place=lambda ip: ("JP", "Osaka"),
            **seen,
        )
        for _twice in range(2):
            line, _key = make(maker, kind, min(policy, today), method, headers, ip)
            assert without_own(line) == without_own(expected.to_json())
            Observation.from_json(line)


def test_minimum_holds_no_address_agent_or_place():
    maker = LineMaker(Knowledge.default(), lambda ip: ("JP", "Osaka"))
    line, _key = make(maker, minimum=True)
    found = json.loads(line)
    assert found["minimum"] is True
    assert not found.keys() & {"ip", "user_agent", "source", "country", "city", "os", "client"}


@pytest.mark.parametrize("minimum", [False, True])
@pytest.mark.parametrize("policy", [1, 2, 3])
def test_holds_what_may_be_kept_and_all_of_it(policy, minimum):
    """By the document's own words."""
    allowed = level(policy, minimum)
    maker = LineMaker(Knowledge.default(), lambda ip: ("JP", "Osaka"))
    found = json.loads(make(maker, policy=policy, minimum=minimum)[0])
    rows = re.findall(r"^\| (`.*?) \| .*?under policy (2 and 3|3 only)", PROTOCOL.read_text(), re.M)
    said = {name: int(rule[0]) for names, rule in rows for name in re.findall(r"`(\w+)`", names)}
    assert said == KEPT_FROM
    assert {name for name in KEPT_FROM if name in found} == {
        name for name, lowest in said.items() if allowed >= lowest
    }


def test_every_event_has_a_uid_of_its_own():
    maker = LineMaker(Knowledge.default())
    uids = {json.loads(make(maker)[0])["uid"] for _number in range(1000)}
    assert len(uids) == 1000 and {len(uid) for uid in uids} == {32}


def test_identical_observations_have_one_key():
    maker = LineMaker(Knowledge.default())

    def key(**changes):
        return make(maker, **changes)[1]

    assert key() == key()
    changes = ({"method": "HEAD"}, {"ip": "::2"}, {"headers": CLIENTS[3]}, {"kind": "c"})
    others = [key(**change) for change in (*changes, {"policy": Policy.NO_IP}, {"minimum": True})]
    assert len({key(), *others}) == 7


def test_knows_every_header_that_classify_asks_for():
    class Asked(dict):
        names = set()

        def get(self, name, default=None):
            self.names.add(name)
            return super().get(name, default)

    for headers in CLIENTS:
        observe(
            token("o", Policy.FULL),
            method="GET",
            headers=Asked(headers),
            ip="192.0.2.1",
            knowledge=Knowledge.default(),
            salt=b"s",
        )
    assert Asked.names <= set(HEADERS)
