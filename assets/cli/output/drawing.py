"""Output of the `customers` command: tables for people, JSON for scripts, a bar while work goes on.

Lives here: how things look in a terminal. Not here: where they come from.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

import click

from assets.instance.environment import environment
from pipelines.configuration.asked import day_of
from pipelines.progress import Report, silent

if TYPE_CHECKING:  # imported where something is drawn, JSON does without
    import polars as pl
    from rich.console import Console


def day(text: str | None) -> str | None:
    """A day as YYYY-MM-DD, checked; WrongUse for anything else."""
    found = day_of(text)
    return None if found is None else found.isoformat()


@contextmanager
def working(stages: int, quiet: bool) -> Iterator[Report]:
    """A bar that moves on with every stage that is reported, on a terminal only."""
    if quiet:
        yield silent
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    from rich import progress

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


WRAPPED = ("file", "because", "first values", "column", "value", "reason", "why", "name", "without it", "permission")
"""Titles of columns whose text may be broken into lines; all else is whole, for somebody copies it: ids above all."""
NARROWEST = 16
"""Characters of such a column, at least."""


class Table(NamedTuple):
    """A table for a terminal: titles, cells, and of each row how it is shown; columns of whole numbers stand right."""

    titles: Sequence[str]
    rows: Sequence[Sequence[object]]
    styles: Sequence[str | None] = ()


def listed(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    print_table(table_of(titles, rows))


def table_of(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table of these cells."""
    return Table(titles, rows)


def _cell(cell: object) -> str:
    """A cell as people read it: an amount of three decimals, as our tables hold it, without a zero at its end."""
    if not isinstance(cell, Decimal):
        return "" if cell is None else str(cell)
    from pipelines.publishing.amounts_as_text import amount_text

    return amount_text(cell, None)


def print_table(table: Table) -> None:
    """Print a table, no cell of it cut: where the terminal is too narrow for that, a few lines for each row.

    Where no terminal listens it is as wide as its cells.
    """
    from rich.console import Console

    console = Console()
    if not console.is_terminal and "COLUMNS" not in environment():
        _print_columns(table, Console(width=WIDEST))
    elif _narrowest(table) <= console.width:
        _print_columns(table, console)
    else:
        _print_lines(table, console)


WIDEST = 100_000


def _narrowest(table: Table) -> int:
    """The width that a table needs for its cells to be whole, and its texts in lines that can be read."""
    columns = zip(table.titles, *table.rows, strict=True)
    widths = ((title, max(len(_cell(cell)) for cell in (title, *cells))) for title, *cells in columns)
    return sum(3 + (min(width, NARROWEST) if title in WRAPPED else width) for title, width in widths) + 1


def _print_columns(table: Table, console: "Console") -> None:
    from rich.table import Table as Drawn

    drawn = Drawn(header_style="bold")
    for place, title in enumerate(table.titles):
        right = bool(table.rows) and isinstance(table.rows[0][place], int)
        narrowest = NARROWEST if title in WRAPPED else None
        drawn.add_column(
            title,
            justify="right" if right else "left",
            no_wrap=narrowest is None,
            overflow="fold",
            min_width=narrowest and min(narrowest, max(len(_cell(row[place])) for row in (table.titles, *table.rows))),
        )
    for row, style in zip_longest(table.rows, table.styles):
        drawn.add_row(*(_plain(_cell(cell)) for cell in row), style=style)
    console.print(drawn)


def _print_lines(table: Table, console: "Console") -> None:
    """Each row as its cells with their titles, one after the other; blank ones are left out."""
    for row, style in zip_longest(table.rows, table.styles):
        cells = [(title, _cell(cell)) for title, cell in zip(table.titles, row, strict=True)]
        parts = [f"{title} {text}".strip() for title, text in cells if text]
        lines, line = [], ""
        for part in parts:
            if line and len(line) + len(part) + 3 > console.width:
                lines.append(line)
                line = "  " + part
            else:
                line = f"{line} · {part}" if line else part
        # soft: a cell that is wider than the terminal goes on in its next line, uncut
        console.print(_plain("\n".join([*lines, line])), style=style, soft_wrap=True, highlight=False)


def _plain(text: str) -> str:
    """A text in which brackets mean nothing to rich."""
    from rich.markup import escape

    return escape(text)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 row, 2 rows."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def records(rows: "pl.DataFrame") -> list[dict[str, object]]:
    """Rows as a document holds them."""
    return rows.to_dicts()


def dump(document: dict[str, object]) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))
