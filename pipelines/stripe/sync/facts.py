"""Facts: what was read of Stripe as facts, and what of it is too surprising to be one.

Lives here: minor units to money, epoch seconds to instants, names, what the contracts say of each object. Not here:
decoding (`pipelines/stripe/extract/decode.py`), which facts count (`aggregate.py`).
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandera.polars as pa
import polars as pl

from pipelines.stripe.api.protocol import Stream
from schemas.base import INSTANT, MONEY, Contract
from schemas.currencies import STRIPE_NO_DECIMALS, STRIPE_THREE_DECIMALS
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note
from schemas.stripe import ChargeFacts, CustomerFacts, RefundFacts

SURPRISES = {"stream": pl.String, "id": pl.String, "reason": pl.String, "row": pl.String}
"""Objects that are no facts: which list, which object, why, and the object as JSON."""

NAMES = ("name", "individual_name", "business_name")
REDACTED = r"(?i)^\[redacted\]$"
"""What Stripe leaves of personal data that somebody asked it to remove; the customer is as deleted (scenario 58)."""


class Facts(NamedTuple):
    """The facts of an extract, one frame per contract, and the objects that are none."""

    charges: pl.DataFrame
    refunds: pl.DataFrame
    customers: pl.DataFrame
    surprises: pl.DataFrame


def flatten(read: Mapping[Stream, pl.DataFrame], source: str) -> Facts:
    """Facts of what was read: `read` has a frame with the columns of `schemas.stripe.READ` per list.

    An object that breaks its contract costs itself: it comes back among the surprises, with every reason (issue 5,
    point 4). Money is exact: minor units times the currency's own power of ten.
    """
    charges, odd_charges = _split("charges", _charges(read["charges"], source), ChargeFacts, "charge_id")
    refunds, odd_refunds = _split("refunds", _refunds(read["refunds"], source), RefundFacts, "refund_id")
    customers, odd_customers = _split(
        "customers", _customers(read["customers"], source), CustomerFacts, "stripe_customer_id"
    )
    return Facts(charges, refunds, customers, pl.concat([odd_charges, odd_refunds, odd_customers]))


def money(minor: str) -> pl.Expr:
    """An amount in minor units as money of its `currency`, which is in capitals (stripe.md 3.3, PIT-31)."""
    unit = (
        # Stripe's own list, which differs from ISO 4217: Iceland's krona and Uganda's shilling have two decimals there.
        pl.when(pl.col("currency").is_in(STRIPE_NO_DECIMALS))
        .then(pl.lit("1"))
        .when(pl.col("currency").is_in(STRIPE_THREE_DECIMALS))
        .then(pl.lit("0.001"))
        .otherwise(pl.lit("0.01"))
        .cast(pl.Decimal(4, 3))
    )
    return (pl.col(minor).cast(pl.Decimal(18, 0)) * unit).cast(MONEY).alias(minor)


def instant(seconds: str) -> pl.Expr:
    """Epoch seconds as an instant."""
    return pl.from_epoch(pl.col(seconds), "s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(INSTANT)


def _charges(read: pl.DataFrame, source: str) -> pl.DataFrame:
    return read.with_columns(pl.col("currency").str.to_uppercase()).select(
        pl.lit(source).alias("source"),
        pl.col("id").alias("charge_id"),
        pl.col("customer").alias("stripe_customer_id"),
        *(money(name) for name in ("amount", "amount_captured", "amount_refunded")),
        "currency",
        "status",
        pl.col("captured").fill_null(True),
        pl.col("disputed").fill_null(False),
        *(_text(name) for name in ("receipt_email", "billing_email", "billing_name")),
        pl.col("payment_intent").alias("payment_intent_id"),
        "failure_code",
        instant("created").alias("created_at"),
    )


def _refunds(read: pl.DataFrame, source: str) -> pl.DataFrame:
    return read.with_columns(pl.col("currency").str.to_uppercase()).select(
        pl.lit(source).alias("source"),
        pl.col("id").alias("refund_id"),
        pl.col("charge").alias("charge_id"),
        pl.col("payment_intent").alias("payment_intent_id"),
        money("amount"),
        "currency",
        "status",
        "reason",
        "failure_reason",
        instant("created").alias("created_at"),
    )


def _customers(read: pl.DataFrame, source: str) -> pl.DataFrame:
    deleted = pl.col("deleted").fill_null(False) | pl.any_horizontal(_is_redacted(name) for name in ("email", *NAMES))
    tidy = read.with_columns(deleted).with_columns(_text(name) for name in NAMES)
    named = pl.coalesce(*(pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in NAMES))
    return tidy.select(
        pl.lit(source).alias("source"),
        pl.col("id").alias("stripe_customer_id"),
        _text("email"),
        pl.coalesce(*NAMES).alias("name"),
        named.alias("name_source"),
        "deleted",
        instant("created").alias("created_at"),
    )


def _is_redacted(name: str) -> pl.Expr:
    return pl.col(name).str.contains(REDACTED).fill_null(False)


def _text(name: str) -> pl.Expr:
    """A text trimmed, its white space collapsed; null where nothing is left, or nothing but that it was removed."""
    tidy = pl.col(name).str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when((tidy != "") & ~tidy.str.contains(REDACTED)).then(tidy).alias(name)


def _split(
    stream: Stream, rows: pl.DataFrame, contract: type[Contract], identity: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that keep their contract, and the others with what they break."""
    try:  # an eager frame: of a lazy one pandera 0.35 tries names and types alone, and bad values pass in silence
        return contract.validate(rows, lazy=True), pl.DataFrame(schema=SURPRISES)
    except pa.errors.SchemaErrors as broken:
        cases: pl.DataFrame = broken.failure_cases
        if cases["index"].null_count():
            raise  # a column is missing or of another type: our fault, not the object's
    broken_rules = [_broken_rule(field, value) for field, value in cases.select("column", "failure_case").iter_rows()]
    reasons = (
        cases.select(pl.col("index").cast(pl.Int64).alias("at"), pl.Series("reason", broken_rules, pl.String))
        .group_by("at")
        .agg(pl.col("reason").unique().sort().str.join("; "))
        .sort("at")
    )
    odd = rows[reasons["at"].to_list()]
    surprises = pl.DataFrame(
        {
            "stream": pl.repeat(stream, odd.height, eager=True),
            "id": odd[identity],
            "reason": reasons["reason"],
            "row": odd.select(pl.struct(pl.all()).struct.json_encode()).to_series(),
        },
        schema=SURPRISES,
    )
    # Tried once more without the odd ones: pandera gives no frame where anything failed.
    kept = rows.with_row_index("at").join(reasons, on="at", how="anti", maintain_order="left").drop("at")
    return contract.validate(kept), surprises


def _broken_rule(field: str, value: str | None) -> str:
    """What is wrong with a field of an object."""
    note = Note("field_missing", field=field) if value is None else Note("field_is", field=field, found=value)
    return note.sentence(IN_TABLES)
