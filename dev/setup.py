"""Fetch what is needed, start nothing."""

import click

from . import chromium, node, odoo_tree
from .say import step


@click.command(help=__doc__)
def main():
    """Fetch Odoo, Chromium and the Node tools."""
    step(f"Odoo: {odoo_tree.python_path()}")
    step(f"Chromium: {chromium.path()}")
    step(f"Node tools: {node.tools()}")
