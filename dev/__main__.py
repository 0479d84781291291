"""``python3 -m dev COMMAND``: the virtual environment, then the command inside it."""

import signal
import sys

from . import bootstrap
from .say import Failure, fail


def main():
    """Run one command; a Failure is one clear line and exit code 1."""
    # A terminated command has to stop what it started, as an interrupted one does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        bootstrap.enter_venv(sys.argv[1:])
        # Outside of the environment there is no click.
        from .cli import cli  # noqa: PLC0415

        cli(prog_name="python3 -m dev")
    except Failure as failure:
        fail(failure)


main()
