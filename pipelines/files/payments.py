"""Payment lists: what one payment contributes, and which rows count.

Lives here: from status, amounts and what is still due to money, count and days (contract page, profile `payments`;
PIT-103, PIT-104). Not here: the words of statuses (`payment_statuses.py`), counting a payment once
(`payment_rows.py`, `customers/payments_once.py`), reading the columns.
"""

from collections.abc import Collection

import polars as pl

from pipelines.files.payment_statuses import OPEN, PAID, REFUNDED, STATES, UNPAID
from schemas.base import MONEY

NEEDLESS = ("amount", "payment_date", "paid_amount", "amount_due", "refunded_amount", "currency")
"""What a row that does not count may lack, or have at fault: nothing of it goes into any sum."""

NOTHING = pl.lit(0).cast(MONEY)


def contributed(names: Collection[str]) -> list[pl.Expr]:
    """What a payment adds, from rows that have these columns: its amount, a count of one and its day.

    Money that goes out (a negative amount) is a refund: it adds to `refund_volume`, and neither counts nor moves a
    date. A payment refunded without an amount is refunded whole. One that does not count contributes its customer
    alone, and so does an amount of which all is still due. One with a number tells besides by what it is known again:
    amount and day as stated, before anything is taken off, and its state (`payment_rows.py`).
    """
    numbered = pl.col("payment_id").is_not_null()
    received, counts = _received(names), ~does_not_count(names)
    paid = counts & (received >= 0) & ((received != 0) | (pl.col("amount") == 0))
    refund = counts & (received < 0)
    told = _value("refunded_amount", names).abs()
    back = pl.when(refunded_whole(names)).then(received).otherwise(told)
    return [
        pl.when(paid).then(received).otherwise(NOTHING).alias("total_spent"),
        pl.when(paid).then(1).otherwise(0).cast(pl.Int64).alias("payment_count"),
        pl.when(refund).then(pl.max_horizontal(-received, told)).when(paid).then(back).alias("refund_volume"),
        pl.when(paid).then(pl.col("payment_date")).alias("first_payment_date"),
        pl.when(paid).then(pl.col("payment_date")).alias("last_payment_date"),
        pl.when(numbered).then(pl.col("amount").fill_null(0)).cast(MONEY).alias("payment_amount"),
        pl.when(numbered).then(pl.col("payment_date")).alias("payment_day"),
        pl.when(numbered).then(state(names)).alias("payment_state"),
    ]


def does_not_count(names: Collection[str]) -> pl.Expr:
    """Whether a row is no money received: by its status, of an open one unless some was paid."""
    status = _status(names)
    told = _value("paid_amount", names).is_not_null() | _value("amount_due", names).is_not_null()
    some = told & (_received(names) != 0).fill_null(False)
    return status.is_in(UNPAID) | ((status == OPEN) & ~some)


def refunded_whole(names: Collection[str]) -> pl.Expr:
    """Whether a row is a payment of status refunded that does not say how much: all of it, which is told."""
    silent = _value("refunded_amount", names).fill_null(0) == 0
    return (_status(names) == REFUNDED) & silent & (_received(names) > 0).fill_null(False)


def _received(names: Collection[str]) -> pl.Expr:
    """What was paid of an amount: as stated, else what is not due any more, else all of it; signed as the amount."""
    due = _value("amount_due", names).fill_null(0)
    return pl.coalesce(_value("paid_amount", names), pl.col("amount") - due).cast(MONEY)


def state(names: Collection[str]) -> pl.Expr:
    """The state that each payment is in, as the ledger knows it: pending, paid, failed, cancelled, refunded."""
    status = _status(names)
    return pl.when((status == OPEN) & ~does_not_count(names)).then(pl.lit(PAID)).otherwise(status.replace(STATES))


def _status(names: Collection[str]) -> pl.Expr:
    return pl.col("payment_status").fill_null(PAID) if "payment_status" in names else pl.lit(PAID)


def _value(name: str, names: Collection[str]) -> pl.Expr:
    return pl.col(name) if name in names else pl.lit(None, MONEY)
