"""``make test-odoo``: what it reads in the logs of Odoo's tests, and what it calls a difference."""

import pytest
import tomllib

from dev.test_odoo import LISTED, Difference, Result

HEAD = "2026-11-25 07:43:13,474 15829 {} db odoo.addons.{}: {}"
TRACE = [
    "Traceback (most recent call last):",
    '  File "a.py", line 3, in test_a',
    "    self.fail()",
]
QUERIES = "Query count {} than expected for user anna: {} {} 10 in test_a at crm/tests/test_x.py:7"


def _log(*tests):
    """:param tests: name, kind (FAIL, ERROR or None), lines of the error, counts of queries"""
    for name, kind, error, counts in tests:
        where = "crm.tests.test_x"
        yield HEAD.format("INFO", where, f"Starting TestX.{name} ...")
        yield HEAD.format("INFO", "base.models.ir_http", "Generating routing map")
        for count in counts:
            few = QUERIES.format("less", count, "<")
            more = QUERIES.format("more", count, ">")
            if count < 10:
                yield HEAD.format("INFO", where, few)
                continue
            yield HEAD.format("ERROR", where, f"FAIL: Subtest TestX.{name} (login='anna')")
            yield from [*TRACE, f"AssertionError: {more}", ""]
        if kind:
            yield HEAD.format("ERROR", where, f"{kind}: TestX.{name}")
            yield from [*TRACE, *error, ""]


def _read(*tests):
    return Result().read(_log(*tests))


def test_what_is_read():
    chained = ["KeyError: 1", "", "During handling of …", *TRACE, "ValueError: row 7", "  and more"]
    result = _read(("test_a", None, [], []), ("test_b", "ERROR", chained, [12, 8]))
    assert result.tests == ["/crm:TestX.test_a", "/crm:TestX.test_b"]
    assert result.errors == {"/crm:TestX.test_b": ["ValueError: row 0"]}
    assert result.queries == {"/crm:TestX.test_b": {"crm/tests/test_x.py:7 anna": [10, 12, 8]}}


def test_a_class_that_cannot_be_set_up():
    said = "ERROR: setUpClass (odoo.addons.crm.tests.test_x.TestX)"
    log = [HEAD.format("ERROR", "crm.tests.test_x", said), *TRACE, "KeyError: 'a'"]
    assert Result().read(log).errors == {"/crm:TestX": ["KeyError: 'a'"]}


OK = ("test_a", None, [], [])


@pytest.mark.parametrize(
    ("plain", "found", "differences"),
    [
        ([OK], [OK], []),
        ([OK], [], [("was not run", 0)]),
        ([OK], [("test_a", "FAIL", ["E: 1"], [])], [("E: 0", 0)]),
        ([("test_a", "FAIL", ["E: 1"], [])], [("test_a", "FAIL", ["E: 2"], [])], []),
        ([("test_a", "FAIL", ["E: 1"], [])], [("test_a", "ERROR", ["F"], [])], [("F", 0)]),
        ([("test_a", "FAIL", ["E: 1"], [])], [OK], []),
        # As many as Odoo expects are not logged.
        ([OK], [("test_a", None, [], [13])], [("crm/tests/test_x.py:7 anna", 3)]),
        ([("test_a", None, [], [8])], [OK], [("crm/tests/test_x.py:7 anna", 2)]),
        ([("test_a", None, [], [8])], [("test_a", None, [], [9])], [("…:7 anna", 1)]),
        ([("test_a", None, [], [12])], [("test_a", None, [], [13])], [("…:7 anna", 1)]),
        ([("test_a", None, [], [12])], [("test_a", None, [], [12])], []),
        ([("test_a", None, [], [12])], [OK], []),
    ],
)
def test_differences(plain, found, differences):
    held = _read(*found).differences(_read(*plain))
    expected = [
        Difference("/crm:TestX.test_a", text.replace("…", "crm/tests/test_x.py"), queries)
        for text, queries in differences
    ]
    assert list(held) == expected


@pytest.mark.parametrize(
    ("entry", "queries", "error"),
    [
        ({"queries": 4}, [4], []),
        ({"queries": 3}, [], []),
        ({"error": "AssertionError: *"}, [], ["AssertionError: a"]),
        ({}, [], []),
    ],
)
def test_explained(entry, queries, error):
    entry = {"test": "/crm:*.test_a", **entry}
    counted = Difference("/crm:TestX.test_a", "place", 4)
    failed = Difference("/crm:TestX.test_a", "AssertionError: a")
    assert counted.is_explained(entry) == bool(queries)
    assert failed.is_explained(entry) == bool(error)
    assert not failed._replace(test="/crm:TestX.test_b").is_explained(entry)


def test_each_listed_difference_has_a_reason():
    for entry in tomllib.loads(LISTED.read_text())["difference"]:
        assert entry["state"] in {"off", "on"} and entry["test"] and entry["reason"]
        assert ("queries" in entry) != ("error" in entry)
