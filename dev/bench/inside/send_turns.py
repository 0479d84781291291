"""The turns of the sending benchmark, in one Odoo process; ``bench.send`` prepares and calls it."""

import gc
import json
import statistics
import sys
import time

import odoo
from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry

LINKS = "".join(f'<p><a href="https://shop.test/page/{n}">Page {n}</a></p>' for n in range(10))
WARM_UP = 10


def prepare(env, port):
    """One SMTP server, one customer; following switched on where it is installed."""
    env["ir.mail_server"].search([]).active = False
    env["ir.mail_server"].create(
        {"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
    )
    if "mail.engagement.terms" in env:
        env["mail.engagement.terms"].accept(env.company)
        # One process serves three databases here, which the switch would refuse.
        type(env.company)._engagement_check_own_edge = lambda self: None
        env.company.engagement_enabled = True
    customer = env["res.partner"].create({"name": "Customer", "email": "customer@shop.test"})
    env.cr.commit()
    return customer.id


def send(registry, customer):
    """Send one mail; return milliseconds and queries of sending and committing it."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        mail = env["mail.mail"].create(
            {"subject": "Ten links", "body_html": LINKS, "recipient_ids": [customer]}
        )
        mail_id = mail.id
        cr.commit()
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        mail = env["mail.mail"].browse(mail_id)
        queries, start = sql_db.sql_counter, time.perf_counter()
        mail.send()
        cr.commit()
        spent = (time.perf_counter() - start) * 1000
        queries = sql_db.sql_counter - queries
        assert mail.exists().state == "sent", mail.failure_reason
        return spent, queries


def main(addons, port, turns, databases):
    """Print a table, then one JSON object."""
    odoo.tools.config.parse_config(["--addons-path", addons, "--log-level", "error"])
    registries = {name: Registry(database) for name, database in json.loads(databases).items()}
    customers = {}
    for name, registry in registries.items():
        with registry.cursor() as cr:
            customers[name] = prepare(api.Environment(cr, SUPERUSER_ID, {}), int(port))
    spent, queries = ({name: [] for name in registries} for _ in range(2))
    gc.disable()  # a collection would strike one of the three at random
    for turn in range(int(turns) + WARM_UP):
        # Begin with another one each time: what comes first finds the caches cold.
        names = list(registries)
        for name in names[turn % 3 :] + names[: turn % 3]:
            result = send(registries[name], customers[name])
            if turn >= WARM_UP:
                spent[name].append(result[0])
                queries[name].append(result[1])
        gc.collect(0)
    plain = statistics.median(spent["plain"])
    print(f"{'':8}{'median ms':>12}{'× plain':>10}{'queries':>10}")
    for name in registries:
        median = statistics.median(spent[name])
        asked = statistics.median(queries[name])
        print(f"{name:8}{median:12.2f}{median / plain:10.3f}{asked:10.0f}")
    differences = {
        name: [mine - theirs for mine, theirs in zip(spent[name], spent["plain"], strict=True)]
        for name in ("addon", "oca")
    }
    print(
        json.dumps(
            {
                "median_diff_ms": round(statistics.median(differences["addon"]), 3),
                "extra_queries": statistics.median(queries["addon"])
                - statistics.median(queries["plain"]),
                "oca_median_diff_ms": round(statistics.median(differences["oca"]), 3),
                "oca_extra_queries": statistics.median(queries["oca"])
                - statistics.median(queries["plain"]),
                "pairs": int(turns),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
