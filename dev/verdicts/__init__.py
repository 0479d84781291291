"""The judge over labelled corpora, by default over all that ship; needs no Odoo."""

import importlib

import click

from .. import addon


@click.command(help=__doc__)
@click.option("-v", "--verbose", is_flag=True, help="Name each wrong verdict.")
@click.option("--speed", is_flag=True, help="Say how long judging takes instead.")
@click.argument("corpora", nargs=-1, metavar="[CORPUS.jsonl]...")
def main(corpora: tuple[str, ...], verbose: bool, speed: bool) -> None:
    """Print what the judge gets right."""
    addon.plant()
    if speed:
        importlib.import_module(".speed", __package__).print_report()
    else:
        importlib.import_module(".measure", __package__).print_report(*corpora, verbose=verbose)
