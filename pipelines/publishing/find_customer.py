"""Finding a customer by whatever somebody knows of them: customer_id, address, phone number, external id.

Lives here: what counts as the same, and that several customers are never one by chance. Not here: who may be asked
for, what is then done with them.

An id and the address in the table decide at once. Everything else is weaker: addresses and numbers of contacts, those
that a newer row took the place of, the reference of any source. There two customers may have the same, and whoever asks
has to say whom they mean.
"""

from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

import polars as pl

from pipelines.errors import WrongUse
from pipelines.parsing.emails import parse_emails
from pipelines.parsing.phones.phone_library import main_country
from pipelines.parsing.phones.phones import canonical_forms, parse_phones
from pipelines.warehouse.database import Connection, row_of, rows_of

KNOWN_ID = """
    SELECT customer_id::VARCHAR FROM snapshot.main.customers WHERE customer_id = coalesce(
        (SELECT survivor_id FROM ledger.merged_customers WHERE customer_id = $1::UUID), $1::UUID)
"""
"""The id of a customer who was merged is the survivor's too."""

OWN_ADDRESS = "SELECT customer_id, email AS value FROM snapshot.main.customers"

ANY_ADDRESS = """
    SELECT customer_id, value FROM snapshot.main.ranked_contact_points WHERE kind = 'email'
    UNION ALL SELECT customer_id, email FROM snapshot.main.contacts
    UNION ALL SELECT customer_id, email FROM ledger.live
    UNION ALL SELECT customer_id, email FROM ledger.owned_stripe_customers
    UNION ALL SELECT customer_id, contact_email FROM ledger.live_details
"""
ANY_NUMBER = """
    SELECT customer_id, value FROM snapshot.main.ranked_contact_points WHERE kind IN ('phone', 'mobile')
    UNION ALL SELECT customer_id, phone FROM ledger.live_rows UNION ALL SELECT customer_id, mobile FROM ledger.live_rows
    UNION ALL SELECT customer_id, contact_phone FROM ledger.live_details
    UNION ALL SELECT customer_id, contact_mobile FROM ledger.live_details
"""
ANY_REFERENCE = "SELECT customer_id, external_id AS value FROM snapshot.main.customer_external_ids"

LIKE_THE_ADDRESS = "lower(value) = $asked OR strlen(value) <> length(value)"
"""Most addresses are ASCII and compare as they stand; whatever has other letters is parsed, as a file's is (PIT-44)."""

LIKE_THE_NUMBER = "right(value, 6) = right($asked, 6)"

CANDIDATES = """
    SELECT DISTINCT customer_id::VARCHAR AS customer_id, value FROM ({values})
    SEMI JOIN snapshot.main.customers USING (customer_id) WHERE {like}
"""
NAMED = """
    SELECT customer_id::VARCHAR, coalesce(email, customer_id::VARCHAR), concat_ws(', ', email, name, phone, city)
    FROM snapshot.main.customers WHERE customer_id IN (SELECT unnest($1)::UUID) ORDER BY ALL
"""
MOST_LISTED = 10


class FoundCustomer(NamedTuple):
    """A customer of the table: the id, and what they are called by, which is their address where they have one."""

    customer_id: str
    called: str


def find_customer(connection: Connection, who: str) -> FoundCustomer:
    """The one customer in the table who is meant.

    Args:
        connection: one that sees the ledger and, as `snapshot`, the tables: that of `next_over`, or of `known_now`.
        who: a customer_id; an e-mail address, whatever its case or spelling; a phone number as anybody writes it; the
            id in any source's own system.

    Raises:
        WrongUse: nobody in the table is known by that, or several are; they are listed then.
    """
    asked = who.strip()
    for found in (_by_id, _by_own_address, _by_anything):
        ids = found(connection, asked)
        if len(ids) > 1:
            raise _ambiguous(connection, asked, ids)
        if ids:
            identity, called, _ = row_of(connection, NAMED, [ids]) or (ids[0], ids[0], "")
            return FoundCustomer(str(identity), str(called))
    raise WrongUse(
        f"there is no customer {asked!r}: name a customer_id or an e-mail address of the table customers, an address "
        "or phone number that rows or contacts of a customer have, or the id of a customer in a source's own system"
    )


def _by_id(connection: Connection, asked: str) -> list[str]:
    with suppress(ValueError):
        known = row_of(connection, KNOWN_ID, [str(UUID(asked))])
        return [str(known[0])] if known else []
    return []


def _by_own_address(connection: Connection, asked: str) -> list[str]:
    return _with_address(connection, asked, OWN_ADDRESS)


def _by_anything(connection: Connection, asked: str) -> list[str]:
    """Customers who have it as an address, number or reference, wherever that stands."""
    referred = _candidates(connection, ANY_REFERENCE, "value = $asked", asked)
    if referred.is_empty():
        referred = _candidates(connection, ANY_REFERENCE, "lower(value) = lower($asked)", asked)
    ids = {*_with_address(connection, asked, ANY_ADDRESS), *_with_number(connection, asked), *referred["customer_id"]}
    return sorted(ids)


def _with_address(connection: Connection, asked: str, values: str) -> list[str]:
    """Customers with an address of the same key, by which imports tell addresses apart."""
    key = _address_keys(pl.Series([asked]))[0]
    if key is None:
        return []
    candidates = _candidates(connection, values, LIKE_THE_ADDRESS, key)
    return sorted({*candidates.filter(_address_keys(candidates["value"]) == key)["customer_id"]})


def _address_keys(addresses: pl.Series) -> pl.Series:
    return parse_emails(addresses)[1]


def _with_number(connection: Connection, asked: str) -> list[str]:
    """Customers with a number that this text is, as the land of the number writes it."""
    digits = canonical_forms(pl.Series([asked]))[0]
    if digits is None:
        return []
    candidates = _candidates(connection, ANY_NUMBER, LIKE_THE_NUMBER, digits)
    written = pl.Series([asked] * candidates.height, dtype=pl.String)
    lands = candidates["value"].map_elements(main_country, return_dtype=pl.String)
    numbers = parse_phones(written, None, per_row_country=lands).values
    return sorted({*candidates.filter(numbers == candidates["value"])["customer_id"]})


def _candidates(connection: Connection, values: str, like: str, asked: str) -> pl.DataFrame:
    """Customers in the table with one of these values that may be the one asked for: `customer_id`, `value`."""
    return rows_of(connection, CANDIDATES.format(values=values, like=like), {"asked": asked})


def _ambiguous(connection: Connection, asked: str, ids: list[str]) -> WrongUse:
    listed = connection.execute(NAMED, [ids[:MOST_LISTED]]).fetchall()
    told = "; ".join(f"{identity} ({described})" if described else identity for identity, _, described in listed)
    more = f"; and {len(ids) - MOST_LISTED} more" if len(ids) > MOST_LISTED else ""
    return WrongUse(f"{asked!r} may be any of {len(ids)} customers; name one by its customer_id: {told}{more}")
