"""The commands of ``python3 -m dev``; a module is imported only when its command is asked for."""

import importlib
import sys

import click

# Each the function `main` of a module here, or the one that stands behind the colon.
COMMANDS = {
    "demo": "demo",
    "test": "test",
    "test-odoo": "test_odoo",
    "lint": "style:lint",
    "format": "style:format_",
    "tool": "style:tool",
    "i18n": "i18n",
    "odoo": "odoo",
    "screenshots": "screenshots",
    "verdicts": "verdicts",
    "chaos": "chaos.storm",
    "fuzz": "fuzz.run",
    "bench-send": "bench.send",
    "bench-relay": "bench.relay",
    "bench-ingest": "bench.ingest",
    "bench-rules": "bench.rules",
    "bench-purge": "bench.purge",
    "bench-live": "bench.live",
    "bench-webhooks": "bench.webhooks",
    "bench-scale": "bench.scale",
    "capacity": "bench.capacity",
    "setup": "setup",
    "dist": "release.dist",
    "keep-release": "release.kept",
}


class Commands(click.Group):
    """COMMANDS, by their names."""

    def list_commands(self, ctx):
        return list(COMMANDS)

    def get_command(self, ctx, name):
        if name not in COMMANDS:
            return None
        module, _colon, function = COMMANDS[name].partition(":")
        return getattr(importlib.import_module(f".{module}", __package__), function or "main")


@click.command(cls=Commands)
def cli():
    """What `make` calls: `make COMMAND ARGS="OPTIONS"`, or `python3 -m dev COMMAND OPTIONS`."""


@cli.result_callback()
def _end(code):
    sys.exit(code)
