"""Payment rows: which rows of one file tell of the same payment, and which of them stands.

Lives here: the rule within a file. Not here: over several imports (`customers/payments_once.py`), what one payment adds
(`payments.py`).

Exports repeat a payment for each of its items, and for each state that it went through. A payment is known by its
number, customer, day and stated amount, sign included, and as which of several lines of its order; whatever differs in
one of them is another payment (PIT-100).
"""

import polars as pl

from pipelines.models.sheet import ROW
from pipelines.parsing.words.payment_statuses import CANCELLED, FAILED, PAID, PENDING, REFUNDED
from pipelines.payments.order_lines import OrderLines
from schemas.base import MONEY

LINE = ("customer_key", "payment_id", "payment_amount", "payment_line")
STEP = ("payment_day", "payment_state", "refund_volume")
NEWEST_FIRST_SHARE = 9
"""A file is newest first where its days go down so many times as often as up."""

NOTHING = {
    "total_spent": pl.lit(0).cast(MONEY),
    "payment_count": pl.lit(0, pl.Int64),
    "refund_volume": pl.lit(None, MONEY),
    "first_payment_date": pl.lit(None, pl.Date),
    "last_payment_date": pl.lit(None, pl.Date),
    "payment_amount": pl.lit(None, MONEY),
}
"""What a row adds whose payment another row tells of: its customer alone."""


def each_payment_once(rows: pl.DataFrame, lines: OrderLines) -> pl.DataFrame:
    """The rows of a payment list, in which one row stands for each payment and the others add no money.

    Args:
        rows: AcceptedRows in the order of the file.
        lines: what the list says of equal rows of one order.
    """
    told = rows.lazy().filter(pl.col("payment_amount").is_not_null()).select(ROW, *LINE, *STEP)
    # A list without a number twice costs one look at its numbers.
    if not told.select(pl.struct(LINE).is_duplicated().any()).collect().item():
        return rows
    numbered = lines.numbered(told.drop("payment_line").collect())
    rows = rows.update(numbered.select(ROW, "payment_line"), on=ROW)
    several = numbered.filter(pl.struct(LINE).is_duplicated())
    standing = _newest(several, _newest_first(rows["payment_day"]))
    gone = pl.concat([several.join(standing, on=ROW, how="anti")[ROW], _ended(standing)])
    added = pl.col(ROW).is_in(gone.implode())
    return rows.with_columns(pl.when(added).then(value).otherwise(name).alias(name) for name, value in NOTHING.items())


def _newest(several: pl.DataFrame, newest_first: bool) -> pl.DataFrame:
    """The newest row of each payment, with `age`, its place in time among all.

    What is pending or failed comes before all else: a try, and no payment was unmade by one.
    A shop that lists newest first has the later state of a payment above the earlier one. Of rows of the newest state
    the one stands that tells of most money back: it does not come again because another row is silent about it.
    """
    places = {PENDING: 0, FAILED: 0, REFUNDED: 2}
    state = pl.col("payment_state").replace_strict(places, default=1, return_dtype=pl.Int8)
    # The row number breaks ties, so that the same file gives the same answer each time.
    ordered = several.sort(state, ROW, descending=[False, newest_first]).with_row_index("age")
    payment = [*LINE, "payment_day"]
    newest = ordered.filter(pl.col("payment_state") == pl.col("payment_state").last().over(payment))
    back = newest.sort(pl.col("refund_volume").fill_null(0), "age")
    return back.unique(payment, keep="last", maintain_order=True)


def _newest_first(days: pl.Series) -> bool:
    changes = days.drop_nulls().diff().dt.total_days()
    down, up = int((changes < 0).sum()), int((changes > 0).sum())
    return down > 0 and down >= NEWEST_FIRST_SHARE * up


def _ended(standing: pl.DataFrame) -> pl.Series:
    """Rows whose payment a refund or a cancellation of a later day, or a row without a day, tells of, and only one can.

    Of several that could be meant none is: they stay payments of their own.
    """
    names = [ROW, "payment_day", "payment_state", "age"]
    other = standing.select(*LINE, *(pl.col(name).name.suffix("_step") for name in names))
    pairs = standing.join(other, on=LINE).filter(pl.col(ROW) != pl.col(f"{ROW}_step"))
    day, step_day = pl.col("payment_day"), pl.col("payment_day_step")
    later = (pl.col("payment_state") == PAID) & pl.col("payment_state_step").is_in([CANCELLED, REFUNDED])
    about = pairs.filter((later & (day <= step_day)).fill_null(False) | (step_day.is_null() & day.is_not_null()))
    # A number that comes every month has several payments that one cancellation could mean.
    single = about.filter((pl.len().over(ROW) == 1) & (pl.len().over(f"{ROW}_step") == 1))
    step_is_gone = pl.col("payment_day_step").is_null() & (pl.col("age_step") < pl.col("age"))
    return single.select(pl.when(step_is_gone).then(f"{ROW}_step").otherwise(ROW).alias(ROW)).to_series()
