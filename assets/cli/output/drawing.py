"""Output of the `customers` command: tables for people, JSON for scripts, a bar while work goes on.

Lives here: how things look in a terminal. Not here: where they come from.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import click
import polars as pl

from pipelines.errors import WrongUse
from pipelines.progress import Report, silent
from pipelines.publishing.amounts_as_text import amount_text

if TYPE_CHECKING:  # imported where something is drawn, JSON does without
    from rich.table import Table


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
