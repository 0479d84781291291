"""``python3 -m dev COMMAND [ARGUMENTS]``: each a module here with ``main(args)``."""

import importlib
import signal
import sys

from . import bootstrap
from .say import Failure, fail

COMMANDS = {
    "setup": "fetch what is needed, start nothing",
    "demo": "the whole product with demo data and a local mailbox",
    "test": "every test, or `test relay|tools|odoo [pytest's own arguments]`",
    "lint": "ruff, pylint-odoo, prettier, eslint",
    "format": "let ruff, prettier and eslint rewrite the files",
    "screenshots": "pictures of each screen, into static/description/",
    "bench_send": "what following costs when a mail is sent",
    "bench_relay": "how fast the edge keeps events, beside what bounds it and its peers",
    "bench_ingest": "how fast Odoo takes a relay's batches, beside its peer",
    "bench_purge": "deleting a million old events while mails are sent",
    "bench_live": "how long a customer's request takes to the salesperson's toast",
    "chaos": "kill, stop, cut and fill everything, then count: nothing lost, nothing doubled",
    "verdicts": "the judge over a labelled corpus",
    "odoo": "Odoo's own command line on this checkout's database server",
    "i18n": "bring the translations up to date with the texts",
    "dist": "a zip to install in an Odoo of one's own",
}


def main():
    """Run one command; a Failure is one clear line and exit code 1."""
    if len(sys.argv) < 2 or sys.argv[1].replace("-", "_") not in COMMANDS:
        sys.exit("\n".join(f"{name:12} {text}" for name, text in COMMANDS.items()))
    # A terminated command has to stop what it started, as an interrupted one does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        bootstrap.enter_venv(sys.argv[1:])
        module = importlib.import_module(f".{sys.argv[1].replace('-', '_')}", __package__)
        sys.exit(module.main(sys.argv[2:]))
    except Failure as failure:
        fail(failure)
    except KeyboardInterrupt:
        sys.exit(130)


main()
