"""Sums: what a Stripe account says of each customer now.

Lives here: sums per customer and currency, contributions in the base currency, the payments that they are the sums of,
charges that stand apart. Not here: which charges count (`counted.py`), whose they are (`attribution.py`), what changes
in the ledger for it (`account_state.py`).
"""

from decimal import Decimal
from typing import NamedTuple

import polars as pl

from schemas.base import MONEY, columns_of
from schemas.stripe import StripeApart, StripeContributions, StripePayments, StripeSpend


class Account(NamedTuple):
    """What an account says, a frame each: StripeSpend, StripeContributions, StripePayments without their change, and
    StripeApart.
    """

    spend: pl.DataFrame
    contributions: pl.DataFrame
    payments: pl.DataFrame
    apart: pl.DataFrame


PAYER = ["customer_id", "dependent"]


def aggregate(charges: pl.DataFrame, owners: pl.DataFrame, source: str, min_spend: Decimal | None) -> Account:
    """Sum an account up: `charges`: its counted ones with their owners (`attribution.owned`), `owners`: its customers.

    Totals are gross and in the base currency, refunds beside them, dates of the same charges (D4–D6). A charge of a day
    without a rate is in no total of the base currency, whatever other charges of its currency are (scenario 61). A
    customer without charges has 0, one who paid only such charges has null: unknown is not nothing. A customer
    under the minimum spend stays in StripeSpend, and contributes nothing (AU-32, PIT-92: after the merge by address).
    """
    placed = charges.filter(pl.col("customer_id").is_not_null())
    spend = _spend(placed, source)
    kept = _reaching(spend, owners, min_spend)
    contributions = _contributions(placed, owners, source).join(kept, on="customer_id", how="semi")
    known = pl.col("customer_id").is_in(kept["customer_id"].implode())
    return Account(
        StripeSpend.validate(spend.with_columns(kept=known)),
        StripeContributions.validate(contributions),
        _payments(placed, source),
        StripeApart.validate(_apart(charges, source)),
    )


def _spend(charges: pl.DataFrame, source: str) -> pl.DataFrame:
    day = pl.col("created_at").dt.date()
    return (
        charges.group_by(*PAYER, "currency", maintain_order=True)
        .agg(
            pl.lit(source).first().alias("source"),
            *(pl.col(name).sum().cast(MONEY).alias(total) for name, total in _TOTALS.items()),
            pl.len().cast(pl.Int64).alias("payment_count"),
            day.min().alias("first_payment_date"),
            day.max().alias("last_payment_date"),
            *(_known_sum(name).alias(total) for name, total in _BASE_TOTALS.items()),
            pl.col("base_paid").null_count().cast(pl.Int64).alias("unconverted_count"),
        )
        .select(name for name in StripeSpend.to_schema().columns if name != "kept")
    )


_TOTALS = {"paid": "total_spent", "given_back": "refund_volume"}
_BASE_TOTALS = {"base_paid": "base_spent", "base_given_back": "base_refunded"}


def _known_sum(name: str) -> pl.Expr:
    """The sum of what is known; null where nothing is."""
    return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum().cast(MONEY))


def _reaching(spend: pl.DataFrame, owners: pl.DataFrame, min_spend: Decimal | None) -> pl.DataFrame:
    """The customers that reach the minimum; those who paid in a currency without a rate are never left out."""
    everyone = pl.concat([spend.select("customer_id"), owners.select("customer_id")]).drop_nulls().unique()
    if min_spend is None:
        return everyone
    totals = spend.group_by("customer_id").agg(
        pl.col("base_spent").sum().alias("total"), (pl.col("unconverted_count").sum() > 0).alias("unknown")
    )
    # After the sum over all Stripe customers of an address (PIT-92).
    reached = (pl.col("total") >= pl.lit(min_spend).cast(MONEY)) | pl.col("unknown")
    return everyone.join(totals.filter(reached), on="customer_id", how="semi")


def _contributions(charges: pl.DataFrame, owners: pl.DataFrame, source: str) -> pl.DataFrame:
    named = _named(owners)
    totals = _in_base_currency(charges)
    everyone = pl.concat([named.select(PAYER), totals.select(PAYER)]).unique()
    paid = everyone.join(totals, on=PAYER, how="left").join(named, on=PAYER, how="left")
    unpaid = pl.col("paid_at_all").is_null()
    zeros = {"total_spent": MONEY, "payment_count": pl.Int64(), "refund_volume": MONEY}
    nothing = [pl.when(unpaid).then(pl.lit(0).cast(kind)).otherwise(name).alias(name) for name, kind in zeros.items()]
    return (
        paid.with_columns(nothing)
        # A deleted customer who paid nothing says nothing.
        .filter(~(unpaid & pl.col("dependent")))
        .with_columns(pl.lit(source).alias("source"))
        .select(*StripeContributions.to_schema().columns)
        .sort(PAYER)
    )


def _in_base_currency(charges: pl.DataFrame) -> pl.DataFrame:
    """Per payer, what can be told in the base currency; all null where nothing can."""
    known = pl.col("base_paid").is_not_null()
    day = pl.col("created_at").dt.date().filter(known)
    return charges.group_by(PAYER).agg(
        pl.lit(True).first().alias("paid_at_all"),
        _known_sum("base_paid").alias("total_spent"),
        pl.when(known.any()).then(known.sum().cast(pl.Int64)).alias("payment_count"),
        _known_sum("base_given_back").alias("refund_volume"),
        day.min().alias("first_payment_date"),
        day.max().alias("last_payment_date"),
    )


def _payments(charges: pl.DataFrame, source: str) -> pl.DataFrame:
    """Charge by charge what is in the sums, whose it is and when it was paid."""
    named = {
        "amount": "paid",
        "refund": "given_back",
        "amount_in_base": "base_paid",
        "refund_in_base": "base_given_back",
    }
    told = charges.with_columns(
        pl.lit(source).alias("source"),
        pl.col("created_at").dt.date().alias("paid_date"),
        **{name: pl.col(amount) for name, amount in named.items()},
    )
    return told.select(column.name for column in columns_of(StripePayments) if column.name != "change_number")


def unconverted(charges: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Per currency what of counted charges has no rate: `currency`, `payments`, `money`, `last_day`, and `first_rate`,
    the day from which there is one (null: never).
    """
    begun = rates.group_by("currency").agg(pl.col("date").min().alias("first_rate"))
    return (
        charges.filter(pl.col("base_paid").is_null())
        .group_by("currency")
        .agg(
            pl.len().cast(pl.Int64).alias("payments"),
            pl.col("paid").sum().cast(MONEY).alias("money"),
            pl.col("created_at").dt.date().max().alias("last_day"),
        )
        .join(begun, on="currency", how="left")
        .sort("currency")
    )


def _named(owners: pl.DataFrame) -> pl.DataFrame:
    """Per payer: the first spelling of its address; the name of its Stripe customer with the latest payment (D7)."""
    ordered = owners.filter(pl.col("customer_id").is_not_null()).sort(
        "last_paid", "created_at", "stripe_customer_id", nulls_last=False
    )
    return (
        ordered.group_by(PAYER, maintain_order=True)
        .agg(
            # The id breaks ties: Stripe's times are whole seconds.
            pl.col("email").sort_by("created_at", "stripe_customer_id").drop_nulls().first(),
            pl.col("name").drop_nulls().last(),
        )
        .with_columns(guessed_name=pl.when(pl.col("name").is_null()).then(pl.col("email").str.replace(r"@[^@]*$", "")))
    )


def _apart(charges: pl.DataFrame, source: str) -> pl.DataFrame:
    return (
        charges.filter(pl.col("reason").is_not_null())
        .with_columns(pl.lit(source).alias("source"), amount="paid", refund_volume="given_back")
        .select(*StripeApart.to_schema().columns)
        .sort("charge_id")
    )
