"""Whether the lineage of values agrees with the tables: whatever wins is there, and whatever is there won."""

from decimal import Decimal

import polars as pl

from pipelines.customers.affected import selected_are_affected
from pipelines.home import Home
from pipelines.lineage.customer_values import found_values, written_values
from pipelines.lineage.known_now import known_now
from pipelines.warehouse.database import Connection, published, rows_of
from schemas.base import columns_of
from schemas.customers import Customers
from schemas.ledger import SUMMED
from schemas.tables.lineage import CustomerValues

LISTS = ("sources", "groups")
BESIDE = {
    **{
        f"contacts.{name}": f"SELECT customer_id, contact_id::VARCHAR AS item, {name}::VARCHAR AS value FROM contacts"
        for name in ("email", "first_name", "last_name", "phone", "mobile", "reference", "position")
    },
    "contacts.is_primary": "SELECT customer_id, contact_id::VARCHAR AS item, 'true' AS value FROM contacts "
    "WHERE is_primary",
    "customer_groups.reference": "SELECT customer_id, lower(nfc_normalize(name)) AS item, reference AS value "
    "FROM customer_groups",
    "contact_points.value": "SELECT customer_id, kind || ' ' || rank AS item, value FROM ranked_contact_points",
    "customer_custom_fields.value": "SELECT customer_id, title AS item, value FROM customer_custom_fields",
    "customer_external_ids.external_id": "SELECT customer_id, source AS item, external_id AS value "
    "FROM customer_external_ids",
}
"""What the tables beside `customers` have, as `customer_values` tells it."""


def everybody(connection: Connection, home: Home) -> pl.DataFrame:
    """The lineage of every customer in the table."""
    selected_are_affected(connection, "SELECT customer_id FROM snapshot.main.customers")
    return pl.concat([written_values(connection, found) for found in found_values(connection, home, 1)])


def lineage_agrees(home: Home) -> pl.DataFrame:
    """Assert that of every field what wins is what the tables have; returns the lineage."""
    with known_now(home) as connection:
        values = everybody(connection, home)
    assert values.columns == [column.name for column in columns_of(CustomerValues)]
    wins = values.filter("wins").partition_by("field", as_dict=True)
    none = values.clear()
    with published(home.published) as snapshot:
        for name in [column.name for column in columns_of(Customers)][1:]:
            _agrees(snapshot, name, wins.get((name,), none))
        for field, query in BESIDE.items():
            told = wins.get((field,), none)
            told = told.filter(pl.col("value") == "true") if field == "contacts.is_primary" else told
            kept = rows_of(snapshot, f"SELECT customer_id::VARCHAR, item, value FROM ({query}) WHERE value IS NOT NULL")
            assert set(told.select("customer_id", "item", "value").iter_rows()) == set(kept.iter_rows()), field
    return values


def _agrees(snapshot: Connection, name: str, told: pl.DataFrame) -> None:
    kept = f"unnest({name})" if name in LISTS else name
    query = f"SELECT customer_id::VARCHAR AS customer_id, {kept}::VARCHAR AS value FROM customers"
    table = rows_of(snapshot, f"FROM ({query}) WHERE value IS NOT NULL")
    if name in SUMMED:
        assert _sums(told) == _sums(table), name
    else:
        found = told.select("customer_id", "value")
        assert sorted(found.iter_rows()) == sorted(table.iter_rows()), name


def _sums(rows: pl.DataFrame) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for identity, value in rows.select("customer_id", "value").iter_rows():
        sums[identity] = sums.get(identity, Decimal(0)) + Decimal(value)
    return sums
