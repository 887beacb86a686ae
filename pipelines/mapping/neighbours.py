"""What a title means beside other titles: an amount beside what is due of it, a contact beside its client.

Lives here: the rules that look at several columns at once. Not here: what a title says alone
(`pipelines/titles/known_titles.py`), names that are whole or a part (`bare_names.py`), which column wins a field
(`map_columns.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import permutations

import polars as pl

from pipelines.mapping.bare_names import SURE, read_bare_names
from pipelines.mapping.value_evidence import add_up, are_settled, never_more
from pipelines.titles.known_titles import Meaning
from pipelines.titles.title_grammar import other_thing, says_paid
from schemas.profiles import Profile

OF_CONTACT = {
    "email": "contact_email",
    "first_name": "contact_first_name",
    "last_name": "contact_last_name",
    "phone": "contact_phone",
    "mobile": "contact_mobile",
    "external_id": "contact_reference",
}
KEPT = frozenset(OF_CONTACT.values())
PERSON = frozenset({"first_name", "last_name"})

Found = Mapping[str, Meaning]


def beside_each_other(
    found: Found, titles: Iterable[str], profile: Profile, rows: pl.DataFrame | None
) -> dict[str, Meaning]:
    """What titles mean once all `titles` of the file are seen, with the rows where they are known."""
    # Lonely ids and last resorts go first, so that an amount that is due is held against the amount that stays.
    alone = _amounts_due(_without_last(_without_lonely(found), titles), rows)
    asked = _asked(profile)
    return read_bare_names(_contacts(alone, profile, asked), tuple(titles), not asked.isdisjoint(KEPT), rows)


def _amounts_due(found: Found, rows: pl.DataFrame | None) -> dict[str, Meaning]:
    """What is due beside an amount (PIT-104): a balance where it never exceeds the amount, else it is an account's.

    Alone beside a status it is the amount that was to pay, and the status says whether it was; unless it is nothing in
    all rows that are paid.
    """
    named = {meaning.field: title for title, meaning in found.items()}
    whole = max(
        (title for title in found if found[title].field == "amount"), key=lambda t: found[t].strength, default=None
    )
    kept = {
        title: meaning
        for title, meaning in found.items()
        if meaning.when != "beside" or (rows is not None and whole is not None and never_more(rows[title], rows[whole]))
    }
    due = [title for title, meaning in kept.items() if meaning.field == "amount_due"]
    paid = next((title for title in kept if kept[title].field in ("amount", "paid_amount") and says_paid(title)), None)
    if rows is not None and len(due) == 2 and paid is not None:
        to_pay = _was_to_pay(due, paid, rows)
        return {title: meaning for title, meaning in kept.items() if title != to_pay}
    if whole is not None or len(due) != 1 or "payment_status" not in named:
        return kept
    # Nothing due in all paid rows: the column says what is left, and is not the amount that was to pay.
    settled = rows is not None and are_settled(rows[due[0]], rows[named["payment_status"]])
    return kept if settled else {**kept, due[0]: _meaning_by_neighbour(kept[due[0]], "amount")}


def _was_to_pay(due: list[str], paid: str, rows: pl.DataFrame) -> str | None:
    """Of two amounts due the one that was, where it is in every row what was paid and the other together.

    Stripe's invoices have `Amount Due`, `Amount Paid` and `Amount Remaining`.
    """
    return next((one for one, left in permutations(due) if add_up(rows[paid], rows[left], rows[one])), None)


def _without_lonely(found: Found) -> dict[str, Meaning]:
    """An organisation's id is the customer's where no person has a column."""
    persons = any(meaning.field in PERSON for meaning in found.values())
    return {title: meaning for title, meaning in found.items() if meaning.when != "alone" or not persons}


def _without_last(found: Found, titles: Iterable[str]) -> dict[str, Meaning]:
    """The price of an article is what was paid where nothing else is, and no column counts pieces; the day on which a
    row was made that of a payment that has no other.
    """
    sure = {meaning.field for meaning in found.values() if meaning.when != "last"}
    pieces = any(other_thing(title, None) == "quantity" for title in titles)
    return {
        title: meaning
        for title, meaning in found.items()
        if meaning.when != "last" or not ((pieces and meaning.field == "amount") or meaning.field in sure)
    }


def _asked(profile: Profile) -> frozenset[str]:
    """The fields that a profile speaks of."""
    return frozenset({*profile.required, *profile.recommended, *profile.aliases.values()})


def _contacts(found: Found, profile: Profile, asked: frozenset[str]) -> dict[str, Meaning]:
    """A contact's column is the customer's own, unless the customer has one, or the profile keeps contacts; where it
    asks for the contact's alone, the customer's own column is that one.
    """
    own = {meaning.field for meaning in found.values() if not meaning.contact}
    contacts = {
        field for field, contact in OF_CONTACT.items() if contact in asked and field not in asked and contact not in own
    }
    kept = asked & KEPT
    return {
        title: _meaning_by_neighbour(meaning, OF_CONTACT[meaning.field])
        if profile.grain == "customer"
        and meaning.field in OF_CONTACT
        and (meaning.field in contacts or (meaning.contact and (kept or meaning.field in own)))
        else meaning
        for title, meaning in found.items()
    }


def _meaning_by_neighbour(meaning: Meaning, field: str) -> Meaning:
    return replace(meaning, field=field, how="neighbour", confidence=SURE)
