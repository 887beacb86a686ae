"""What is left of erased people: that somebody was erased, their money without a name, what keeps them away.

Lives here: the contracts of these tables. Not here: erasing (`pipelines/erasure/`), what keeps them away
(`pipelines/conflicts/erased_people.py`).
"""

import pandera.polars as pa
import polars as pl

from schemas.base import Contract, Instant, Money

_ID = {"sql": "UUID"}


class Erasures(Contract):
    """One row per erased person: when and by whom, and nothing that says who it was."""

    erasure_id: str = pa.Field(
        unique=True, metadata=_ID, description="Number of the erasure, drawn at random: it is made of nothing personal"
    )
    erased_by: str = pa.Field(description="Who decided it")
    erased_at: Instant = pa.Field(description="UTC")
    row_count: int = pa.Field(ge=0, description="Accepted rows of files whose money stays, in no customer's name")


class ErasedTotals(Contract):
    """One row per source of files: what its erased people paid in all, in the base currency; they are nobody's.

    With the totals of `customers`, and what `stripe_unattributed` has, it is all the money there is.
    """

    source: str = pa.Field(unique=True, description="The source")
    total_spent: Money = pa.Field(nullable=True, description="Money paid, gross")
    payment_count: int = pa.Field(nullable=True, description="Number of payments")
    refund_volume: Money = pa.Field(nullable=True, description="Money refunded")


class ErasedRows(Contract):
    """One row per accepted row of an erased person: its money, so that the sums of its import stay what they were.

    `customer_id` and `payment_id` are salted hashes: two rows that told of one payment still do.
    """

    row_number: int = pa.Field(ge=1, description="Row as the spreadsheet shows it; the header is 1")
    payment_id: str = pa.Field(nullable=True, description="Salted hash of the payment's identifier")
    payment_amount: Money = pa.Field(nullable=True, description="The payment's amount as stated")
    payment_line: int = pa.Field(ge=0, description="Which of several equal lines of its order")
    payment_day: pl.Date = pa.Field(nullable=True, description="The payment's day as stated")
    payment_state: str = pa.Field(nullable=True, description="The payment's state")
    total_spent: Money = pa.Field(nullable=True, description="Money paid, gross")
    payment_count: int = pa.Field(nullable=True, description="Number of payments")
    refund_volume: Money = pa.Field(nullable=True, description="Money refunded")
