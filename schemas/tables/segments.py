"""Segments: customers who keep the same conditions, as analysts read them (SC-12, SC-13).

Lives here: the contracts of the conditions and of the views over them, the segments that there are without any word.
Not here: own ones (`pipelines/configuration/segments.py`), the queries (`pipelines/publishing/views/`).
"""

from collections.abc import Mapping

import pandera.polars as pa

from schemas.base import Contract, Money
from schemas.customers import ACCESS, ORIGINS, PRIORITIES, STATUSES, Customers

_ID = {"sql": "UUID"}


class Segments(Contract):
    """One row per way into a segment: a customer who keeps all conditions of one of its rows is in it."""

    segment: str = pa.Field(description="Its name, as sources.yaml has it")
    priority: str = pa.Field(nullable=True, isin=PRIORITIES, description="Priority now")
    status: str = pa.Field(nullable=True, isin=STATUSES, description="Status")
    origin: str = pa.Field(nullable=True, isin=ORIGINS, description="How the customer came first")
    access_status: str = pa.Field(nullable=True, isin=ACCESS, description="Where requests for access stand")
    opt_in: bool = pa.Field(nullable=True, description="Consent to e-mail marketing")
    group: str = pa.Field(nullable=True, description="A group the customer belongs to, whatever its case")
    country: str = pa.Field(nullable=True, description="ISO 3166 code of the country")
    source: str = pa.Field(nullable=True, description="A source that contributes")
    spent_at_least: Money = pa.Field(nullable=True, description="Everything paid, or more, in the base currency")
    spent_below: Money = pa.Field(nullable=True, description="Less than this paid; never told is not less")
    payments_at_least: int = pa.Field(nullable=True, description="So many payments, or more")
    first_seen_within_days: int = pa.Field(
        nullable=True,
        description="The first import that counts started at most so many days before the day of the priorities",
    )
    paid_within_days: int = pa.Field(
        nullable=True, description="The latest payment was at most so many days before the day of the priorities"
    )
    not_paid_within_days: int = pa.Field(
        nullable=True, description="The latest payment was longer ago than so many days"
    )


DEFAULT_SEGMENTS: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "high_value": ({"priority": "high"}, {"spent_at_least": 1000}),
    "new": ({"first_seen_within_days": 30},),
}
"""What high-value and new customers are where `sources.yaml` does not say it (SC-13)."""


class CustomerSegments(Contract):
    """One row per customer and segment that it is in now (SC-13)."""

    segment: str = pa.Field(description="Name of the segment")
    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    email: str = pa.Field(nullable=True, description="Its e-mail address")
    name: str = pa.Field(nullable=True, description="Its name")


class SegmentHighValue(Customers):
    """The customers of the segment high_value, as the table `customers` has them (SC-13)."""


class SegmentNew(Customers):
    """The customers of the segment new, as the table `customers` has them (SC-13)."""


class ActiveCustomers(Customers):
    """The customers whose status is active (SC-10, SC-12)."""


class MailableCustomers(Customers):
    """The customers who may be written to: they agreed to e-mails, have an address, were refused no access (MO-07)."""
