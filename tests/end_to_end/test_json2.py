"""docs/api.md: each call that stands there, as it stands there, against a real Odoo."""

import json
import os
import re
import subprocess

import pytest

from dev import odoo_server, paths
from dev.command import need

PAGE = (paths.ROOT / "docs" / "api.md").read_text()
CALLS = re.findall(r"```sh\n(curl .*?)```", PAGE, re.S)
# A call ends with its headings' answer: the fields that it asks for.
NAMES = re.findall(r"^## (.*)$", PAGE, re.M)[: len(CALLS)]


@pytest.fixture(scope="module")
def environment(odoo):
    need("curl", "curl")
    said = odoo_server.shell(
        os.environ["ODOO_DATABASE"], paths.ROOT / "tests/end_to_end/inside/api_key.py"
    )
    return {
        **os.environ,
        "ODOO": odoo.url,
        "DB": os.environ["ODOO_DATABASE"],
        "KEY": re.search(r"KEY=(\S+)", said)[1],
    }


def run(call, environment):
    return subprocess.run(
        ["bash", "-c", call],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def asked(call):
    """What a call asks for: the keys of each row of its answer."""
    body = json.loads(re.search(r"-d '(.*?)'", call, re.S)[1])
    if fields := body.get("fields"):
        return {"id", *fields}
    # Of a group also the domain that leads to its rows.
    return {"__extra_domain", *body["groupby"], *body["aggregates"]}


def test_the_page_has_calls():
    assert len(CALLS) == 5


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_call_of_the_page(call, environment, odoo):
    if '["res_id", "=", 1]' in call:
        [mail] = odoo.call(
            "mail.engagement.tracking",
            "search_read",
            [["model", "=", "crm.lead"]],
            ["res_id"],
            limit=1,
        )
        call = call.replace('["res_id", "=", 1]', f'["res_id", "=", {mail["res_id"]}]')
    done = run(call, environment)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert rows, "the demo has some"
    assert all(set(row) == asked(call) for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("Bearer $KEY", "Bearer none", 401),
        ("mail.engagement.tracking/", "mail.engagement.nothing/", 404),
    ],
)
def test_what_goes_wrong(old, new, status, environment):
    call = CALLS[0].replace(old, new).replace("--fail", "--write-out '%{http_code}'")
    assert call.count(new)
    done = run(call, environment)
    assert done.stdout.endswith(str(status))


def test_an_argument_that_is_missing(environment):
    call = CALLS[0].replace("search_read", "search_count").replace("--fail", "-w '%{http_code}'")
    done = run(re.sub("-d '.*'", "-d '{}'", call, flags=re.S), environment)
    assert done.stdout.endswith("422")


def test_what_a_user_may_not_read(environment):
    """The calls ask for access: a key's user reads no secret of a webhook."""
    call = CALLS[0].replace("mail.engagement.tracking/", "mail.engagement.webhook/")
    call = re.sub(r"-d '.*'", """-d '{"domain": [], "fields": ["secrets"]}'""", call, flags=re.S)
    done = run(call.replace("--fail", "--write-out '%{http_code}'"), environment)
    assert done.stdout.endswith("403")
