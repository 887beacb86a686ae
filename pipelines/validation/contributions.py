"""What an accepted row contributes: one line of the ledger, and the details beside it.

Lives here: from parsed columns to AcceptedRows and AcceptedDetails. Not here: which rows are accepted
(`validate.py`), how contributions fold (`pipelines/customers/merge.py`).
"""

from collections.abc import Collection

import polars as pl

from pipelines.identity import customer_key
from pipelines.models.context import Terms
from pipelines.models.sheet import ROW
from pipelines.payments import payments
from pipelines.payments.order_lines import OrderLines
from pipelines.payments.same_payment import each_payment_once
from pipelines.validation.parse_columns import Column, Columns
from schemas.base import MONEY
from schemas.events import ORDER
from schemas.ledger import POINT_PARTS, POINTS, AcceptedDetails, AcceptedRows

EMAIL_KEY = "email_key"
BLANK = {"payment_line": 0}
"""What a column holds that no column of the file tells, where that is not nothing."""
POINT_KINDS = ("email", "phone", "mobile", "address")


def contributions(good: pl.DataFrame, lines: OrderLines, terms: Terms) -> pl.DataFrame:
    """AcceptedRows of accepted rows: `good` has a typed column for each mapped field and the e-mail key."""
    columns = {name: column.dtype.type for name, column in AcceptedRows.to_schema().columns.items()}
    absent = {name: dtype for name, dtype in columns.items() if name not in good.columns}
    whole = good.with_columns(pl.lit(BLANK.get(name), dtype).alias(name) for name, dtype in absent.items())
    of_payments = terms.profile.holds_payments(good.columns)
    amounts = _of_payments(good.columns) if of_payments else _as_told(whole)
    key = customer_key(terms.profile.key, terms.source_name)
    told = whole.with_columns(key.alias("customer_key"), *amounts).select(*columns)
    return each_payment_once(told, lines) if of_payments else told


def _of_payments(names: Collection[str]) -> list[pl.Expr]:
    """The amounts of payments; an event that is no order adds none, and is no payment of 0 either (AMB-06)."""
    if "event_kind" not in names:
        return payments.contributed(names)
    return [pl.when(pl.col("event_kind") == ORDER).then(amount) for amount in payments.contributed(names)]


def _as_told(rows: pl.DataFrame) -> list[pl.Expr]:
    """The amounts of a customer list; a refund written as a negative number is a refund (PIT-22)."""
    monthly = pl.col("monthly_spend") if "monthly_spend" in rows.columns else pl.lit(None, MONEY)
    return [monthly.alias("reported_monthly_spend"), pl.col("refund_volume").abs()]


def details(good: pl.DataFrame, points: pl.Series | None) -> pl.DataFrame:
    """AcceptedDetails of the accepted rows that have any; `points` stands beside `good`, row by row."""
    columns = {name: column.dtype.type for name, column in AcceptedDetails.to_schema().columns.items()}
    known = good if points is None else good.with_columns(points.alias("points"))
    present = [name for name in columns if name in known.columns and name != ROW]
    if not present:
        return pl.DataFrame(schema=columns)
    return known.filter(pl.any_horizontal(pl.col(present).is_not_null())).select(
        pl.col(name) if name in known.columns else pl.lit(None, dtype).alias(name) for name, dtype in columns.items()
    )


def points_of(columns: Columns) -> pl.Series | None:
    """Every address and number of each row by rank, where a kind has several columns (RF-12); else None."""
    several = {column.field.name for column in columns.further}
    listed = [column for column in columns.columns if column.field.name in several & set(POINT_KINDS)]
    if not listed:
        return None
    frame = pl.DataFrame([_point(column) for column in listed])
    points = frame.select(pl.concat_list(pl.all()).list.drop_nulls().cast(POINTS).alias("points")).to_series()
    return pl.select(pl.when(points.list.len() > 0).then(points)).to_series()


def _point(column: Column) -> pl.Series:
    value = column.parsed.values
    parts = pl.struct(
        kind=pl.lit(column.field.name), rank=pl.lit(column.rank, pl.Int64), value=value, raw_value=column.text
    )
    point = pl.when(value.is_not_null()).then(parts).otherwise(pl.lit(None, pl.Struct(POINT_PARTS)))
    return pl.select(point.alias(column.name)).to_series()
