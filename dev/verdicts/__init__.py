"""The judge over a labelled corpus; needs no Odoo."""

import importlib

import click

from .. import addon


@click.command(help=__doc__)
@click.option("-v", "--verbose", is_flag=True, help="Name each wrong verdict.")
@click.argument("corpus", metavar="CORPUS.jsonl")
def main(corpus: str, verbose: bool) -> None:
    """Print what the judge gets right."""
    addon.plant()
    importlib.import_module(".measure", __package__).print_report(corpus, verbose)
