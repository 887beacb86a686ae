"""Addresses of customers whom a reference, a name or a number identifies: whose an address is that several have.

Lives here: noting such customers' addresses, and leaving each address to one customer. Not here: the newest address of
a customer (`merge.py`), what is told of it (`pipelines/conflicts/identity_conflicts.py`).

A customer keeps its key whatever address it has. In the table an address is of one customer only: of the one that it
identifies, else of one that came with the earliest import; the others are without one there (AMB-42).
"""

import polars as pl

from pipelines.customers.affected import AFFECTED
from pipelines.parsing.emails import parse_emails
from pipelines.warehouse.database import Connection, customer_uuids, frame_as, number_of, rows_of

LATER_HOLDERS = f"""
    SELECT customer_id::VARCHAR AS customer_id, owner_id::VARCHAR AS owner_id, email FROM (
        SELECT customer_id, email, first_value(customer_id) OVER holders AS owner_id
        FROM snapshot.main.customers
        LEFT JOIN merged ON merged_id::UUID = md5_number('email:' || lower(email))::UUID
        WHERE lower(email) IN (
            SELECT lower(email) FROM snapshot.main.customers SEMI JOIN {AFFECTED} USING (customer_id)
        )
        WINDOW holders AS (
            PARTITION BY lower(email)
            ORDER BY customer_id <> coalesce(survivor_id::UUID, md5_number('email:' || lower(email))::UUID),
                created_at, first_import_id, customer_id
        )
    ) WHERE customer_id <> owner_id
"""

MERGED = "SELECT customer_id::VARCHAR AS merged_id, survivor_id::VARCHAR AS survivor_id FROM ledger.merged_customers"


def note_addresses(connection: Connection, sequence: int) -> None:
    """Note whom this import gives an address that does not identify them; an import is keyed so or not, as a whole."""
    listed = "SELECT DISTINCT customer_id::VARCHAR AS customer_id, email FROM ledger.contributions WHERE import_seq = ?"
    told = rows_of(connection, f"{listed} AND email IS NOT NULL", [sequence])
    # As `identity` makes them, so that the id of the customer whom the address would identify is known without asking.
    keys = "email:" + parse_emails(told["email"])[1]
    noted = told.with_columns(address_id=customer_uuids(keys)).filter(pl.col("customer_id") != pl.col("address_id"))
    with frame_as(connection, "noted", noted.select("customer_id", "address_id").unique()):
        connection.execute(
            "INSERT INTO ledger.addresses BY NAME SELECT ?::INTEGER AS import_seq, customer_id::UUID AS customer_id, "
            "address_id::UUID AS address_id FROM noted",
            [sequence],
        )


def addresses_move(connection: Connection) -> bool:
    """Whether there are customers whom their address does not identify."""
    return number_of(connection, "SELECT count(*) FROM (FROM ledger.addresses LIMIT 1)") > 0


def leave_to_one(connection: Connection, writer: Connection) -> pl.DataFrame:
    """Leave each address of the affected customers to one of those who have it.

    `connection` has the ledger, which says whom an address identifies that was merged. Returns those who are without
    it now: `customer_id`, `owner_id`, `email`.
    """
    merged = rows_of(connection, MERGED)
    with frame_as(writer, "merged", merged):
        later = rows_of(writer, LATER_HOLDERS)
    with frame_as(writer, "later", later):
        writer.execute(
            "UPDATE snapshot.main.customers SET email = NULL WHERE customer_id IN (SELECT customer_id::UUID FROM later)"
        )
    return later
