"""The closed vocabulary of fields that a sender's column can mean, and how each folds into a customer.

Lives here: names, kinds, folding rules. Not here: header titles (`pipelines/files/header_aliases.csv`),
which fields a profile requires (`schemas/profiles.py`).
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["email", "text", "amount", "average", "count", "date", "currency", "payment_status"]
Grain = Literal["customer", "payment"]
BOTH: tuple[Grain, ...] = ("customer", "payment")


@dataclass(frozen=True)
class Field:
    """A meaning that a column of a file can have.

    `kind` says how its text is parsed, `grains` in which shapes of file it may appear.
    """

    name: str
    kind: Kind
    description: str
    grains: tuple[Grain, ...] = BOTH


FIELDS: tuple[Field, ...] = (
    Field("email", "email", "The customer's e-mail address (AU-04)"),
    Field("name", "text", "The customer's or a contact's name (AU-05)"),
    Field("first_name", "text", "First name; with the last name it makes the name"),
    Field("last_name", "text", "Last name; with the first name it makes the name"),
    Field("company", "text", "Company"),
    Field("address", "text", "Street address"),
    Field("postal_code", "text", "Postal code, as text"),
    Field("city", "text", "City"),
    Field("region", "text", "Region or state"),
    Field("external_id", "text", "The customer's reference in the sender's system"),
    Field("total_spent", "amount", "Everything the customer paid (AU-06)", ("customer",)),
    Field("monthly_spend", "average", "Average monthly spend as the sender has it (AU-07)", ("customer",)),
    Field("payment_count", "count", "Number of payments (AU-08)", ("customer",)),
    Field("first_payment_date", "date", "Day of the first payment (AU-09)", ("customer",)),
    Field("last_payment_date", "date", "Day of the latest payment (AU-10)", ("customer",)),
    Field("refund_volume", "amount", "Everything refunded to the customer (AU-11)", ("customer",)),
    Field("payment_id", "text", "The payment's own identifier; counts once within its source", ("payment",)),
    Field("amount", "amount", "The amount of one payment; negative: a refund", ("payment",)),
    Field("payment_date", "date", "Day of the payment", ("payment",)),
    Field("payment_status", "payment_status", "Whether the payment went through", ("payment",)),
    Field("refunded_amount", "amount", "What was refunded of the payment", ("payment",)),
    Field("currency", "currency", "ISO 4217 code of the row's amounts"),
)

BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}

TEXT_FIELDS: tuple[str, ...] = tuple(field.name for field in FIELDS if field.kind == "text" and field.grains == BOTH)
"""Fields whose newest non-blank value wins in the customer table (AMB-12, AMB-13)."""


def fields_of(grain: Grain) -> tuple[Field, ...]:
    """The fields a file of this grain may carry."""
    return tuple(field for field in FIELDS if grain in field.grains)
