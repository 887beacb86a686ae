"""What a person may state of a customer by hand, field by field, and what a new customer must have (MO-01, MO-02).

Lives here: the source, the grain and the rules by which such entries stand in the ledger, the fields, the two profiles.
Not here: reading an entry (`pipelines/manual_entry/`), the decision (`pipelines/ledger/decisions/`).

Money is not among the fields: amounts of all sources add up, and a total that somebody typed over another would be a
payment that nobody made. Who has to correct money sends a file of the difference, or takes the wrong import out.
"""

import re
from dataclasses import replace
from typing import Literal

from schemas.fields import BY_NAME, Field
from schemas.profiles import PHONES, PROFILES, Profile

MANUAL = "manual"
"""The source of what is entered by hand, its format and its origin; no file may have it."""

Action = Literal["add", "edit"]
GRAINS: dict[Action, str] = {"add": "customer", "edit": "edit"}
"""What the row of such an entry is: a customer, or the change of one, which makes nobody known."""

HandRule = Literal["by_hand", "cleared", "released"]
BY_HAND: HandRule = "by_hand"
CLEARED: HandRule = "cleared"
RELEASED: HandRule = "released"
HAND_RULES: tuple[HandRule, ...] = (BY_HAND, CLEARED, RELEASED)
"""What an entry says of a field: this value wins over every file; it is blank whatever files say; files count again."""

NAMES_OF_FIELDS = (
    "email",
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
    "account_manager",
    "dunning_plan",
    "status",
    "opt_in",
    "consent_date",
    "consent_evidence",
    "groups",
)

STATABLE: dict[str, Field] = {name: BY_NAME[name] for name in NAMES_OF_FIELDS}
"""What may be stated, by name, in the order in which it is asked for."""

# The numbers of requirements mean nothing to whoever fills in the form.
_OUR_NUMBERS = re.compile(r" \([A-Z]{2,3}-\d+[^)]*\)")


def asked_for(name: str) -> str:
    """What is asked for under a field's name, in words for whoever fills it in."""
    return _OUR_NUMBERS.sub("", STATABLE[name].description)


OF_CONSENT = ("consent_date", "consent_evidence")
"""What is said of a consent, and goes with it."""

KNOWN_BY = ("email", "name", "external_id")
"""What a customer is known by: another may be stated, none may be blanked."""

_BASE = replace(
    PROFILES["default"],
    name=MANUAL,
    description="A customer entered by hand",
    required=(),
    recommended=(),
    key=("email", "external_id", "phone"),
)

PROFILES_OF: dict[Action, Profile] = {
    "add": replace(_BASE, required=("name",), required_one_of=(("email", "external_id", *PHONES),)),
    "edit": _BASE,
}
"""A new customer has a name (a company's will do), and an address, a reference or a number that tells it from others;
of a known one anything may be stated alone."""
