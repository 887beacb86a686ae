"""What counts: which charges and refunds are money, and what each counted charge comes to in the base currency.

Lives here: the rules D1–D4 of the specification. Not here: whose money it is (`attribution.py`), sums (`aggregate.py`).
"""

import polars as pl

from pipelines.configuration.settings import StripeSource
from pipelines.stripe.sync.exchange_rates import converted, with_rates
from schemas.base import MONEY

REFUNDED = ("succeeded", "pending")
"""Refunds with these states are given back, or on their way (AMB-18); the others never left."""


def counts_as_payment(options: StripeSource) -> pl.Expr:
    """Whether a charge counts: succeeded and captured, unless the source says otherwise (D1, AMB-16, PIT-93)."""
    succeeded = pl.col("status") == "succeeded"
    counted = {
        "settled": succeeded & pl.col("captured"),
        "succeeded": succeeded,
        "all": pl.lit(True),
    }[options.count_charges]
    return counted if options.count_zero_amounts else counted & (pl.col("amount") > 0)


def counts_as_refund() -> pl.Expr:
    """Whether a refund counts; one without a state is as old as Stripe's states, and counts."""
    return pl.col("status").is_in(REFUNDED) | pl.col("status").is_null()


def counted_charges(
    charges: pl.DataFrame, refunds: pl.DataFrame, rates: pl.DataFrame, options: StripeSource, detailed: bool
) -> pl.DataFrame:
    """The counted charges with `paid`, `given_back` in their currency, `base_paid`, `base_given_back` in the base one.

    In: the current facts of one source. `detailed`: whether refunds could be read; else what the charges say of them
    counts (AMB-21), and never less than the refunds that are known (scenario 54). A base amount is null where there is
    no rate. A refund is converted as its charge, so that one given back whole leaves nothing.
    """
    mine = charges.filter(counts_as_payment(options))
    told = _given_back(mine, refunds)
    back = told if detailed else _as_charges_say(mine, told)
    counted = mine.join(back, on="charge_id", how="left", maintain_order="left").with_columns(
        pl.col(options.amount_field).fill_null(pl.col("amount")).alias("paid"),
        _not_taken_back(options).alias("given_back"),
    )
    return with_rates(counted, rates).with_columns(
        converted("paid").alias("base_paid"), converted("given_back").alias("base_given_back")
    )


def _given_back(charges: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """Counted refunds summed per charge; one that names a payment intent alone is its charge's."""
    by_intent = charges.filter(pl.col("payment_intent_id").is_not_null()).select(
        "payment_intent_id", pl.col("charge_id").alias("charge_of_intent")
    )
    placed = (
        refunds.filter(counts_as_refund())
        .join(by_intent.unique("payment_intent_id", keep="first"), on="payment_intent_id", how="left")
        .with_columns(pl.coalesce("charge_id", "charge_of_intent").alias("charge_id"))
    )
    return placed.group_by("charge_id").agg(pl.col("amount").sum().cast(MONEY).alias("back"))


def _as_charges_say(charges: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    # Never less than what is known: a list that is refused lowers no refund.
    known = charges.select("charge_id", "amount_refunded").join(told, on="charge_id", how="left", maintain_order="left")
    return known.select("charge_id", pl.max_horizontal("amount_refunded", "back").alias("back"))


def _not_taken_back(options: StripeSource) -> pl.Expr:
    """What was refunded; where amounts captured count, without what was only released (D2, scenario 4)."""
    nothing = pl.lit(0).cast(MONEY)
    back = pl.col("back").fill_null(nothing)
    if options.amount_field == "amount":
        return back
    # A partial capture releases the rest, which Stripe lists as refunded: taken off twice otherwise.
    released = (pl.col("amount") - pl.col("amount_captured")).fill_null(nothing)
    return pl.max_horizontal(back - released, nothing).cast(MONEY)
