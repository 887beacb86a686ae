"""Output of the commands about imports that were made: the history, undoing, settling.

Lives here: how these look. Not here: how any output is drawn (`drawing.py`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import polars as pl

from assets.cli.output.drawing import Table, counted, dump, print_table, records, table_of

if TYPE_CHECKING:  # what validates files is long to import
    from pipelines.ledger.undo import Undone

GREY = "grey50"


def history(found: pl.DataFrame, reports: Path, limit: int, as_json: bool) -> None:
    """The imports; undone ones greyed, with the seed's text (RF-28); below them the page that lists their reports.

    `limit`: so many lines of the table at most; 0: all.
    """
    if as_json:
        dump({"imports": records(found)})
        return
    rows = found.head(limit) if limit else found
    titles = ("started (UTC)", "import", "file", "status", "accepted", "rejected", "amount", "by", "why")
    cells = [
        (
            f"{row['started_at']:%Y-%m-%d %H:%M}",
            row["import_id"],
            row["file_name"],
            row["status"],
            row["rows_accepted"],
            row["rows_rejected"],
            f"{row['amount_accepted']:,.2f}",
            row["imported_by"],
            removed_text(row) or reason_of(row),
        )
        for row in rows.iter_rows(named=True)
    ]
    print_table(Table(titles, cells, [GREY if status == "undone" else None for status in rows["status"]]))
    if rows.height < found.height:
        click.echo(f"Older, not listed: {found.height - rows.height:,} (--limit 0 lists all, --json too).")
    if reports.exists():
        click.echo(f"Reports: {reports}")
    if not cells:
        click.echo("No import yet: `customers import FILE…` begins, or --all shows those of more than 20 days ago.")


def reason_of(entry: Mapping[str, object]) -> str:
    """Why an import is not in the table; nothing for one that is."""
    return "" if str(entry["status"]).startswith("done") else str(entry["message"] or "")


def removed_text(entry: dict[str, object]) -> str | None:
    """The seed's text of an undone import, to the letter (RF-28); of a clean-up how many went, or are back."""
    undone = entry["status"] == "undone"
    if entry["format"] == "cleanup":
        return f"{entry['undone_count']} brought back by {entry['undone_by']}." if undone else f"{entry['message']}."
    if entry["format"] == "manual":
        return f"undone by {entry['undone_by']}; {entry['message']}" if undone else f"{entry['message']}"
    return f"{entry['undone_count']} supprimés par {entry['undone_by']}." if undone else None


def undo_effect(effect: "Undone", as_json: bool) -> None:
    """What an undo would do."""
    if as_json:
        dump({"effect": effect.model_dump(mode="json")})
        return
    titles = ("customers removed", "changed", "returned", "change of total spent")
    counts = (effect.customers_removed, effect.customers_changed, effect.customers_returned)
    print_table(table_of(titles, [(*counts, f"{effect.amount_change:+,.2f}")]))
    for returned in effect.imports_returned:
        click.echo(f"{returned} would count again")
    for warning in effect.warnings:
        click.echo(f"Warning: {warning}", err=True)
    click.echo(f"customers undo {effect.import_id} --by NAME")


def undone(entry: pl.DataFrame, as_json: bool) -> None:
    """What an undo did."""
    if as_json:
        dump({"import": records(entry)[0]})
        return
    row = entry.row(0, named=True)
    click.echo(f"{row['import_id']} ({row['file_name']}) is undone. {removed_text(row)}")


def decided(entry: pl.DataFrame, choice: str, reject_file: Path, as_json: bool) -> None:
    """What a decision did."""
    if as_json:
        told = str(reject_file) if reject_file.exists() else None
        dump({"import": records(entry)[0] | {"reject_file": told}})
        return
    row = entry.row(0, named=True)
    rows = counted(row["rows_accepted"], "row")
    counts = f"{rows} counted, {row['rows_skipped']} skipped, amount {row['amount_accepted']:,.2f}"
    click.echo(f"{row['import_id']} ({row['file_name']}): {choice}. {counts}.")
    if reject_file.exists():
        click.echo(f"{row['file_name']}: mend the {counted(row['rows_rejected'], 'rejected row')} in {reject_file}")
