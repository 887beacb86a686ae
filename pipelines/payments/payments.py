"""Payment lists: what one payment contributes, and which rows count.

Lives here: from direction, status, amounts and what is still due to money, count and days (contract page, profile
`payments`; PIT-102…PIT-104). Not here: the words of directions and statuses
(`pipelines/parsing/words/payment_directions.py`, `pipelines/parsing/words/payment_statuses.py`), counting a payment
once (`same_payment.py`, `customers/payments_once.py`), reading the columns.
"""

from collections.abc import Collection

import polars as pl

from pipelines.parsing.words.payment_directions import IN, NOT_YET, OTHER, OUT
from pipelines.parsing.words.payment_statuses import OPEN, PAID, PARTLY_REFUNDED, PENDING, REFUNDED, STATES, UNPAID
from schemas.base import MONEY

NEEDLESS = ("amount", "payment_date", "paid_amount", "amount_due", "refunded_amount", "currency")
"""What a row that does not count may lack, or have at fault: nothing of it goes into any sum."""

NOTHING = pl.lit(0).cast(MONEY)


def contributed(names: Collection[str]) -> list[pl.Expr]:
    """What a payment adds, from rows that have these columns: its amount, a count of one and its day.

    Money that goes out (a negative amount, or a direction that says so) is a refund: it adds to `refund_volume`, and
    neither counts nor moves a date. A payment refunded without an amount is refunded whole. One that does not count
    contributes its customer alone, and so does an amount of which all is still due. One with a number tells besides by
    what it is known again: amount and day as stated, before anything is taken off, and its state (`same_payment.py`).
    Money given back keeps its day in any case, which no date of its customer tells.
    """
    numbered = pl.col("payment_id").is_not_null()
    received, paid, refund = received_of(names), counts_as_paid(names), counts_as_refund(names)
    told = _value("refunded_amount", names).abs()
    back = pl.when(refunded_whole(names)).then(received).otherwise(told)
    return [
        pl.when(paid).then(received).otherwise(NOTHING).alias("total_spent"),
        pl.when(paid).then(1).otherwise(0).cast(pl.Int64).alias("payment_count"),
        # The larger, not the sum: a refund's own row and its refunded amount tell of the same money.
        pl.when(refund).then(pl.max_horizontal(-received, told)).when(paid).then(back).alias("refund_volume"),
        pl.when(paid).then(pl.col("payment_date")).alias("first_payment_date"),
        pl.when(paid).then(pl.col("payment_date")).alias("last_payment_date"),
        pl.when(numbered).then(stated_amount(names).fill_null(0)).cast(MONEY).alias("payment_amount"),
        pl.when(numbered | refund).then(pl.col("payment_date")).alias("payment_day"),
        pl.when(numbered).then(state(names)).alias("payment_state"),
    ]


def counts_as_paid(names: Collection[str]) -> pl.Expr:
    """Whether a row is a payment received; one of which all is still due is none."""
    received = received_of(names)
    # An amount of 0 is a free order, and a payment; 0 received of 100 is an open invoice.
    return ~does_not_count(names) & (received >= 0) & ((received != 0) | (pl.col("amount") == 0))


def counts_whole(names: Collection[str]) -> pl.Expr:
    """Whether a row is a payment of which nothing went back, as far as its status and amounts tell."""
    told = (_value("refunded_amount", names).fill_null(0) != 0) | _status(names).is_in([REFUNDED, PARTLY_REFUNDED])
    return counts_as_paid(names) & ~told


def counts_as_refund(names: Collection[str]) -> pl.Expr:
    """Whether a row is money given back."""
    return ~does_not_count(names) & (received_of(names) < 0)


def does_not_count(names: Collection[str]) -> pl.Expr:
    """Whether a row is no money received or given back: by its status, of an open one unless some was paid; or by its
    direction, as an authorization.
    """
    status = _status(names)
    told = _value("paid_amount", names).is_not_null() | _value("amount_due", names).is_not_null()
    some = told & (received_of(names) != 0).fill_null(False)
    no_money = _direction(names).is_in([NOT_YET, OTHER]).fill_null(False)
    return status.is_in(UNPAID) | ((status == OPEN) & ~some) | no_money


def refunded_whole(names: Collection[str]) -> pl.Expr:
    """Whether a row is a payment of status refunded that does not say how much: all of it, which is told."""
    silent = _value("refunded_amount", names).fill_null(0) == 0
    return (_status(names) == REFUNDED) & silent & (received_of(names) > 0).fill_null(False)


def against_direction(names: Collection[str]) -> pl.Expr:
    """Whether a row is called money that comes in, though its amount is negative: taken as a refund, which is told."""
    return ((_direction(names) == IN) & (pl.col("amount") < 0) & ~does_not_count(names)).fill_null(False)


def received_of(names: Collection[str]) -> pl.Expr:
    """What was paid of an amount: as stated, else what is not due any more, else all; negative where it goes out."""
    due = _value("amount_due", names).fill_null(0)
    received = pl.coalesce(_value("paid_amount", names), pl.col("amount") - due).cast(MONEY)
    return pl.when((_direction(names) == OUT).fill_null(False)).then(-received.abs()).otherwise(received)


def stated_amount(names: Collection[str]) -> pl.Expr:
    """The amount as the row states it, negative where money goes out: a refund is no second row of its payment."""
    amount = pl.col("amount")
    return pl.when((_direction(names) == OUT).fill_null(False)).then(-amount.abs()).otherwise(amount)


def state(names: Collection[str]) -> pl.Expr:
    """The state that each payment is in, as the ledger knows it: pending, paid, failed, cancelled, refunded."""
    status, promised = _status(names), (_direction(names) == NOT_YET).fill_null(False)
    told = pl.when((status == OPEN) & ~does_not_count(names)).then(pl.lit(PAID)).otherwise(status.replace(STATES))
    return pl.when(promised & (told == PAID)).then(pl.lit(PENDING)).otherwise(told)


def _status(names: Collection[str]) -> pl.Expr:
    return pl.col("payment_status").fill_null(PAID) if "payment_status" in names else pl.lit(PAID)


def _direction(names: Collection[str]) -> pl.Expr:
    return pl.col("direction") if "direction" in names else pl.lit(None, pl.String)


def _value(name: str, names: Collection[str]) -> pl.Expr:
    return pl.col(name) if name in names else pl.lit(None, MONEY)
