"""Priority: how much a customer spends a month, and what that makes it (AU-42…46).

Lives here: the formula over a frame, exact, and its rules in words. Not here: which rule decided
(`publishing/views/customer_priority.sql`), when it is recomputed (`pipelines/ledger/commit_imports.py`).
"""

from calendar import monthrange
from datetime import date

import polars as pl

from schemas.base import MONEY
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note

HIGH = 100
MEDIUM = 50
"""Money a month in the base currency: from here on a customer is high, or medium (AMB-01, PIT-94)."""

GAP = 5
"""A reported average that differs from the computed one by more than a fifth is worth a remark (AMB-05)."""


def months_since(first: pl.Expr, as_of: date) -> pl.Expr:
    """Whole months from a day to `as_of`, at least 1; a month ends with its last day (AMB-02, PIT-43, PIT-95)."""
    # From 31 January a month has passed on 29 February 2024: else nobody who began on a 31st had whole months.
    month_end = as_of.day == monthrange(as_of.year, as_of.month)[1]
    elapsed = (as_of.year - first.dt.year()) * 12 + as_of.month - first.dt.month().cast(pl.Int32)
    unfinished = pl.lit(False) if month_end else first.dt.day() > as_of.day
    return (elapsed - unfinished.cast(pl.Int32)).clip(lower_bound=1).cast(pl.Int64)


def prioritise(customers: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Add `months`, `basis`, `monthly_spend` and `priority` to customers, in their order.

    In: `total_spent`, `first_payment_date`, `reported_monthly_spend`, any other column. Total over months
    decides where both are known, else the reported average, else the priority is low (AMB-05, PIT-96). The
    comparison multiplies instead of dividing, so that nothing is rounded before it is compared (AMB-04).
    """
    return (
        customers.with_columns(months=months_since(pl.col("first_payment_date"), as_of))
        .with_columns(basis=_basis())
        # Months say something only where they were counted with.
        .with_columns(months=pl.when(pl.col("basis") == "computed").then("months"))
        .with_columns(monthly_spend=_monthly_spend(), priority=_priority())
    )


def _basis() -> pl.Expr:
    computed = pl.col("total_spent").is_not_null() & pl.col("first_payment_date").is_not_null()
    reported = pl.col("reported_monthly_spend").is_not_null()
    return pl.when(computed).then(pl.lit("computed")).when(reported).then(pl.lit("reported")).otherwise(pl.lit("none"))


def _spent() -> pl.Expr:
    return pl.when(pl.col("basis") == "computed").then("total_spent").otherwise("reported_monthly_spend")


def _reaches(threshold: int) -> pl.Expr:
    # Multiplied instead of divided: nothing is rounded before it is compared (AMB-04).
    return (_spent() >= (pl.col("months").fill_null(1) * threshold).cast(MONEY)).fill_null(False)


def _priority() -> pl.Expr:
    return (
        pl.when(_reaches(HIGH))
        .then(pl.lit("high"))
        .when(_reaches(MEDIUM))
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low"))
    )


def _monthly_spend() -> pl.Expr:
    """For reading: rounded half up to a thousandth, in whole thousandths so that no float comes near it."""
    # polars 2.1 keeps the scale where it divides a Decimal by a whole number, and rounds by it: 299.99 / 3 is 100.00
    thousandths = (_spent() * 1000).cast(pl.Int64)
    months = pl.col("months").fill_null(1)
    # Half up, in whole numbers.
    rounded = (2 * thousandths + months).floordiv(2 * months)
    return (rounded.cast(pl.Decimal(21, 3)) * pl.lit("0.001").cast(pl.Decimal(4, 3))).cast(MONEY)


def reasons() -> dict[str, str]:
    """The rules in words, by the gaps of the view `customer_priority`, which says of each customer which one decided.

    Ten sentences in all, whatever the number of customers; with a remark where the sender's average tells another
    story.
    """
    levels = {
        "high": Note("a_month_or_more", least=HIGH),
        "medium": Note("a_month_between", least=MEDIUM, below=HIGH),
        "low": Note("under_a_month", below=MEDIUM),
    }
    codes = {
        "reported": "priority_by_reported",
        "differs": "priority_by_total_not_reported",
        "total": "priority_by_total",
    }
    told = {
        f"{rule}_{priority}": Note(code, level=level)
        for rule, code in codes.items()
        for priority, level in levels.items()
    }
    told["nothing_known"] = Note("priority_of_nothing_known")
    return {gap: note.sentence(IN_TABLES) for gap, note in told.items()}
