"""Contacts: the people at a client whom its rows name, one row each (UP-07, UP-29…UP-36).

Lives here: what makes rows tell of the same contact, the fold of its values, which one is the main contact. Not here:
what a file must say of a contact (`schemas/profiles.py`), the customer's own ways to be reached (`contact_points.py`).
"""

import polars as pl

from pipelines.customers.details import DETAILS
from pipelines.customers.merge import IDS
from pipelines.customers.relations.affected_rows import forget_affected, read_in_shares
from pipelines.parsing.emails import parse_emails
from pipelines.warehouse.database import HALVES_OF_UUID, UUID_OF_HALVES, Connection, frame_as

FIELDS = {
    "contact_email": "email",
    "contact_first_name": "first_name",
    "contact_last_name": "last_name",
    "contact_phone": "phone",
    "contact_mobile": "mobile",
    "contact_reference": "reference",
    "position": "position",
    "is_primary": "is_primary",
}
"""What a row says of a contact, by its column in the table."""

IDENTIFYING = tuple(FIELDS)[:6]
"""A position or a mark alone are nobody's."""

OF_CONTACTS = f"FROM {DETAILS} WHERE coalesce({', '.join(IDENTIFYING)}) IS NOT NULL"

TOLD = f"""
    SELECT {HALVES_OF_UUID}, row_position, {", ".join(f"{theirs} AS {ours}" for theirs, ours in FIELDS.items())}
    FROM ({OF_CONTACTS}) {{share}}
"""

FOLD = f"""
    INSERT INTO snapshot.main.contacts BY NAME
    WITH told AS (
        SELECT {UUID_OF_HALVES} AS customer_id, * EXCLUDE (id_high, id_low) FROM told_of_contacts
    ), folded AS (
        SELECT customer_id, contact_key, arg_min(email, row_position) AS email,
            {", ".join(f"arg_max({name}, row_position) AS {name}" for name in list(FIELDS.values())[1:7])},
            max(row_position) FILTER (is_primary) AS said_yes, max(row_position) FILTER (NOT is_primary) AS said_no
        FROM told SEMI JOIN snapshot.main.customers USING (customer_id) GROUP BY ALL
    ), main AS (
        SELECT customer_id, max(said_yes) AS latest_yes FROM folded WHERE said_yes IS NOT NULL GROUP BY ALL
    )
    SELECT md5_number(customer_id::VARCHAR || ' ' || contact_key)::UUID AS contact_id,
        folded.* EXCLUDE (contact_key, said_yes, said_no),
        coalesce(said_yes = latest_yes AND coalesce(said_no, 0) < said_yes, FALSE) AS is_primary
    FROM folded LEFT JOIN main USING (customer_id)
"""
"""The newest non-blank value of each field; of all rows of a client that name a main contact the latest wins, unless a
later one says that this contact is not (UP-35, UP-36)."""


def write_contacts(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' contacts by those whom their live rows name; who is not in the table has none."""
    forget_affected(writer, "contacts")
    for told in read_in_shares(connection, OF_CONTACTS, TOLD):
        with frame_as(writer, "told_of_contacts", with_contact_keys(told)):
            writer.execute(FOLD)


def with_contact_keys(told: pl.DataFrame) -> pl.DataFrame:
    """Rows about contacts with what makes them the same one within a client, `contact_key`.

    It is the e-mail address whatever its spelling; without one the address that the same reference stands beside, the
    reference, the name, a number.
    """
    keyed = told.with_columns(address=("email:" + parse_emails(told["email"])[1]))
    # Every contact has an address: nothing else is asked.
    if keyed["address"].null_count() == 0:
        return keyed.rename({"address": "contact_key"})
    beside = (
        keyed.drop_nulls(["address", "reference"])
        .sort("row_position")
        .group_by(*IDS, "reference")
        .agg(beside=pl.col("address").last())
    )
    name = pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True).str.to_lowercase()
    others = (
        "reference:" + pl.col("reference"),
        "name:" + pl.when(name != "").then(name),
        "phone:" + pl.coalesce("mobile", "phone"),
    )
    known = keyed.join(beside, on=[*IDS, "reference"], how="left")
    return known.with_columns(contact_key=pl.coalesce("address", "beside", *others)).drop("address", "beside")
