"""Every public route, with some of what no client of ours sends; `make fuzz` sends more of it."""

from dev.fuzz import run

INPUTS = 300


def test_no_public_route_fails():
    found = run.run(INPUTS, seed=2)
    assert found["server_errors"] == 0, found
    routes = [one for name, one in found["by_route"].items() if not name.startswith("log of")]
    assert len(routes) > 15 and all(one["inputs"] >= INPUTS for one in routes)
