"""Output of the commands that enter customers by hand.

Lives here: how an entry looks, field by field. Not here: how any output is drawn (`drawing.py`).
"""

from typing import TYPE_CHECKING

import click

from assets.cli.output.drawing import dump, listed

if TYPE_CHECKING:  # what validates entries is long to import
    from pipelines.ledger.decisions.enter_by_hand import Entered

TOLD = {"by_hand": "stated", "cleared": "blanked", "released": "released"}


def shown(entry: "Entered", as_json: bool) -> None:
    """What an entry would do."""
    if as_json:
        dump({"effect": entry.model_dump(mode="json", exclude={"import_id"})})
        return
    click.echo(f"{entry.called} would be {'added' if entry.is_new else 'changed'}:")
    _changes(entry)


def entered(entry: "Entered", as_json: bool) -> None:
    """What an entry did, and how it is undone."""
    if as_json:
        dump({"entry": entry.model_dump(mode="json")})
        return
    click.echo(f"{entry.called} is {'added' if entry.is_new else 'changed'}:")
    _changes(entry)
    click.echo(f"To take it back: customers undo {entry.import_id} --by NAME")


def _changes(entry: "Entered") -> None:
    rows = [(each.field, TOLD[each.rule], each.before or "–", each.after or "–") for each in entry.changes]
    listed(("field", "", "before", "now"), rows)
    for warning in entry.warnings:
        click.echo(f"Warning: {warning}", err=True)
