"""How one customer, and the rows of one import, look in a terminal: lines of eighty columns, nothing wrapped.

Lives here: what is shown of them and how it is cut. Not here: where it comes from (`pipelines/lineage/`).
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assets.cli.output.drawing import dump
from pipelines.publishing.amounts_as_text import amount_text

if TYPE_CHECKING:
    import polars as pl

    from pipelines.lineage.report import CustomerReport
    from pipelines.lineage.rows_of_import import ImportedRows

WIDTH = 80
FIELD, VALUE = 21, 26
MOST_ROWS = 20
UNSHOWN = ("customer_id", "run_id", "change_number", "row", "payment_key")
BOOKKEEPING = ("first_import_id", "last_import_id", "created_at", "updated_at", "sources", "net_spent", "origin")


def report(known: "CustomerReport", page: Path | None, as_json: bool) -> None:
    """Everything known about one customer."""
    if as_json:
        dump(known.document() | {"html": str(page) if page else None})
        return
    if page:
        click.echo(f"{known.called}: everything known is written to {page}")
        return
    customer = known.customer
    click.echo(click.style(_cut(f"{known.called}  {customer['name'] or ''}", WIDTH), bold=True))
    click.echo(f"customer_id {known.customer_id}")
    click.echo(_cut(f"{customer['status']}, from {customer['origin']}, sources {_text(customer['sources'])}", WIDTH))
    click.echo(f"\n{'':2}{'field':{FIELD}}{'value':{VALUE}}where it comes from")
    for line in _values(known.values):
        click.echo(line)
    for name, table in known.tables.items():
        _section(name.replace("_", " "), table)


def rows(brought: "ImportedRows", as_json: bool) -> None:
    """What one import brought."""
    entry = brought.entry
    if as_json:
        dump({"import": entry, "accepted": brought.accepted.to_dicts(), "rejected": brought.rejected.to_dicts()})
        return
    click.echo(click.style(_cut(f"{entry['import_id']}  {entry['file_name']}  {entry['status']}", WIDTH), bold=True))
    counts = ("rows_accepted", "rows_merged", "rows_rejected", "rows_skipped", "rows_blank")
    click.echo(_cut(", ".join(f"{entry[name]} {name.removeprefix('rows_')}" for name in counts), WIDTH))
    if entry["message"]:
        click.echo(entry["message"])
    for row in brought.accepted.iter_rows(named=True):
        told = (f"{_text(value)}" for name, value in row.items() if name not in ("row_number", "kind", "customer_id"))
        where = "account" if row["row_number"] is None else f"row {row['row_number']}"
        click.echo(_cut(f"{where:8} {row['kind']:9} {' · '.join(filter(None, told))}", WIDTH))
    for row in brought.rejected.iter_rows(named=True):
        where = "file" if row["row_number"] is None else f"row {row['row_number']}"
        kind = "rejected" if row["severity"] != "field" else "left out"
        click.echo(_cut(f"{where:8} {kind:9} {', '.join(row['codes'])}: {'; '.join(row['messages'])}", WIDTH))


def _values(values: "pl.DataFrame") -> Iterator[str]:
    """A line for each value; those that lost stand below the winner, with a minus before them."""
    before = None
    for value in values.iter_rows(named=True):
        field = value["field"]
        if field in BOOKKEEPING or field.startswith(("contacts.", "contact_points.", "customer_external_ids.")):
            continue
        mark, shown = "  " if value["wins"] else "- ", "" if field == before else field.removeprefix("customer_")
        place = "" if value["row_number"] is None else f" row {value['row_number']}"
        title = f" {value['header']}" if value["header"] else ""
        origin = f"{value['source']}{place}{title} ({value['rule']})" if value["source"] else "computed"
        yield _cut(f"{mark}{_cut(shown, FIELD - 1):{FIELD}}{_cut(value['value'], VALUE - 1):{VALUE}}{origin}", WIDTH)
        before = field


def _section(name: str, table: "pl.DataFrame") -> None:
    """The rows of a table in short; nothing where there are none."""
    if table.is_empty():
        return
    click.echo(click.style(f"\n{name} ({table.height})", bold=True))
    shown = [column for column in table.columns if column not in UNSHOWN]
    for row in table.head(MOST_ROWS).select(shown).iter_rows():
        told = (_mark(column, cell) for column, cell in zip(shown, row, strict=True))
        click.echo(_cut("  " + " · ".join(filter(None, told)), WIDTH))
    if table.height > MOST_ROWS:
        click.echo(f"  and {table.height - MOST_ROWS} more; --json and --html have all")


def _mark(column: str, cell: object) -> str:
    """A cell as it stands in a line without titles: what is true by its name, what is not left out."""
    return (column.replace("_", " ") if cell else "") if isinstance(cell, bool) else _text(cell)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return amount_text(value, None)
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return str(value.get("code", value))
    return str(value)[:19] if hasattr(value, "hour") else str(value)


def _cut(text: str, width: int) -> str:
    """A text in one line of a width, the end marked where it is cut."""
    line = " ".join(text.splitlines())
    return line if len(line) <= width else line[: width - 1] + "…"
