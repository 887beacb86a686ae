"""Output of the `customers` command: tables for people, JSON for scripts, a bar while work goes on.

Lives here: how things look in a terminal. Not here: where they come from.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click
import polars as pl

from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.progress import Report, silent
from pipelines.publishing.amounts_as_text import amount_text
from schemas.profiles import Profile

if TYPE_CHECKING:  # imported where something is drawn, JSON does without; and what validates files is long to import
    from rich.table import Table

    from pipelines.ledger.undo import Undone

GREY = "grey50"


def day(text: str | None) -> str | None:
    """A day as YYYY-MM-DD, checked; WrongUse for anything else."""
    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUse(f"{text!r} is not a day; write it as YYYY-MM-DD") from None


@contextmanager
def working(stages: int, quiet: bool) -> Iterator[Report]:
    """A bar that moves on with every stage that is reported, on a terminal only."""
    if quiet:
        yield silent
        return
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    text = progress.TextColumn("{task.description}")
    columns = (text, progress.BarColumn(), progress.TaskProgressColumn(), progress.TimeElapsedColumn())
    with progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=stages + 1)
        yield lambda stage: bar.update(task, description=stage, advance=1)


@contextmanager
def counting(quiet: bool) -> Iterator[Report]:
    """A line that says how far work of unknown length is, on a terminal only."""
    if quiet:
        yield silent
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    with console.status("starting") as status:
        yield status.update


def late(earlier: Sequence[str]) -> None:
    """That the same was asked for before, by runs that stopped and told nobody; beside any JSON."""
    if earlier:
        click.echo("An earlier attempt of this had stopped; it is finished now.", err=True)


def listed(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table."""
    print_table(table_of(titles, rows))


def history(rows: pl.DataFrame, as_json: bool) -> None:
    """The imports; undone ones greyed, with the seed's text (RF-28)."""
    if as_json:
        dump({"imports": records(rows)})
        return
    table = table_of(("started (UTC)", "import", "file", "status", "accepted", "rejected", "amount", "by", ""), [])
    for row in rows.iter_rows(named=True):
        cells = (
            f"{row['started_at']:%Y-%m-%d %H:%M}",
            row["import_id"],
            row["file_name"],
            row["status"],
            row["rows_accepted"],
            row["rows_rejected"],
            f"{row['amount_accepted']:,.2f}",
            row["imported_by"],
            removed_text(row) or "",
        )
        table.add_row(*map(str, cells), style=GREY if row["status"] == "undone" else None)
    print_table(table)


def removed_text(entry: dict[str, object]) -> str | None:
    """The seed's text of an undone import, to the letter (RF-28); of a clean-up how many went, or are back."""
    undone = entry["status"] == "undone"
    if entry["format"] == "cleanup":
        return f"{entry['undone_count']} brought back by {entry['undone_by']}." if undone else f"{entry['message']}."
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


def access(requests: pl.DataFrame, as_json: bool) -> None:
    """Where a customer stands after a decision about access."""
    if as_json:
        dump({"customer": records(requests)[0]})
        return
    row = requests.row(0, named=True)
    click.echo(f"{row['email'] or row['customer_id']}: access {row['access_status']} by {row['decided_by']}.")


def decided(entry: pl.DataFrame, choice: str, reject_file: Path, as_json: bool) -> None:
    """What a decision did."""
    if as_json:
        told = str(reject_file) if reject_file.exists() else None
        dump({"import": records(entry)[0] | {"reject_file": told}})
        return
    row = entry.row(0, named=True)
    counts = f"{row['rows_accepted']} rows counted, {row['rows_skipped']} skipped, amount {row['amount_accepted']:,.2f}"
    click.echo(f"{row['import_id']} ({row['file_name']}): {choice}. {counts}.")
    if reject_file.exists():
        click.echo(f"{row['file_name']}: mend the {row['rows_rejected']} rejected rows in {reject_file}")


def template(profile: Profile, path: Path, as_json: bool) -> None:
    """Where a template lies, and what its columns mean."""
    columns = [{"title": column.title, "field": column.field} for column in profile.template]
    if as_json:
        dump({"profile": profile.name, "path": str(path), "columns": columns})
        return
    click.echo(f"template of {profile.name} written to {path}")
    click.echo(f"columns: {', '.join(column.title for column in profile.template)}")


def priorities(rows: pl.DataFrame, as_json: bool) -> None:
    """How many customers have which priority, and since which day it is counted."""
    if as_json:
        dump({"priorities": records(rows)})
        return
    print_table(table_of(rows.columns, rows.rows()))


def counts(tables: dict[str, int], home: Home, as_json: bool) -> None:
    """How many rows each table of the snapshot has."""
    if as_json:
        dump({"tables": tables, "path": str(home.published)})
        return
    print_table(table_of(("table", "rows"), list(tables.items())))
    click.echo(f"published: {home.published}")


def summary(tables: dict[str, int], priority: pl.DataFrame, top: pl.DataFrame, home: Home) -> None:
    """Counts, priorities, top customers, and where to look next."""
    print_table(table_of(("table", "rows"), list(tables.items())))
    print_table(table_of(priority.columns, priority.rows()))
    click.echo("\nTop customers by priority")
    print_table(table_of(top.columns, top.rows()))
    click.echo(f"\nAnalysts open   {home.published}")
    click.echo(f"Drop files in   {home.inbox}/<source>/")
    click.echo("See it run      make dev, then http://127.0.0.1:3000")


def synced(source: str, entry: pl.DataFrame, as_json: bool) -> None:
    """What a sync did; an empty `entry`: nothing had changed."""
    told = records(entry)
    if as_json:
        dump({"source": source, "sync": told[0] if told else None})
        return
    if not told:
        click.echo(f"{source}: nothing has changed since the last sync.")
        return
    print_table(table_of([name.replace("_", " ") for name in SYNC_COLUMNS], entry.select(SYNC_COLUMNS).rows()))
    for warning in entry["warnings"][0]:
        click.echo(f"{source}: {warning}")


SYNC_COLUMNS = (
    "import_id",
    "mode",
    "charges_read",
    "refunds_read",
    "customers_read",
    "objects_changed",
    "rows_rejected",
    "customers_created",
    "customers_updated",
    "amount_change",
)


def table_of(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> "Table":
    """A table for a terminal; columns of whole numbers stand to the right."""
    from rich.table import Table

    table = Table(header_style="bold")
    numeric = [bool(rows) and isinstance(rows[0][place], int) for place in range(len(titles))]
    for title, is_number in zip(titles, numeric, strict=True):
        table.add_column(title, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*map(_cell, row))
    return table


def _cell(cell: object) -> str:
    """A cell as people read it: an amount of three decimals, as our tables hold it, without a zero at its end."""
    return "" if cell is None else amount_text(cell, None) if isinstance(cell, Decimal) else str(cell)


def print_table(table: "Table") -> None:
    """Print a table; where no terminal listens, as wide as its cells."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)


def records(rows: pl.DataFrame) -> list[dict[str, object]]:
    """Rows as a document holds them."""
    return rows.to_dicts()


def dump(document: dict[str, object]) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))
