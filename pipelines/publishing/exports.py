"""Reading the published snapshot, and its tables as files.

Lives here: any query, what tables there are, writing one as a file. Not here: the queries that are asked often
(`queries.py`), anything that writes a table.
"""

from difflib import get_close_matches
from pathlib import Path

import polars as pl
from polars import selectors as cs

from pipelines.errors import WrongUse
from pipelines.publishing.amounts_as_text import large_money_as_text, money_as_text, with_currency
from pipelines.spreadsheets.write import write_table
from pipelines.titles.reject_columns import doubly_guarded, guarded
from pipelines.warehouse.database import number_of, published, rows_of

FORMATS = ("csv", "xlsx", "parquet")
PARTING = r'[|,;"]'
"""What parts the elements of a list in a cell, and the quotes that keep it from doing so."""


def read(path: Path, query: str, parameters: list[object] | None = None) -> pl.DataFrame:
    """The result of a query over the snapshot; WrongUse where nothing was published yet."""
    with published(path) as connection:
        return rows_of(connection, query, parameters)


def tables_of(path: Path) -> list[str]:
    """The tables and views of the snapshot."""
    names = read(path, "SELECT table_name FROM information_schema.tables ORDER BY table_type, table_name")
    return names["table_name"].to_list()


def table_counts(path: Path) -> dict[str, int]:
    """The rows of every table of the snapshot, views left out."""
    names = read(
        path,
        "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY table_name",
    )
    with published(path) as connection:
        return {name: number_of(connection, f'SELECT count(*) FROM "{name}"') for name in names["table_name"]}


def export(path: Path, table: str, kind: str, target: Path) -> int:
    """Write a table or view of the snapshot as a file; returns its rows.

    In CSV and XLSX lists and structures are written as text, and a `currency` stands beside amounts; CSV writes them
    with its decimals, so that a list of customers imports again as it is, wherever that is. XLSX cells are text
    wherever they are not numbers or dates, and CSV cells guarded, so that none becomes a formula (PIT-61); what comes
    back is without guard again. Raises WrongUse for a table that does not exist, and for an XLSX of more rows or longer
    texts than it holds.
    """
    known = tables_of(path)
    if table not in known:
        near = get_close_matches(table, known, 1)
        meant = f"; did you mean --table {near[0]}?" if near else ""
        raise WrongUse(f"there is no table {table!r}{meant}; there are {', '.join(known)}")
    rows = read(path, f'SELECT COLUMNS(*) FROM "{table}" ORDER BY ALL')
    base = str(read(path, "SELECT coalesce(any_value(base_currency), '') FROM deployment").item())
    target.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "parquet":
            rows.write_parquet(target)
        case "csv":
            text = _flat(money_as_text(with_currency(rows, base), base))
            text.with_columns(guarded(cs.string())).write_csv(target, include_bom=True)
        case _:
            text = _flat(large_money_as_text(with_currency(rows, base)))
            write_table(target, text.with_columns(doubly_guarded(cs.string())), table)
    return rows.height


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
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
