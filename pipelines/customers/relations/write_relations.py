"""Every table beside `customers`, written anew for the affected customers.

Lives here: which tables there are, and what in them is a customer's own. Not here: any of them. A new one is a module
with a `write_…(connection, writer)` that forgets the affected customers' rows in the next snapshot and writes those
that their live facts make, and that costs next to nothing where the ledger has no such facts.
"""

from pipelines.customers.affected import AFFECTED
from pipelines.customers.relations.access_requests import write_access_requests
from pipelines.customers.relations.consents import write_consents
from pipelines.customers.relations.contact_points import write_contact_points
from pipelines.customers.relations.contacts import write_contacts
from pipelines.customers.relations.custom_fields import write_custom_fields
from pipelines.customers.relations.external_ids import write_external_ids
from pipelines.customers.relations.groups import write_customer_groups
from pipelines.warehouse.database import Connection, number_of

WRITERS = (
    write_external_ids,
    write_contacts,
    write_contact_points,
    write_customer_groups,
    write_custom_fields,
    write_consents,
    write_access_requests,
)

WATCHED = {
    "contacts": "contact_id, email, first_name, last_name, phone, mobile, reference, position, is_primary",
    "ranked_contact_points": "kind, rank, value",
    "group_members": "group_id, name, reference",
    "customer_custom_fields": "title, value, source",
}
"""By table, the columns whose change is a change of their customer; those that say where a value came from are none."""


def write_relations(connection: Connection, writer: Connection) -> None:
    """Bring every table beside `customers` to what the live rows of the affected customers say.

    `connection` has the ledger's open transaction, `writer` that of the next snapshot, whose `customers` are written.
    """
    for write in WRITERS:
        write(connection, writer)


def fingerprints(writer: Connection, columns: str) -> str:
    """The query for one number for all that the snapshot says of each affected customer: `customer_id`, `fingerprint`.

    `columns`: those of `customers` that count; `writer` says which tables hold anything. Rows are hashed twice: DuckDB
    2.0 combines the values of a row by XOR, so that the last values of two rows could change places unseen.
    """
    tables = [
        table for table in WATCHED if number_of(writer, f"SELECT count(*) FROM (FROM snapshot.main.{table} LIMIT 1)")
    ]
    theirs = " ".join(
        f"LEFT JOIN (SELECT customer_id, bit_xor(hash(hash('{table}', {WATCHED[table]}))) AS {table} FROM "
        f"snapshot.main.{table} SEMI JOIN {AFFECTED} USING (customer_id) GROUP BY ALL) USING (customer_id)"
        for table in tables
    )
    whole = f"hash({columns})"
    for table in tables:
        whole = f"xor({whole}, coalesce({table}, 0)::UBIGINT)"
    return (
        f"SELECT customer_id, {whole} AS fingerprint FROM snapshot.main.customers {theirs} "
        f"SEMI JOIN {AFFECTED} USING (customer_id)"
    )
