"""Judging stored events again, by the cron of a real server that is killed while it does so."""

from pathlib import Path

from dev import odoo_server, paths
from dev.json_rpc import Odoo
from dev.processes import wait_until

DATABASE = f"{paths.ADDON}_end_to_end_rejudge"
FILL = Path(__file__).parent / "inside" / "rejudge_fill.py"
MAILS = 2000  # as in FILL
MODEL = "mail.engagement.rejudge"


def test_killed_at_work_it_goes_on_where_it_was():
    odoo_server.fresh(DATABASE)
    odoo_server.shell(DATABASE, FILL)
    server = odoo_server.Odoo(DATABASE)

    def run_of(odoo):
        fields = ["state", "done", "total", "changed", "progress"]
        [run] = odoo.call(MODEL, "search_read", [], fields)
        return run

    with server:
        odoo = Odoo(server.url, DATABASE)
        odoo.call(MODEL, "action_start")
        wait_until(lambda: run_of(odoo)["done"])
        server.kill()
    with server:
        odoo = Odoo(server.url, DATABASE)
        before = run_of(odoo)
        # A server looks for jobs that wait once a minute.
        wait_until(lambda: run_of(odoo)["state"] == "done", patience=180)
        run = run_of(odoo)
        opened = [["subject", "=", "Judge me again"], ["open_count", ">", 0]]
        left = odoo.call("mail.engagement.tracking", "search_count", opened)
    assert before["state"] == "running" and before["done"], "what was finished stays"
    # Each mail once: one judged twice would be counted twice. The demo's own change nothing.
    assert (run["done"], run["changed"], run["progress"]) == (run["total"], MAILS, 100)
    assert left == 0
