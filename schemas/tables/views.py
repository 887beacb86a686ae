"""What analysts read besides tables: views of the snapshot, which show the tables in another way.

Lives here: one contract per view, with the description of every column. Not here: their queries
(`pipelines/publishing/views/*.sql`).
"""

import pandera.polars as pa

from schemas.base import Contract, Instant, Money
from schemas.imports import SEVERITIES, ImportHistory

_UUID = {"sql": "UUID"}


class RejectedReasons(Contract):
    """One row per reason of a rejected row."""

    import_id: str = pa.Field(description="The import")
    source: str = pa.Field(description="Its source")
    file_name: str = pa.Field(description="Its file")
    sheet: str = pa.Field(nullable=True, description="Sheet of a workbook")
    row_number: int = pa.Field(
        nullable=True, description="Row as the spreadsheet shows it; the header is 1; null: the whole file"
    )
    severity: str = pa.Field(isin=SEVERITIES, description="What the fault costs: file, row or field")
    code: str = pa.Field(description="The reason; docs/codes.md and docs/reasons.md list them")
    field: str = pa.Field(nullable=True, description="The field that the value was read as")
    header: str = pa.Field(nullable=True, description="The sender's title above the value")
    value: str = pa.Field(nullable=True, description="What stood there")
    message: str = pa.Field(nullable=True, description="The reason as a sentence, in the language of the source")
    rejected_at: Instant = pa.Field(description="UTC")
    resolved_by_import_id: str = pa.Field(nullable=True, description="The later import that brought the row mended")


class ImportHistoryRecent(ImportHistory):
    """One row per import of the last 20 days (RF-03)."""


class StripeUnattributed(Contract):
    """One row per counted Stripe charge that is in no customer's total: of guests and deleted customers whom nothing
    else makes known, and of customers without an address.
    """

    source: str = pa.Field(description="The Stripe source")
    charge_id: str = pa.Field(description="Stripe's id of the charge")
    stripe_customer_id: str = pa.Field(nullable=True, description="Stripe's id of the customer")
    reason: str = pa.Field(
        isin=["guest", "deleted_customer", "customer_without_email"], description="Why it has no customer of its own"
    )
    currency: str = pa.Field(description="ISO 4217")
    amount: Money = pa.Field(description="Amount, in `currency`")
    refund_volume: Money = pa.Field(description="Refunded of it, in `currency`")
    created_at: Instant = pa.Field(description="When it was made, UTC")


class SpendByCurrency(Contract):
    """One row per customer and currency: money in the currency it was paid in; what files tell is in the base
    currency.
    """

    customer_id: str = pa.Field(metadata=_UUID, description="The customer")
    currency: str = pa.Field(description="ISO 4217")
    total_spent: Money = pa.Field(nullable=True, description="What was paid, in `currency`")
    payment_count: int = pa.Field(nullable=True, description="Number of payments")
    refund_volume: Money = pa.Field(nullable=True, description="What was given back, in `currency`")
