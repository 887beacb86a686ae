"""The ledger's facts: what an accepted row contributes, and how contributions fold into a customer.

Lives here: the contract of accepted rows and the folding rule of each column. Not here: the fold.
"""

from typing import Annotated

import pandera.polars as pa
import polars as pl

from schemas.base import Contract, Instant, Money, Texts
from schemas.events import EVENT_KINDS


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
    phone: str = pa.Field(nullable=True, description="First phone number, E.164")
    mobile: str = pa.Field(nullable=True, description="First mobile number, E.164")
    address: str = pa.Field(nullable=True, description="First street address")
    postal_code: str = pa.Field(nullable=True, description="Postal code")
    city: str = pa.Field(nullable=True, description="City")
    region: str = pa.Field(nullable=True, description="Region or state")
    country: str = pa.Field(nullable=True, description="ISO 3166 code of the country")
    external_id: str = pa.Field(nullable=True, description="Reference in the sender's system")
    accounting_code: str = pa.Field(nullable=True, description="Account in the books")
    vat_number: str = pa.Field(nullable=True, description="VAT number, compact")
    payment_id: str = pa.Field(nullable=True, description="Identifier of the payment within its source")
    payment_amount: Money = pa.Field(
        nullable=True,
        description="The payment's amount as stated, sign included, whether it counts or not; blank without a payment "
        "id, and where another row of the file tells of the same payment",
    )
    payment_line: int = pa.Field(
        ge=0,
        description="How many equal lines of the order stand above this one in the file: lines of one order with the "
        "same amount and day are payments of their own; 0 for any other row",
    )
    payment_day: pl.Date = pa.Field(
        nullable=True,
        description="The payment's day as stated, whether it counts or not; without a payment id that of a refund only",
    )
    payment_state: str = pa.Field(
        nullable=True,
        isin=["pending", "paid", "failed", "cancelled", "refunded"],
        description="The payment's state; blank without a payment id",
    )
    total_spent: Money = pa.Field(nullable=True, description="Money paid, gross")
    payment_count: int = pa.Field(nullable=True, description="Number of payments")
    refund_volume: Money = pa.Field(nullable=True, description="Money refunded")
    reported_monthly_spend: Money = pa.Field(nullable=True, description="Average the sender reports")
    first_payment_date: pl.Date = pa.Field(nullable=True, description="First payment")
    last_payment_date: pl.Date = pa.Field(nullable=True, description="Latest payment")


POINT_PARTS = {"kind": pl.String(), "rank": pl.Int64(), "value": pl.String(), "raw_value": pl.String()}
POINTS = pl.List(pl.Struct(POINT_PARTS))
Points = Annotated[pl.List, pl.Struct(POINT_PARTS)]
_POINTS_SQL = 'STRUCT(kind VARCHAR, "rank" BIGINT, "value" VARCHAR, raw_value VARCHAR)[]'


class AcceptedDetails(Contract):
    """One row per accepted row that carries more than a customer's own line: contact, groups, assignment, consent.

    Kept beside the contributions, because few files have any of it and most rows would hold nothing.
    """

    row_number: int = pa.Field(ge=1, description="Row as the spreadsheet shows it; the header is 1")
    account_manager: str = pa.Field(nullable=True, description="Account manager's address (UP-27)")
    dunning_plan: str = pa.Field(nullable=True, description="Dunning plan (UP-28)")
    status: str = pa.Field(nullable=True, isin=["active", "potential"], description="Status (SC-10, SC-11)")
    verified: bool = pa.Field(nullable=True, description="Whether the customer was verified (AMB-44)")
    opt_in: bool = pa.Field(nullable=True, description="Consent to e-mail marketing (MO-21)")
    stated_at: Instant = pa.Field(nullable=True, description="When the consent was stated, or the event happened")
    consent_evidence: str = pa.Field(nullable=True, description="Where and how the consent was given (AMB-38)")
    event: str = pa.Field(nullable=True, isin=EVENT_KINDS, description="What happened on the website (MO-05, MO-11)")
    groups: Texts = pa.Field(nullable=True, description="Groups (UP-24, MO-17)")
    group_reference: str = pa.Field(nullable=True, description="Reference of the group (UP-24)")
    contact_email: str = pa.Field(nullable=True, description="Contact's address (UP-31)")
    contact_first_name: str = pa.Field(nullable=True, description="Contact's first name (UP-32)")
    contact_last_name: str = pa.Field(nullable=True, description="Contact's last name (UP-32)")
    contact_phone: str = pa.Field(nullable=True, description="Contact's phone number, E.164 (UP-32)")
    contact_mobile: str = pa.Field(nullable=True, description="Contact's mobile number, E.164")
    contact_reference: str = pa.Field(nullable=True, description="Contact's reference (UP-33)")
    position: str = pa.Field(nullable=True, isin=["accountant", "sales", "buyer", "finance"], description="UP-34")
    is_primary: bool = pa.Field(nullable=True, description="Main contact (UP-35)")
    points: Points = pa.Field(
        nullable=True,
        metadata={"sql": _POINTS_SQL},
        description="Every e-mail address, phone, mobile and street address by rank, where there are several (RF-12)",
    )


class AcceptedCustomFields(Contract):
    """One row per cell of an accepted row that no field means and that its source keeps, as its sender wrote it."""

    row_number: int = pa.Field(ge=1, description="Row as the spreadsheet shows it; the header is 1")
    title: str = pa.Field(description="Title of the column")
    value: str = pa.Field(description="What stands there, white space collapsed; never blank")


OF_A_PAYMENT = ("payment_id", "payment_amount", "payment_line", "payment_day", "payment_state")
"""By what a payment is known again; with the customer, nothing else (PIT-100)."""

SUMMED = ("total_spent", "payment_count", "refund_volume")
"""Add up over contributions; all blank stays blank (AU-24, AMB-06, AMB-07, PIT-27)."""

NEWEST = (
    "name",
    "first_name",
    "last_name",
    "company",
    "phone",
    "mobile",
    "address",
    "postal_code",
    "city",
    "region",
    "country",
    "external_id",
    "accounting_code",
    "vat_number",
    # An average is not added up: two averages of two sources are no average of both.
    "reported_monthly_spend",
)
"""The newest non-blank value wins; a blank never erases (AU-23, AMB-06, AMB-12, AMB-13)."""

NEWEST_DETAILS = ("account_manager", "dunning_plan", "status")
"""The same, of what is kept beside the contributions (UP-27, UP-28, SC-10)."""

FIRST_SEEN = ("email",)
"""The first spelling stays (PIT-44)."""

EARLIEST = ("first_payment_date",)
LATEST = ("last_payment_date",)
"""Dates widen (AU-25)."""
