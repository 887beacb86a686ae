"""The lineage of customers: every value that anything says of them, where it comes from, and whether it stands.

Lives here: putting together what rows, accounts and the tables themselves say, for some customers or for all. Not here:
each of the parts (`contributed.py`, `detailed.py`, `computed.py`, `as_written.py`), publishing (`publish_values.py`).

It is derived from the ledger whenever it is asked for, so that an import pays nothing for it.
"""

from collections.abc import Iterator

import polars as pl

from pipelines.customers import batches
from pipelines.customers.affected import AFFECTED, selected_are_affected
from pipelines.customers.details import DETAILS
from pipelines.customers.merge import IDS
from pipelines.home import Home
from pipelines.lineage.as_written import with_cells
from pipelines.lineage.computed import COMPUTED
from pipelines.lineage.contributed import contributed_values
from pipelines.lineage.detailed import detailed_values
from pipelines.warehouse.database import HALVES_OF_UUID, UUID_OF_HALVES, Connection, frame_as, rows_of
from schemas.base import columns_of
from schemas.tables.lineage import CustomerValues

SAID = {
    "import_seq": pl.Int64,
    "source": pl.String,
    "row_number": pl.Int64,
    "field": pl.String,
    "item": pl.String,
    "value": pl.String,
    "raw_value": pl.String,
    "rule": pl.String,
    "wins": pl.Boolean,
    "import_id": pl.String,
    "header": pl.String,
}
POINT_TEXTS = f"""
    SELECT import_seq::BIGINT AS import_seq, row_number, point.kind AS field, point.value AS value,
        min(point.raw_value) AS raw_value
    FROM (SELECT import_seq, row_number, unnest(points) AS point FROM {DETAILS} WHERE points IS NOT NULL) GROUP BY ALL
"""
"""The texts of rows that have several columns of a kind: which of them the customer's own value is, they tell."""

STATUS = f"""
    SELECT {HALVES_OF_UUID}, status AS value FROM snapshot.main.customers SEMI JOIN {AFFECTED} USING (customer_id)
"""
WRITTEN = f"""
    FROM (SELECT {UUID_OF_HALVES} AS customer_id, * EXCLUDE (id_high, id_low) FROM found_values)
    SEMI JOIN snapshot.main.customers USING (customer_id)
"""
COLUMNS = ", ".join(column.name for column in columns_of(CustomerValues)[1:])


def values_of(connection: Connection, home: Home, customer_id: str) -> pl.DataFrame:
    """Every value of one customer: the columns of CustomerValues, winners first within a field.

    Args:
        connection: that of `known_now`.
        home: where what was staged lies.
        customer_id: one of the table customers.
    """
    selected_are_affected(connection, f"SELECT '{customer_id}'::UUID AS customer_id")
    # Whoever shares an address with the customer was folded too, and is left out again.
    found = written_values(connection, pl.concat(list(found_values(connection, home, 1))))
    return found.filter(pl.col("customer_id") == customer_id).sort(
        "field", "item", "wins", "import_id", "row_number", descending=[False, False, True, False, False]
    )


def written_values(connection: Connection, found: pl.DataFrame) -> pl.DataFrame:
    """Found values of customers who are in the table, as the columns of CustomerValues."""
    with frame_as(connection, "found_values", found):
        return rows_of(connection, f"SELECT customer_id::VARCHAR AS customer_id, {COLUMNS} FROM ({WRITTEN})")


def insert_values(writer: Connection, found: pl.DataFrame, share: str) -> None:
    """Found values of the customers of one share into the table of the next snapshot."""
    with frame_as(writer, "found_values", found):
        writer.execute(
            f"INSERT INTO snapshot.main.customer_values SELECT customer_id, {COLUMNS} FROM ({WRITTEN}) {share}"
        )


def found_values(connection: Connection, home: Home, total: int) -> Iterator[pl.DataFrame]:
    """The values of the affected customers, batch by batch: IDS and the columns of SAID.

    Args:
        connection: one that sees the ledger and, as `snapshot`, the tables.
        home: where what was staged lies.
        total: how many rows they have in the ledger, about; batches are parted by it.
    """
    details = _with_status(connection, detailed_values(connection))
    texts = rows_of(connection, POINT_TEXTS)
    own = (_with_texts(contributed_values(connection, share), texts) for share in batches.shares(total))
    for said in (details, *own):
        if not said.is_empty():
            yield _whole(with_cells(connection, home, _whole(said).drop("import_id", "header")))
    computed = rows_of(connection, f"SELECT {HALVES_OF_UUID}, * EXCLUDE (customer_id) FROM ({COMPUTED})")
    yield _whole(computed.with_columns(rule=pl.lit("computed"), wins=pl.lit(True)))


def _whole(said: pl.DataFrame) -> pl.DataFrame:
    """The columns of SAID in their order, blank where nothing is said of one."""
    columns = [
        pl.col(name).cast(dtype) if name in said.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in SAID.items()
    ]
    return said.select(*IDS, *columns)


def _with_texts(said: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    known = said.is_empty() or texts.is_empty()
    return said if known else said.join(texts, on=["import_seq", "row_number", "field", "value"], how="left")


def _with_status(connection: Connection, details: pl.DataFrame) -> pl.DataFrame:
    """And the status that follows from payments, or their absence, where no detail makes one."""
    stands = details.filter((pl.col("field") == "status") & pl.col("wins")).select(IDS)
    computed = rows_of(connection, STATUS).join(stands, on=IDS, how="anti")
    told = computed.with_columns(field=pl.lit("status"), rule=pl.lit("computed"), wins=pl.lit(True))
    return pl.concat([details, told], how="diagonal_relaxed")
