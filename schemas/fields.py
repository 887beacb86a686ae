"""The closed vocabulary of fields that a sender's column can mean, and how each folds into a customer.

Lives here: names, kinds, how many columns may share a field. Not here: header titles
(`schemas/vocabulary/titles.csv`), which fields a profile requires (`schemas/profiles.py`).
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "email",
    "text",
    "identifier",
    "phone",
    "country",
    "place",
    "vat",
    "postal_code",
    "flag",
    "status",
    "position",
    "groups",
    "amount",
    "average",
    "count",
    "date",
    "currency",
    "payment_status",
    "direction",
    "event",
    "instant",
    "consent",
]
Grain = Literal["customer", "payment", "event"]
BOTH: tuple[Grain, ...] = ("customer", "payment")
EVERY: tuple[Grain, ...] = (*BOTH, "event")
SEVERAL = 5
"""Columns that may share a field that can hold several values (RF-12)."""


@dataclass(frozen=True)
class Field:
    """A meaning that a column of a file can have.

    `kind` says how its text is parsed, `grains` in which shapes of file it may appear, `limit` how many columns
    of one file may have it.
    """

    name: str
    kind: Kind
    description: str
    grains: tuple[Grain, ...] = BOTH
    limit: int = 1


CUSTOMER: tuple[Grain, ...] = ("customer",)
PAYMENT: tuple[Grain, ...] = ("payment",)
EVENT: tuple[Grain, ...] = ("event",)
ORDER: tuple[Grain, ...] = (*PAYMENT, *EVENT)
"""Events are those of a website or shop: what somebody did there (MO-01)."""

FIELDS: tuple[Field, ...] = (
    Field("email", "email", "The customer's e-mail address (AU-04)", EVERY, limit=SEVERAL),
    Field("name", "text", "The customer's or a contact's name (AU-05)", EVERY),
    Field("first_name", "text", "First name; with the last name it makes the name", EVERY),
    Field("last_name", "text", "Last name; with the first name it makes the name", EVERY),
    Field("company", "text", "Company", EVERY),
    Field("phone", "phone", "Phone number of any type", EVERY, limit=SEVERAL),
    Field("mobile", "phone", "Mobile number (RF-19)", EVERY, limit=SEVERAL),
    Field("address", "text", "Street address", EVERY, limit=SEVERAL),
    Field("postal_code", "postal_code", "Postal code, as text", EVERY),
    Field("city", "text", "City", EVERY),
    Field("region", "text", "Region or state", EVERY),
    Field("country", "country", "Country, as its ISO 3166 code", EVERY),
    Field("administrative_area", "place", "A country where it names one, else a region (AMB-27)"),
    Field("external_id", "identifier", "The customer's reference in the sender's system"),
    Field("accounting_code", "identifier", "The customer's account in the books, as text (UP-23)"),
    Field("vat_number", "vat", "VAT number (UP-23)"),
    Field("account_manager", "email", "E-mail address of the account manager (UP-27)", CUSTOMER),
    Field("dunning_plan", "text", "Name of the dunning plan (UP-28)", CUSTOMER),
    Field("status", "status", "active or potential (SC-10, SC-11)", CUSTOMER),
    Field("verified", "flag", "Whether the customer was verified, and so is active (AMB-44)", CUSTOMER),
    Field("opt_in", "flag", "Consent to e-mail marketing (MO-21)", CUSTOMER),
    Field("consent_evidence", "text", "Where and how the consent was given (AMB-38)", CUSTOMER),
    Field("consent_date", "date", "Day on which the consent was given (AMB-38)", CUSTOMER),
    Field(
        "groups", "groups", "Groups the customer belongs to, separated by commas (UP-24, MO-17)", (*CUSTOMER, *EVENT)
    ),
    Field("group_reference", "identifier", "Reference of the group (UP-24)", CUSTOMER),
    Field("contact_email", "email", "E-mail address of a contact of the client (UP-31)", CUSTOMER),
    Field("contact_first_name", "text", "First name of the contact", CUSTOMER),
    Field("contact_last_name", "text", "Last name of the contact", CUSTOMER),
    Field("contact_phone", "phone", "Phone number of the contact", CUSTOMER),
    Field("contact_mobile", "phone", "Mobile number of the contact", CUSTOMER),
    Field("contact_reference", "identifier", "The contact's reference in the sender's system (UP-33)", CUSTOMER),
    Field("position", "position", "accountant, sales, buyer or finance (UP-34)", CUSTOMER),
    Field("is_primary", "flag", "Whether this is the client's main contact (UP-35)", CUSTOMER),
    Field("total_spent", "amount", "Everything the customer paid (AU-06)", CUSTOMER),
    Field("monthly_spend", "average", "Average monthly spend as the sender has it (AU-07)", CUSTOMER),
    Field("payment_count", "count", "Number of payments (AU-08)", CUSTOMER),
    Field("first_payment_date", "date", "Day of the first payment (AU-09)", CUSTOMER),
    Field("last_payment_date", "date", "Day of the latest payment (AU-10)", CUSTOMER),
    Field("refund_volume", "amount", "Everything refunded to the customer (AU-11)", CUSTOMER),
    Field(
        "payment_id",
        "identifier",
        "The payment's own number; with its customer, day and amount it counts once within its source",
        ORDER,
    ),
    Field("amount", "amount", "The amount of one payment; negative: a refund", ORDER),
    Field("payment_date", "date", "Day of the payment", ORDER),
    Field("payment_status", "payment_status", "Whether the payment went through", ORDER),
    Field("direction", "direction", "Whether the money comes in or goes back: sale, refund; credit, debit", PAYMENT),
    Field("refunded_amount", "amount", "What was refunded of the payment", ORDER),
    Field("paid_amount", "amount", "What was paid of the amount, where that is less than all of it", PAYMENT),
    Field("amount_due", "amount", "What is still due of the amount: it is not paid", PAYMENT),
    Field("recipient_email", "email", "Who gets the money, where the e-mail column says who sends it", PAYMENT),
    Field("currency", "currency", "ISO 4217 code of the row's amounts", EVERY),
    Field("event_kind", "event", "What happened: form, newsletter, order or access_request (MO-05, MO-11)", EVENT),
    Field("event_at", "instant", "When it happened, with its offset from UTC", EVENT),
    Field("event_page", "text", "The page on which it happened", EVENT),
    Field("event_form", "text", "The form that was filled in", EVENT),
    Field("consent", "consent", "Whether the person agrees to e-mail marketing (MO-05)", EVENT),
    Field("consent_text", "text", "The sentence that the person agreed to", EVENT),
)

BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}


def fields_of(grain: Grain) -> tuple[Field, ...]:
    """The fields a file of this grain may carry."""
    return tuple(field for field in FIELDS if grain in field.grains)
