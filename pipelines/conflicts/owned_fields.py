"""Values of fields that another system owns: which of them would have changed something (UP-01…UP-05).

Lives here: comparing what an import's rows say with what the table has after it, for the report to their sender. Not
here: that these values are not taken (`pipelines/customers/update_rules.py`), who owns what
(`pipelines/configuration/update_rules.py`).
"""

from pathlib import Path

import polars as pl

from pipelines.customers.merge import IDS
from pipelines.customers.relations.contacts import FIELDS
from pipelines.models.sheet import ROW
from pipelines.models.staged_file import AS_SENT, BETWEEN_PARTS, StagedFile
from pipelines.rejects.late_reasons import LateReason
from pipelines.warehouse.database import HALVES_OF_UUID, UUID_OF_HALVES, Connection, frame_as, rows_of

OWNED = "FIELD_OWNED_BY_SOURCE"
FACT = (*IDS, "scope", "field", "part")
"""What a cell says, or the table has: of which customer, of which contact of his (else blank), which field, what."""

CELLS = f"""
    SELECT {HALVES_OF_UUID}, row_number, cell.field, cell.header, cell.value, cell.parsed
    FROM (SELECT row_number, unnest(cells) AS cell FROM read_parquet($sent))
    JOIN (SELECT row_number, customer_id FROM ledger.owned_contributions WHERE import_seq = $import_seq)
        USING (row_number)
"""


def reasons_of_owned(
    connection: Connection, writer: Connection, folder: Path, staged_file: StagedFile, import_seq: int
) -> list[LateReason]:
    """Why values of an import's rows were not taken: their field is another's, and the table says something else.

    A value that the table has anyway is no offence. `writer` has the next snapshot, whose customers are written.
    """
    told = rows_of(connection, CELLS, {"sent": str(folder / AS_SENT), "import_seq": import_seq})
    contact = told.filter(field="contact_email").select(ROW, scope=pl.col("parsed").str.to_lowercase())
    cells = told.filter(pl.col("field").is_in(list(staged_file.owners))).join(contact, on=ROW, how="left")
    of_contact = pl.col("field").is_in(list(FIELDS))
    facts = cells.with_columns(
        scope=pl.when(of_contact).then(pl.col("scope")).fill_null(""),
        part=_spelled(pl.col("field"), pl.col("parsed")).str.split(BETWEEN_PARTS),
    ).explode("part")
    # Compared after the fold: what the owner says as well is no offence.
    new = facts.join(_present(writer, facts), on=FACT, how="anti").unique([ROW, "field"], maintain_order=True)
    owners = staged_file.owners
    return [
        LateReason(row, OWNED, field, header, value, owners[field])
        for row, field, header, value in new.select(ROW, "field", "header", "value").iter_rows()
    ]


def _spelled(field: pl.Expr, value: pl.Expr) -> pl.Expr:
    """What groups and addresses are compared by: no case of theirs makes another one."""
    return pl.when(field.is_in(["groups", "contact_email"])).then(value.str.to_lowercase()).otherwise(value)


def _present(writer: Connection, facts: pl.DataFrame) -> pl.DataFrame:
    """What the table has of these customers in these fields (FACT)."""
    fields = facts["field"].unique().to_list()
    single = [name for name in fields if name not in (*FIELDS, "groups", "group_reference")]
    contacts = {name: FIELDS[name] for name in fields if name in FIELDS}
    queries = [
        "SELECT customer_id, '' AS scope, 'groups' AS field, name AS part FROM group_members",
        "SELECT customer_id, '', 'group_reference', reference FROM group_members",
        *(f"SELECT customer_id, '', '{name}', {name}::VARCHAR FROM customers" for name in single),
        *(
            f"SELECT customer_id, lower(email), '{name}', {own}::VARCHAR FROM contacts"
            for name, own in contacts.items()
        ),
    ]
    told = " UNION ALL ".join(queries).replace(" FROM ", " FROM snapshot.main.")
    with frame_as(writer, "concerned", facts.select(*IDS).unique()):
        found = rows_of(
            writer,
            f"WITH theirs AS (SELECT {UUID_OF_HALVES} AS customer_id FROM concerned) "
            f"SELECT {HALVES_OF_UUID}, scope, field, part FROM ({told}) SEMI JOIN theirs USING (customer_id) "
            "WHERE part IS NOT NULL",
        )
    return found.with_columns(part=_spelled(pl.col("field"), pl.col("part")))
