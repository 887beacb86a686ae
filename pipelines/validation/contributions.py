"""What an accepted row contributes: one line of the ledger, and the details beside it.

Lives here: from parsed columns to AcceptedRows and AcceptedDetails. Not here: which rows are accepted
(`validate.py`), how contributions fold (`pipelines/customers/merge.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.identity import customer_key
from pipelines.models.context import Terms
from pipelines.models.sheet import ROW
from pipelines.payments import payments
from pipelines.payments.order_lines import OrderLines
from pipelines.payments.same_payment import each_payment_once
from pipelines.validation.parse_columns import Column, Columns
from pipelines.validation.statements import with_days_of_consents, with_details_of_events
from schemas.base import MONEY
from schemas.events import ORDER
from schemas.ledger import POINT_PARTS, POINTS, AcceptedDetails, AcceptedRows

EMAIL_KEY = "email_key"
BLANK = {"payment_line": 0}
"""What a column holds that no column of the file tells, where that is not nothing."""
BY_THEMSELVES = frozenset({"email", "external_id"})
"""Keys of a customer that a row has by itself, whatever the other rows of the file say."""

POINT_KINDS = ("email", "phone", "mobile", "address")


@dataclass(frozen=True)
class Contributed:
    """What the accepted rows of a file contribute: AcceptedRows, AcceptedDetails of some of them.

    `rows`: the rows themselves, a typed column for each mapped field; only of payments, whose warnings lean on them.
    """

    accepted: pl.DataFrame
    details: pl.DataFrame
    rows: pl.DataFrame


def contributed(told: pl.DataFrame, kept: pl.Series, lines: OrderLines, terms: Terms) -> Contributed:
    """What all accepted rows contribute, batch by batch where each row does so by itself.

    Which row stands for a payment, and of which reference a name is, only all rows of the file tell together.

    Args:
        told: every row, with a typed column for each mapped field, the e-mail key and the points.
        kept: whether each row is accepted.
        lines: what the list says of equal rows of one order; its sheet knows where batches lie.
        terms: of the file.
    """
    disk, by_itself = lines.sheet.disk, BY_THEMSELVES.issuperset(terms.profile.key)
    if terms.profile.holds_payments(told.columns) or not by_itself or not disk.takes(told.height):
        good = _stated(told.filter(kept))
        return Contributed(contributions(good, lines, terms), details(good), good)
    accepted, beside = [], []
    for start, count in disk.each(disk.batches(told.height)):
        good = _stated(told.slice(start, count).filter(kept.slice(start, count)))
        accepted.append(contributions(good, lines, terms))
        # A million blanks in each column that the file does not have are not laid down.
        filled = [
            name
            for name, blanks in zip(accepted[-1].columns, accepted[-1].null_count().row(0), strict=True)
            if blanks < good.height
        ]
        accepted[-1] = disk.lay([accepted[-1].select(filled)])
        more = details(good)
        beside.append(disk.lay([more]) if more.height else more)
    return Contributed(_with_blanks(accepted), pl.concat(beside), told.clear())


def _stated(rows: pl.DataFrame) -> pl.DataFrame:
    return with_days_of_consents(with_details_of_events(rows))


def _with_blanks(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The parts together, with the columns of AcceptedRows that hold nothing in some of them, or in all."""
    types = {name: column.dtype.type for name, column in AcceptedRows.to_schema().columns.items()}
    filled = [name for name in types if any(name in part.columns for part in parts)]
    alike = [
        part.with_columns(pl.lit(None, types[name]).alias(name) for name in filled if name not in part.columns)
        for part in parts
    ]
    whole = pl.concat((part.select(filled) for part in alike), rechunk=False)
    return whole.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in types.items() if name not in filled
    ).select(*types)


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


def details(good: pl.DataFrame) -> pl.DataFrame:
    """AcceptedDetails of the accepted rows that have any."""
    columns = {name: column.dtype.type for name, column in AcceptedDetails.to_schema().columns.items()}
    present = [name for name in columns if name in good.columns and name != ROW]
    if not present:
        return pl.DataFrame(schema=columns)
    return good.filter(pl.any_horizontal(pl.col(present).is_not_null())).select(
        pl.col(name) if name in good.columns else pl.lit(None, dtype).alias(name) for name, dtype in columns.items()
    )


def points_of(columns: Columns) -> Sequence[pl.Series]:
    """Every address and number of each row by rank, as `points`, where a kind has several columns (RF-12)."""
    several = {column.field.name for column in columns.further}
    listed = [column for column in columns.columns if column.field.name in several & set(POINT_KINDS)]
    if not listed:
        return ()
    frame = pl.DataFrame([_point(column) for column in listed])
    points = frame.select(pl.concat_list(pl.all()).list.drop_nulls().cast(POINTS).alias("points")).to_series()
    return (pl.select(pl.when(points.list.len() > 0).then(points).alias("points")).to_series(),)


def _point(column: Column) -> pl.Series:
    value = column.parsed.values
    parts = pl.struct(
        kind=pl.lit(column.field.name), rank=pl.lit(column.rank, pl.Int64), value=value, raw_value=column.text
    )
    point = pl.when(value.is_not_null()).then(parts).otherwise(pl.lit(None, pl.Struct(POINT_PARTS)))
    return pl.select(point.alias(column.name)).to_series()
