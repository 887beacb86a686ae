"""An export of `customers` that comes back to where it was made: what it says that is not known here already.

Lives here: which of its rows say nothing new, and what of the others is no statement. Not here: knowing an export
again, and refusing one whose money is half here (`pipelines/titles/own_exports.py`), writing one
(`pipelines/publishing/exports.py`).

An export says again what other rows said before, or what we computed. Taken as a list it would have the customers
stated by one more source, computed statuses stated, consents given once more, today. So a row that says what the table
says is skipped, and of a row in which somebody mended something the rest is no statement.
"""

from dataclasses import replace
from pathlib import Path

import polars as pl

from pipelines.models.sheet import Sheet
from pipelines.publishing.exports import as_cells
from pipelines.titles.own_exports import COUNTED, CUSTOMER_ID, FIRST_IMPORT, LAST_IMPORT, LEFT_OUT, MARKS
from pipelines.warehouse.database import frame_as, published, rows_of

HERE = f"""
    SELECT customer_id::VARCHAR AS {CUSTOMER_ID}, customers.* EXCLUDE ({CUSTOMER_ID}) FROM customers
    WHERE customer_id::VARCHAR IN (SELECT {CUSTOMER_ID} FROM told)
"""
TABLE = "customer-intake: table"
NUMBER = "reported_monthly_spend"
MONEY = (*sorted(COUNTED), "first_payment_date", "last_payment_date")
"""What payments come to: it is counted here already, whatever the export says of it."""

STATEMENTS = ("status", "opt_in", "groups")
"""What would be stated anew by whoever says it once more."""

PAID = r"^[^-]*[1-9]"


def without_known(sheet: Sheet, snapshot: Path) -> tuple[Sheet, int]:
    """An export without what is known here, and how many of its rows said nothing else; any other sheet as it is.

    Rows of customers who are not here keep all but a status that we would compute as well. Raises WarehouseBusy.
    """
    if not MARKS.issubset(sheet.titles):
        return sheet, 0
    rows = _without_computed_status(sheet.rows)
    if not snapshot.exists():
        return replace(sheet, rows=rows), 0
    with published(snapshot) as connection, frame_as(connection, "told", rows.select(CUSTOMER_ID).unique()):
        here = rows_of(connection, HERE)
        imports = rows_of(connection, "SELECT import_id FROM import_history WHERE status LIKE 'done%'")["import_id"]
    # What we compute anew, and money, says nothing of whether somebody mended the row.
    compared = [name for name in here.columns if name in sheet.titles and name not in {*LEFT_OUT, *MONEY}]
    table = here.select(CUSTOMER_ID, as_cells(here.select(compared)).to_struct(TABLE))
    beside = rows.join(table, on=CUSTOMER_ID, how="left", maintain_order="left")
    ours = pl.col(TABLE).is_not_null() & pl.all_horizontal(
        pl.col(name).is_in(imports.implode()) for name in (FIRST_IMPORT, LAST_IMPORT)
    )
    same = {name: _same(name, here.schema[name]) for name in compared}
    known = beside.select(pl.all_horizontal(ours, *same.values()).fill_null(False)).to_series()
    blank = {name: ours & same[name] for name in STATEMENTS if name in same}
    blank |= {name: ours for name in MONEY if name in sheet.titles}
    left = beside.with_columns(
        pl.when(rule).then(pl.lit("")).otherwise(name).alias(name) for name, rule in blank.items()
    )
    typed = {title: (flags & (left[title] != "")).filter(~known) for title, flags in sheet.typed.items()}
    return replace(sheet, rows=left.filter(~known).drop(TABLE), typed=typed), int(known.sum())


def _without_computed_status(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the status of those whose payments alone would give it: it was computed, or is again (AMB-44)."""
    if not {"status", "total_spent", "payment_count"} <= set(rows.columns):
        return rows
    paid = pl.col("payment_count").str.contains("[1-9]") | pl.col("total_spent").str.contains(PAID)
    computed = pl.when(paid).then(pl.lit("active")).otherwise(pl.lit("potential"))
    return rows.with_columns(pl.when(pl.col("status") == computed).then(pl.lit("")).otherwise("status").alias("status"))


def _same(name: str, dtype: pl.DataType) -> pl.Expr:
    """Whether a cell says what the table says; a blank cell says nothing."""
    cell = pl.col(name).str.strip_chars().str.replace_all("\r\n", "\n", literal=True)
    table = pl.col(TABLE).struct.field(name)
    if name == NUMBER:
        equal = cell.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False) == table.cast(pl.Float64)
    elif dtype == pl.Boolean:
        equal = cell.str.to_lowercase() == table.cast(pl.String)
    else:
        equal = cell == table.str.strip_chars().str.replace_all("\r\n", "\n", literal=True)
    return (cell == "") | equal.fill_null(False)
