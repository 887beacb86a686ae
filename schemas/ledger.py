"""The ledger's facts: what an accepted row contributes, and how contributions fold into a customer.

Lives here: the contract of accepted rows and the folding rule of each column. Not here: the fold.
"""

import pandera.polars as pa
import polars as pl

from schemas.base import Contract, Money
from schemas.fields import TEXT_FIELDS


class AcceptedRows(Contract):
    """One row per accepted row of one file: what it contributes to which customer.

    The identity is the key alone: nothing downstream assumes that a customer has an e-mail address (AMB-42).
    """

    row_number: int = pa.Field(ge=1, description="Row as the spreadsheet shows it; the header is 1")
    customer_key: str = pa.Field(description="Which customer: `email:…` or `id:<source>:…`")
    email: str = pa.Field(nullable=True, description="E-mail address as written, trimmed")
    name: str = pa.Field(nullable=True, description="Name as written, white space collapsed")
    first_name: str = pa.Field(nullable=True, description="First name")
    last_name: str = pa.Field(nullable=True, description="Last name")
    company: str = pa.Field(nullable=True, description="Company")
    address: str = pa.Field(nullable=True, description="Street address")
    postal_code: str = pa.Field(nullable=True, description="Postal code")
    city: str = pa.Field(nullable=True, description="City")
    region: str = pa.Field(nullable=True, description="Region or state")
    external_id: str = pa.Field(nullable=True, description="Reference in the sender's system")
    payment_id: str = pa.Field(nullable=True, description="Identifier of the payment within its source")
    total_spent: Money = pa.Field(nullable=True, description="Money paid, gross")
    payment_count: int = pa.Field(nullable=True, description="Number of payments")
    refund_volume: Money = pa.Field(nullable=True, description="Money refunded")
    reported_monthly_spend: Money = pa.Field(nullable=True, description="Average the sender reports")
    first_payment_date: pl.Date = pa.Field(nullable=True, description="First payment")
    last_payment_date: pl.Date = pa.Field(nullable=True, description="Latest payment")


SUMMED = ("total_spent", "payment_count", "refund_volume")
"""Add up over contributions; all blank stays blank (AU-24, AMB-06, AMB-07, PIT-27)."""

NEWEST = (*TEXT_FIELDS, "reported_monthly_spend")
"""The newest non-blank value wins; a blank never erases (AU-23, AMB-06, AMB-12, AMB-13)."""

FIRST_SEEN = ("email",)
"""The first spelling stays (PIT-44)."""

EARLIEST = ("first_payment_date",)
LATEST = ("last_payment_date",)
"""Dates widen (AU-25)."""
