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

OF_CHARGE = "Stripe's id of the charge"
OF_CUSTOMER = "Stripe's id of the customer"
MADE = "When it was made, UTC"
AMOUNT = "Amount, in `currency`"
REFUNDED = "Refunded of it, in `currency`"
WITHOUT_CUSTOMER = "Why it has no customer of its own"
UNATTRIBUTED = ("guest", "deleted_customer", "customer_without_email")
_OF_INTENT = "Stripe's id of the payment intent"
_FIRST_CHARGE = "Day of the first counted charge, UTC"
_LATEST_CHARGE = "Day of the latest counted charge, UTC"
"""What several tables and views say of a column."""


class OfStripeSource(Contract):
    """What a Stripe source says."""

    source: str = pa.Field(description="The Stripe source")


class ChargeFacts(OfStripeSource):
    """One row per charge of a Stripe source, as Stripe tells it."""

    charge_id: str = pa.Field(unique=True, str_matches=r"^[a-z]+_", description=OF_CHARGE)
    stripe_customer_id: str = pa.Field(nullable=True, description="Stripe's id of the customer; null: a guest")
    amount: Money = pa.Field(ge=0, description="Amount asked for, in `currency`")
    amount_captured: Money = pa.Field(ge=0, nullable=True, description="Amount taken, in `currency`")
    amount_refunded: Money = pa.Field(ge=0, nullable=True, description="Amount given back, as the charge says")
    currency: str = pa.Field(str_matches=r"^[A-Z]{3}$", description="ISO 4217")
    status: str = pa.Field(description="succeeded, pending or failed, as Stripe says")
    captured: bool = pa.Field(description="Whether the money was taken; false: only authorised")
    disputed: bool = pa.Field(description="Whether the payer disputed it; the total stays (PIT-83)")
    receipt_email: str = pa.Field(nullable=True, description="Where the receipt went")
    billing_email: str = pa.Field(nullable=True, description="Address of the billing details")
    billing_name: str = pa.Field(nullable=True, description="Name of the billing details")
    payment_intent_id: str = pa.Field(nullable=True, description=_OF_INTENT)
    failure_code: str = pa.Field(nullable=True, description="Why it failed")
    created_at: Instant = pa.Field(description=MADE)


class RefundFacts(OfStripeSource):
    """One row per refund of a Stripe source, as Stripe tells it."""

    refund_id: str = pa.Field(unique=True, str_matches=r"^[a-z]+_", description="Stripe's id of the refund")
    charge_id: str = pa.Field(nullable=True, description="The charge it gives back")
    payment_intent_id: str = pa.Field(nullable=True, description=_OF_INTENT)
    amount: Money = pa.Field(ge=0, description="Amount given back, in `currency`")
    currency: str = pa.Field(str_matches=r"^[A-Z]{3}$", description="ISO 4217")
    status: str = pa.Field(nullable=True, description="pending, requires_action, succeeded, failed or canceled")
    reason: str = pa.Field(nullable=True, description="Why it was given")
    failure_reason: str = pa.Field(nullable=True, description="Why it failed")
    created_at: Instant = pa.Field(description=MADE)


class CustomerFacts(OfStripeSource):
    """One row per customer object of a Stripe source, as Stripe tells it; several may share an address."""

    stripe_customer_id: str = pa.Field(unique=True, str_matches=r"^[a-z]+_", description=OF_CUSTOMER)
    email: str = pa.Field(nullable=True, description="Its address; null where it has none or is deleted")
    name: str = pa.Field(nullable=True, description="Its name; null where it has none or is deleted")
    name_source: str = pa.Field(
        nullable=True,
        isin=["name", "individual_name", "business_name"],
        description="Which of Stripe's fields the name comes from (AMB-20)",
    )
    deleted: bool = pa.Field(description="Whether it was deleted in Stripe; its charges stay (PIT-86)")
    created_at: Instant = pa.Field(nullable=True, description=MADE)


_CHANGE = "Change of the ledger that last wrote this row"
_UUID = {"sql": "UUID"}


class StripeCharges(ChargeFacts):
    """One row per charge of a Stripe source, whatever became of it."""

    counted: bool = pa.Field(description="Whether it counts as a payment (stripe.md D1)")
    change_number: int = pa.Field(description=_CHANGE)


class StripeRefunds(RefundFacts):
    """One row per refund of a Stripe source, whatever became of it."""

    counted: bool = pa.Field(description="Whether it counts as refunded: pending and succeeded do (AMB-18)")
    change_number: int = pa.Field(description=_CHANGE)


class StripeCustomers(CustomerFacts):
    """One row per customer object of a Stripe source; several may share an address."""

    customer_id: str = pa.Field(nullable=True, metadata=_UUID, description="The customer it is part of")
    change_number: int = pa.Field(description=_CHANGE)


class StripeSpend(OfStripeSource):
    """One row per customer and currency of a Stripe source: what its counted charges and refunds come to."""

    customer_id: str = pa.Field(metadata=_UUID, description="The customer")
    dependent: bool = pa.Field(
        description="Charges of guests or deleted customers: they count where the customer is known otherwise"
    )
    currency: str = pa.Field(description="ISO 4217")
    total_spent: Money = pa.Field(description="Counted charges, gross, in `currency`")
    payment_count: int = pa.Field(description="Number of counted charges")
    refund_volume: Money = pa.Field(description="Counted refunds, in `currency`")
    first_payment_date: pl.Date = pa.Field(description=_FIRST_CHARGE)
    last_payment_date: pl.Date = pa.Field(description=_LATEST_CHARGE)
    base_spent: Money = pa.Field(
        nullable=True,
        description="What of total_spent has a rate, in the base currency; null: nothing (CURRENCY_NOT_CONVERTED)",
    )
    base_refunded: Money = pa.Field(nullable=True, description="The same of refund_volume")
    unconverted_count: int = pa.Field(description="Number of the payments without a rate: in no total in base currency")
    kept: bool = pa.Field(description="Whether the customer reaches the source's minimum spend (AU-32)")


class StripePayments(OfStripeSource):
    """One row per counted charge of a Stripe source that has a customer; the view `payments` has those that count."""

    charge_id: str = pa.Field(unique=True, description=OF_CHARGE)
    customer_id: str = pa.Field(metadata=_UUID, description="The customer")
    paid_date: pl.Date = pa.Field(description="Day of the charge, UTC")
    currency: str = pa.Field(description="ISO 4217")
    amount: Money = pa.Field(description="What was paid, gross, in `currency`")
    refund: Money = pa.Field(description="Counted refunds of it, in `currency`")
    amount_in_base: Money = pa.Field(
        nullable=True, description="amount in the base currency, by the rate of its day; null: there is none"
    )
    refund_in_base: Money = pa.Field(nullable=True, description="refund in the base currency, at the same rate")
    change_number: int = pa.Field(description=_CHANGE)


class StripeApart(OfStripeSource):
    """One row per counted charge that has no customer of its own: a guest's, a deleted or a nameless customer's."""

    charge_id: str = pa.Field(description=OF_CHARGE)
    stripe_customer_id: str = pa.Field(nullable=True, description=OF_CUSTOMER)
    customer_id: str = pa.Field(
        nullable=True, metadata=_UUID, description="The customer its address would be; null: no address"
    )
    reason: str = pa.Field(isin=UNATTRIBUTED, description=WITHOUT_CUSTOMER)
    currency: str = pa.Field(description="ISO 4217")
    amount: Money = pa.Field(description=AMOUNT)
    refund_volume: Money = pa.Field(description=REFUNDED)
    created_at: Instant = pa.Field(description=MADE)


class StripeContributions(OfStripeSource):
    """One row per customer of a Stripe source: what the account says of it now, in the base currency."""

    customer_id: str = pa.Field(metadata=_UUID, description="The customer")
    dependent: bool = pa.Field(description="Counts only where the customer is known otherwise")
    email: str = pa.Field(nullable=True, description="Its address")
    name: str = pa.Field(nullable=True, description="Its name, as Stripe or the payer's billing details say")
    guessed_name: str = pa.Field(nullable=True, description="Local part of its address, where nobody says a name")
    total_spent: Money = pa.Field(nullable=True, description="Gross; null: paid only in currencies without a rate")
    payment_count: int = pa.Field(nullable=True, description="Number of counted charges")
    refund_volume: Money = pa.Field(nullable=True, description="Counted refunds")
    first_payment_date: pl.Date = pa.Field(nullable=True, description=_FIRST_CHARGE)
    last_payment_date: pl.Date = pa.Field(nullable=True, description=_LATEST_CHARGE)


class StripeSyncs(OfStripeSource):
    """One row per sync of a Stripe source that changed something."""

    import_id: str = pa.Field(description="Its entry in import_history")
    change_number: int = pa.Field(description="The change of the ledger that it made")
    mode: str = pa.Field(isin=["full", "incremental"], description="Everything, or what is new and may have changed")
    upper_bound: Instant = pa.Field(description="Objects made before this instant were read, UTC")
    charges_read: int = pa.Field(description="Charges read")
    refunds_read: int = pa.Field(description="Refunds read")
    customers_read: int = pa.Field(description="Customers read")
    objects_changed: int = pa.Field(description="Objects that are new or not as they were")
    late_changes: int = pa.Field(
        description="Objects that changed outside of what an incremental sync reads: the drift that a full one found"
    )
    finished_at: Instant = pa.Field(description="UTC")
