"""What Stripe's objects are here: the columns read of each, and the tables that analysts see.

Lives here: the frames of an extract, one contract per Stripe table. Not here: how objects become rows.
"""

import pandera.polars as pa
import polars as pl

from schemas.base import Contract, Instant, Money

READ_CHARGES: dict[str, pl.DataType] = {
    "id": pl.String(),
    "customer": pl.String(),
    "amount": pl.Int64(),
    "amount_captured": pl.Int64(),
    "amount_refunded": pl.Int64(),
    "currency": pl.String(),
    "status": pl.String(),
    "captured": pl.Boolean(),
    "disputed": pl.Boolean(),
    "created": pl.Int64(),
    "livemode": pl.Boolean(),
    "receipt_email": pl.String(),
    "billing_email": pl.String(),
    "billing_name": pl.String(),
    "payment_intent": pl.String(),
    "failure_code": pl.String(),
}
READ_REFUNDS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "charge": pl.String(),
    "payment_intent": pl.String(),
    "amount": pl.Int64(),
    "currency": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
    "failure_reason": pl.String(),
    "created": pl.Int64(),
}
READ_CUSTOMERS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "email": pl.String(),
    "name": pl.String(),
    "individual_name": pl.String(),
    "business_name": pl.String(),
    "created": pl.Int64(),
    "livemode": pl.Boolean(),
    "deleted": pl.Boolean(),
}
READ = {"charges": READ_CHARGES, "refunds": READ_REFUNDS, "customers": READ_CUSTOMERS}
"""The columns of an extract, per list: money in minor units, instants in epoch seconds, as Stripe sends them."""


class StripeCharges(Contract):
    """One row per charge of a Stripe source, whatever became of it."""

    source: str = pa.Field(description="The Stripe source")
    charge_id: str = pa.Field(str_matches=r"^[a-z]+_", description="Stripe's id of the charge")
    stripe_customer_id: str = pa.Field(nullable=True, description="Stripe's id of the customer; null: a guest")
    amount: Money = pa.Field(ge=0, description="Amount asked for, in `currency`")
    amount_captured: Money = pa.Field(ge=0, nullable=True, description="Amount taken, in `currency`")
    amount_refunded: Money = pa.Field(ge=0, nullable=True, description="Amount given back, as the charge says")
    currency: str = pa.Field(str_matches=r"^[A-Z]{3}$", description="ISO 4217")
    status: str = pa.Field(description="succeeded, pending or failed, as Stripe says")
    captured: bool = pa.Field(description="Whether the money was taken; false: only authorised")
    disputed: bool = pa.Field(description="Whether the payer disputed it; the total stays (PIT-83)")
    counted: bool = pa.Field(description="Whether it counts as a payment (stripe.md D1)")
    receipt_email: str = pa.Field(nullable=True, description="Where the receipt went")
    billing_email: str = pa.Field(nullable=True, description="Address of the billing details")
    billing_name: str = pa.Field(nullable=True, description="Name of the billing details")
    payment_intent_id: str = pa.Field(nullable=True, description="Stripe's id of the payment intent")
    failure_code: str = pa.Field(nullable=True, description="Why it failed")
    created_at: Instant = pa.Field(description="When it was made, UTC")
    change_number: int = pa.Field(description="Change of the ledger that last wrote this row")


class StripeRefunds(Contract):
    """One row per refund of a Stripe source, whatever became of it."""

    source: str = pa.Field(description="The Stripe source")
    refund_id: str = pa.Field(description="Stripe's id of the refund")
    charge_id: str = pa.Field(nullable=True, description="The charge it gives back")
    payment_intent_id: str = pa.Field(nullable=True, description="Stripe's id of the payment intent")
    amount: Money = pa.Field(ge=0, description="Amount given back, in `currency`")
    currency: str = pa.Field(str_matches=r"^[A-Z]{3}$", description="ISO 4217")
    status: str = pa.Field(nullable=True, description="pending, requires_action, succeeded, failed or canceled")
    counted: bool = pa.Field(description="Whether it counts as refunded: pending and succeeded do (AMB-18)")
    reason: str = pa.Field(nullable=True, description="Why it was given")
    failure_reason: str = pa.Field(nullable=True, description="Why it failed")
    created_at: Instant = pa.Field(description="When it was made, UTC")
    change_number: int = pa.Field(description="Change of the ledger that last wrote this row")


class StripeCustomers(Contract):
    """One row per customer object of a Stripe source; several may share an address."""

    source: str = pa.Field(description="The Stripe source")
    stripe_customer_id: str = pa.Field(description="Stripe's id of the customer")
    customer_id: str = pa.Field(nullable=True, metadata={"sql": "UUID"}, description="The customer it is part of")
    email: str = pa.Field(nullable=True, description="Its address; null where it has none or is deleted")
    name: str = pa.Field(nullable=True, description="Its name; null where it has none or is deleted")
    name_source: str = pa.Field(nullable=True, description="Where the name comes from (AMB-20)")
    deleted: bool = pa.Field(description="Whether it was deleted in Stripe; its charges stay (PIT-86)")
    created_at: Instant = pa.Field(nullable=True, description="When it was made, UTC")
    change_number: int = pa.Field(description="Change of the ledger that last wrote this row")
