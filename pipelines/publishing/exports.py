"""The tables of the published snapshot as files.

Lives here: what tables there are, writing one as a file. Not here: asking the snapshot (`queries.py`), anything that
writes a table.
"""

import codecs
from contextlib import nullcontext
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import polars as pl
from polars import selectors as cs

from pipelines.durable import written
from pipelines.errors import WrongUse
from pipelines.publishing.amounts_as_text import large_money_as_text, money_as_text, with_currency
from pipelines.publishing.export_styles import Written
from pipelines.publishing.queries import read
from pipelines.publishing.selection import EVERYBODY, Selection, selecting
from pipelines.spreadsheets.write import write_table
from pipelines.titles.reject_columns import doubly_guarded, guarded
from pipelines.warehouse.database import glanced_at, published, rows_of, value_of

PARTING = r'[|,;"]'
"""What parts the elements of a list in a cell, and the quotes that keep it from doing so."""


def tables_of(path: Path) -> list[str]:
    """The tables and views of the snapshot."""
    names = read(
        path,
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database() "
        "ORDER BY table_type, table_name",
    )
    return names["table_name"].to_list()


def table_counts(path: Path) -> dict[str, int]:
    """The rows of every table of the snapshot, views left out."""
    names = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY table_name"
    with glanced_at(path) as connection:
        known = rows_of(connection, names)["table_name"]
        # In one query: to plan one for each of twenty tables takes longer than to count.
        counts = rows_of(connection, "SELECT " + ", ".join(f'(SELECT count(*) FROM "{name}")' for name in known))
    return dict(zip(known, counts.row(0), strict=True))


@dataclass(frozen=True)
class Wanted:
    """What is exported: a table or view, as which kind of file, of which customers, and how a CSV of it is written."""

    table: str = "customers"
    kind: str = "csv"
    selection: Selection = EVERYBODY
    written: Written = field(default_factory=Written)


def export(path: Path, wanted: Wanted, target: Path) -> int:
    """Write a table or view of the snapshot as a file; returns its rows.

    In CSV and XLSX lists and structures are written as text, and a `currency` stands beside amounts; CSV writes them
    with its decimals, so that a list of customers imports again as it is, wherever that is. XLSX cells are text
    wherever they are not numbers or dates, and CSV cells guarded, so that none becomes a formula (PIT-61); what comes
    back is without guard again. A file that was there is there until the new one is whole.

    Raises WrongUse for a table that does not exist or has no customers to select, for a value that no customer has, for
    an XLSX of more rows or longer texts than it holds, for letters that the encoding lacks.
    """
    known, table = tables_of(path), wanted.table
    if table not in known:
        near = get_close_matches(table, known, 1)
        meant = f"; did you mean --table {near[0]}?" if near else ""
        raise WrongUse(f"there is no table {table!r}{meant}; there are {', '.join(known)}")
    with published(path) as connection:
        condition, values = selecting(connection, table, wanted.selection)
        rows = rows_of(connection, f'SELECT COLUMNS(*) FROM "{table}" WHERE {condition} ORDER BY ALL', values)
        base = str(value_of(connection, "SELECT coalesce(any_value(base_currency), '') FROM deployment"))
    target.parent.mkdir(parents=True, exist_ok=True)
    plain = not target.exists() or target.is_file()  # not a pipe, nor /dev/stdout
    with written(target) if plain else nullcontext(target) as unfinished:
        match wanted.kind:
            case "parquet":
                rows.write_parquet(unfinished)
            case "csv":
                text = as_cells(money_as_text(with_currency(rows, base), base))
                _write_csv(text.with_columns(guarded(cs.string())), unfinished, rows.schema, wanted.written)
            case _:
                text = as_cells(large_money_as_text(with_currency(rows, base)))
                write_table(unfinished, text.with_columns(doubly_guarded(cs.string())), table)
    return rows.height


def _write_csv(text: pl.DataFrame, target: Path, schema: pl.Schema, how: Written) -> None:
    """Text as a CSV of a locale; UTF-8 says that it is."""
    numbers = [name for name, dtype in schema.items() if dtype.is_decimal() or dtype.is_float()]
    marked = text.with_columns(pl.col(numbers).cast(pl.String).str.replace(".", ",", literal=True))
    cells = marked if how.comma else text
    if codecs.lookup(how.encoding).name in ("utf-8", "utf-8-sig"):
        cells.write_csv(target, include_bom=True, separator=how.delimiter)
        return
    try:
        target.write_bytes(cells.write_csv(separator=how.delimiter).encode(how.encoding))
    except UnicodeEncodeError as error:
        letter = error.object[error.start : error.end][:1]
        raise WrongUse(f"{how.encoding} has no letter {letter!r}: export it without --source, as UTF-8") from None


def as_cells(rows: pl.DataFrame) -> pl.DataFrame:
    """Lists joined by a bar, structures as JSON: a cell of a spreadsheet holds text.

    An element that holds what parts a list when it is read stands in quotes, so that it comes back whole (PIT-62).
    """
    return rows.with_columns(_text(name, dtype) for name, dtype in rows.schema.items())


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.List(pl.String):
        element = pl.element()
        quoted = pl.lit('"') + element.str.replace_all('"', '""', literal=True) + pl.lit('"')
        whole = pl.when(element.str.contains(PARTING)).then(quoted).otherwise(element)
        return column.list.eval(whole).list.join("|")
    if isinstance(dtype, pl.List):
        return column.list.eval(pl.element().struct.json_encode()).list.join("|")
    return column.dt.strftime("%Y-%m-%d %H:%M:%S UTC") if isinstance(dtype, pl.Datetime) else column
