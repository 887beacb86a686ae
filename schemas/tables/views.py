"""What analysts read besides tables: views of the snapshot, which show the tables in another way.

Lives here: one contract per view, with the description of every column. Not here: their queries
(`pipelines/publishing/views/*.sql`).
"""

import pandera.polars as pa

from schemas.base import Contract, Instant, Money
from schemas.imports import RESOLVED, ImportHistory, OfRejectedRow
from schemas.stripe import (
    AMOUNT,
    MADE,
    OF_CHARGE,
    OF_CUSTOMER,
    REFUNDED,
    UNATTRIBUTED,
    WITHOUT_CUSTOMER,
    OfStripeSource,
)

_UUID = {"sql": "UUID"}


class RejectedReasons(OfRejectedRow):
    """One row per reason of a rejected row."""

    code: str = pa.Field(description="The reason; docs/codes.md and docs/reasons.md list them")
    field: str = pa.Field(nullable=True, description="The field that the value was read as")
    header: str = pa.Field(nullable=True, description="The sender's title above the value")
    value: str = pa.Field(nullable=True, description="What stood there")
    message: str = pa.Field(nullable=True, description="The reason as a sentence, in the language of the source")
    rejected_at: Instant = pa.Field(description="UTC")
    resolved_by_import_id: str = pa.Field(nullable=True, description=RESOLVED)


class ImportHistoryRecent(ImportHistory):
    """One row per import of the last 20 days (RF-03)."""


class StripeUnattributed(OfStripeSource):
    """One row per counted Stripe charge that is in no customer's total: of guests and deleted customers whom nothing
    else makes known, and of customers without an address.
    """

    charge_id: str = pa.Field(description=OF_CHARGE)
    stripe_customer_id: str = pa.Field(nullable=True, description=OF_CUSTOMER)
    reason: str = pa.Field(isin=UNATTRIBUTED, description=WITHOUT_CUSTOMER)
    currency: str = pa.Field(description="ISO 4217")
    amount: Money = pa.Field(description=AMOUNT)
    refund_volume: Money = pa.Field(description=REFUNDED)
    created_at: Instant = pa.Field(description=MADE)


class SpendByCurrency(Contract):
    """One row per customer and currency: money in the currency it was paid in; what files tell is in the base
    currency.
    """

    customer_id: str = pa.Field(metadata=_UUID, description="The customer")
    currency: str = pa.Field(description="ISO 4217")
    total_spent: Money = pa.Field(nullable=True, description="What was paid, in `currency`")
    payment_count: int = pa.Field(nullable=True, description="Number of payments")
    refund_volume: Money = pa.Field(nullable=True, description="What was given back, in `currency`")
