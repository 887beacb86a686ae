"""Attribution: whose money a charge is, by address.

Lives here: the address of each Stripe customer and of each guest, the customer it leads to. Not here: sums
(`aggregate.py`), which charges count (`counted.py`).

A customer is its address (D7). What guests and deleted customers paid *depends*: it counts for the customer of that
address where anything else makes it known, and stands in `stripe_unattributed` as long as nothing does (D9, D13). So
the order in which files and syncs come changes nothing.
"""

from collections.abc import Callable

import polars as pl

from pipelines.configuration.settings import StripeSource
from pipelines.parsing.emails import parse_emails

Identify = Callable[[pl.Series], pl.Series]
"""Customer ids of customer keys, in their order; null for null."""

PAYER = ("receipt_email", "billing_email")
"""Where the address of a customer without one is taken from, of its newest counted charge (D8)."""

GUEST = ("billing_email", "receipt_email")
"""Where a guest's address is taken from (PIT-84)."""


def owners(customers: pl.DataFrame, charges: pl.DataFrame, options: StripeSource, identify: Identify) -> pl.DataFrame:
    """One row per Stripe customer: `stripe_customer_id`, `customer_id`, `dependent`, `email`, `name`, `created_at`, and
    `last_paid`.

    In: the current customers with `known_id`, the customer they led to before (a deleted one has no address any more);
    counted charges. `customer_id` is null where no address leads anywhere. Several may lead to one customer (PIT-85).
    """
    newest = (
        charges.filter(pl.col("stripe_customer_id").is_not_null())
        .sort("created_at", "charge_id", descending=True)  # Stripe's times are whole seconds: the id breaks ties
        .group_by("stripe_customer_id", maintain_order=True)
        .agg(pl.col(*PAYER, "billing_name").drop_nulls().first(), pl.col("created_at").max().alias("last_paid"))
    )
    named = customers.join(newest, on="stripe_customer_id", how="left", maintain_order="left")
    own, paid = _address(named["email"]), _first_address(named, PAYER)
    address = own.select(
        pl.coalesce(pl.col("key"), paid["key"]).alias("key"), pl.coalesce(_kept("email"), paid["email"])
    )
    gone = pl.col("deleted") & (options.deleted_customers == "remove")
    mine = named.select(
        "stripe_customer_id",
        pl.coalesce(pl.when("deleted").then("known_id"), identify(address["key"])).alias("customer_id"),
        gone.alias("dependent"),
        pl.when(~gone).then(address["email"]).alias("email"),
        pl.when(~gone).then(pl.coalesce("name", "billing_name")).alias("name"),
        "created_at",
        "last_paid",
    )
    return pl.concat([mine, _guests(charges, identify)]) if options.guests == "create" else mine


def _guests(charges: pl.DataFrame, identify: Identify) -> pl.DataFrame:
    """Guests as owners of their own, one row per charge with an address, without a Stripe customer."""
    guests = charges.filter(pl.col("stripe_customer_id").is_null())
    address = _first_address(guests, GUEST)
    return guests.select(
        "stripe_customer_id",
        identify(address["key"]).alias("customer_id"),
        pl.lit(False).alias("dependent"),
        address["email"],
        pl.col("billing_name").alias("name"),
        "created_at",
        pl.col("created_at").alias("last_paid"),
    ).drop_nulls("customer_id")


def owned(charges: pl.DataFrame, owned_by: pl.DataFrame, options: StripeSource, identify: Identify) -> pl.DataFrame:
    """The counted charges with `customer_id`, `dependent`, and `reason` where they have no customer of their own."""
    guest = pl.col("stripe_customer_id").is_null()
    known = owned_by.drop_nulls("stripe_customer_id").select("stripe_customer_id", "customer_id", "dependent")
    named = charges.join(known, on="stripe_customer_id", how="left", maintain_order="left")
    placed = named.with_columns(_of_guests(charges, options, identify).alias("guest_id")).with_columns(
        customer_id=pl.when(guest).then("guest_id").otherwise("customer_id"),
        dependent=pl.when(guest).then(options.guests != "create").otherwise(pl.col("dependent").fill_null(True)),
    )
    return placed.with_columns(reason=_reason(guest)).drop("guest_id")


def _reason(guest: pl.Expr) -> pl.Expr:
    """Why a charge has no customer of its own; null where it has."""
    nobody = pl.col("customer_id").is_null()
    return (
        pl.when(~pl.col("dependent") & ~nobody)
        .then(None)
        .when(guest)
        .then(pl.lit("guest"))
        .when(nobody)
        .then(pl.lit("customer_without_email"))
        .otherwise(pl.lit("deleted_customer"))
    )


def _of_guests(charges: pl.DataFrame, options: StripeSource, identify: Identify) -> pl.Series:
    """The customer of each guest's address; null for the others, and for all where guests are parked."""
    if options.guests == "park":
        return pl.repeat(None, charges.height, dtype=pl.String, eager=True)
    guests = charges.select(pl.when(pl.col("stripe_customer_id").is_null()).then(pl.col(*GUEST)))
    return identify(_first_address(guests, GUEST)["key"])


def _first_address(rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """`email` and `key` of the first column that holds a valid address."""
    first, second = (_address(rows[name]) for name in columns)
    return first.select(pl.coalesce(pl.col(name), second[name]).alias(name) for name in first.columns)


def _kept(name: str) -> pl.Expr:
    return pl.when(pl.col("key").is_not_null()).then(name).alias(name)


def _address(text: pl.Series) -> pl.DataFrame:
    """`email` as written and `key`, both null for what is no address."""
    parsed, keys = parse_emails(text)
    return pl.DataFrame({"email": parsed.values, "key": "email:" + keys}).select(_kept("email"), "key")
