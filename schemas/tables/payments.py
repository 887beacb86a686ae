"""What analysts read about payments: one row per payment that counts, of files and of Stripe accounts.

Lives here: the contract of the table that files fill, and of the view over it and the accounts. Not here: the
accounts' part (`schemas/stripe.py`), which payments count.
"""

import pandera.polars as pa
import polars as pl

from schemas.base import Contract, Money

_ID = {"sql": "UUID"}


class FilePayments(Contract):
    """One row per counted payment of a file, in the base currency; `payments` has them with those of Stripe."""

    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    import_id: str = pa.Field(description="The import whose row counts")
    row_number: int = pa.Field(ge=1, description="Row as the spreadsheet shows it; the header is 1")
    paid_date: pl.Date = pa.Field(nullable=True, description="Day of the payment, or of the refund")
    amount: Money = pa.Field(nullable=True, description="What was paid, gross; null: a refund in a row of its own")
    refund: Money = pa.Field(nullable=True, description="What of it was given back; null: nothing is told")


class Payments(Contract):
    """One row per payment that counts, of files and of Stripe, and per refund that a file has in a row of its own.

    Sums of `amount_in_base` and `refund_in_base` and the count of `amount_in_base` are what `customers` has of
    payments; what lists of customers tell as totals stands in no row here.
    """

    payment_key: str = pa.Field(unique=True, description="Stripe's id of the charge, or import and row of a file")
    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    source: str = pa.Field(description="The source that it counts from")
    import_id: str = pa.Field(description="The import whose row counts; of a charge the sync that last changed it")
    row_number: int = pa.Field(
        nullable=True, description="Row of the file as the spreadsheet shows it; null: a charge of Stripe"
    )
    charge_id: str = pa.Field(nullable=True, description="Stripe's id of the charge; null: of a file")
    paid_date: pl.Date = pa.Field(
        nullable=True,
        description="Day of the payment, or of a refund in a row of its own; of a charge in UTC. Null: not known",
    )
    amount: Money = pa.Field(
        nullable=True, description="What was paid, gross, in `currency`; null: a refund in a row of its own"
    )
    refund: Money = pa.Field(nullable=True, description="What was given back, in `currency`; null: nothing is told")
    currency: str = pa.Field(description="ISO 4217; of files the base currency")
    amount_in_base: Money = pa.Field(
        nullable=True,
        description="amount in the base currency, by the rate that totals use; null: no rate for its day, and so in no "
        "total, or a refund in a row of its own",
    )
    refund_in_base: Money = pa.Field(
        nullable=True,
        description="refund in the base currency, at the rate of the payment; null: none told, or no rate",
    )
