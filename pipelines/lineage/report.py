"""Everything that is known of one customer, in one record: what a person may ask for by law, and what support needs.

Lives here: which tables are asked, and how rejected rows that carry an address of the customer are found. Not here:
where values come from (`customer_values.py`), how the record is shown (`html_report.py`, `assets/cli/output/`).
"""

import json
import re
from dataclasses import dataclass

import polars as pl

from pipelines.home import Home
from pipelines.lineage.customer_values import values_of
from pipelines.lineage.known_now import known_now
from pipelines.publishing.find_customer import find_customer
from pipelines.warehouse.database import Connection, rows_of

OF_CUSTOMER = "WHERE customer_id = $1::UUID"

DUPLICATES = """
    SELECT CASE WHEN customer_a = $1::UUID THEN customer_b ELSE customer_a END::VARCHAR AS other_customer_id,
        round(score, 1) AS score, decided, [reason.field || ': ' || reason.grade FOR reason IN reasons] AS reasons
    FROM snapshot.main.possible_duplicates WHERE $1::UUID IN (customer_a, customer_b)
    ORDER BY score DESC NULLS LAST, other_customer_id
"""
"""Of the other customer its id alone: whoever asks what is kept of them is handed nobody else's address."""

TABLES: dict[str, str] = {
    "priority": f"FROM snapshot.main.customer_priority {OF_CUSTOMER}",
    "payments": f"FROM snapshot.main.payments {OF_CUSTOMER} ORDER BY paid_date DESC NULLS LAST, payment_key",
    "contacts": f"FROM snapshot.main.contacts {OF_CUSTOMER} ORDER BY is_primary DESC, email",
    "contact_points": f"FROM snapshot.main.contact_points {OF_CUSTOMER} ORDER BY kind, rank, value",
    "groups": f"FROM snapshot.main.customer_groups {OF_CUSTOMER} ORDER BY name",
    "external_ids": f"FROM snapshot.main.customer_external_ids {OF_CUSTOMER} ORDER BY source, external_id",
    "custom_fields": f"FROM snapshot.main.customer_custom_fields {OF_CUSTOMER} ORDER BY source, title",
    "consents": f"FROM snapshot.main.customer_consents {OF_CUSTOMER} ORDER BY stated_at DESC",
    "access_requests": f"FROM snapshot.main.access_requests {OF_CUSTOMER} ORDER BY requested_at DESC",
    "priority_history": f"FROM snapshot.main.customer_priority_history {OF_CUSTOMER} ORDER BY change_number DESC",
    "spend_by_currency": f"FROM snapshot.main.spend_by_currency {OF_CUSTOMER} ORDER BY currency",
    "segments": f"FROM snapshot.main.customer_segments {OF_CUSTOMER} ORDER BY segment",
    "possible_duplicates": DUPLICATES,
}
"""What is shown of each table, by the name of its section."""

IMPORTS = """
    SELECT import_id, source, file_name, status, started_at, imported_by FROM ledger.import_history
    WHERE import_id IN (SELECT unnest($1)) ORDER BY started_at DESC
"""
REJECTED = """
    SELECT import_id, source, file_name, row_number, severity, reasons, "row"::VARCHAR AS "row", rejected_at,
        resolved_by_import_id
    FROM ledger.listed_rejects WHERE list_has_any([contains(lower("row"::VARCHAR), each) FOR each IN $1], [TRUE])
    ORDER BY rejected_at DESC, row_number
"""
ADDRESS_FIELDS = ("email", "contacts.email", "contact_points.value")
ADDRESS_SIGN = r"[\w.+%@-]"


@dataclass(frozen=True)
class CustomerReport:
    """What is known of a customer.

    `customer`: its row of the table; `values`: CustomerValues; `tables`: by section, the rows of each that has any.
    """

    customer_id: str
    called: str
    customer: dict[str, object]
    values: pl.DataFrame
    tables: dict[str, pl.DataFrame]

    def document(self) -> dict[str, object]:
        """The record as plain values, for JSON."""
        return {
            "customer": self.customer,
            "values": self.values.drop("customer_id").to_dicts(),
            **{name: rows.to_dicts() for name, rows in self.tables.items()},
        }


def report_of(home: Home, who: str) -> CustomerReport:
    """Everything that is known of one customer now.

    Args:
        home: the folders.
        who: the customer, as `find_customer` takes it.

    Raises:
        WrongUse: nobody is known by that, or several are.
    """
    with known_now(home) as connection:
        customer_id, called = find_customer(connection, who)
        values = values_of(connection, home, customer_id)
        (customer,) = _rows(connection, f"FROM snapshot.main.customers {OF_CUSTOMER}", customer_id).to_dicts()
        tables = {name: _rows(connection, query, customer_id) for name, query in TABLES.items()}
        tables["imports"] = rows_of(connection, IMPORTS, [values["import_id"].drop_nulls().unique().to_list()])
        tables["rejected_rows"] = _rejected(connection, _addresses(values))
    return CustomerReport(customer_id, called, customer, values, tables)


def _rows(connection: Connection, query: str, customer_id: str) -> pl.DataFrame:
    """What a query gives of the customer, ids as text."""
    return rows_of(connection, f"SELECT COLUMNS(*) FROM ({query})", [customer_id])


def _addresses(values: pl.DataFrame) -> list[str]:
    """Every address that anything says of the customer, in small letters."""
    of_addresses = values.filter(pl.col("field").is_in(ADDRESS_FIELDS) & pl.col("value").str.contains("@"))
    return of_addresses["value"].str.to_lowercase().unique().sort().to_list()


def _rejected(connection: Connection, addresses: list[str]) -> pl.DataFrame:
    """Rejected rows in which an address of the customer stands, as itself and not as a part of a longer one."""
    found = rows_of(connection, REJECTED, [addresses])
    # `ann@example.com` is no part of `joann@example.com`, who is somebody else.
    alone = "|".join(rf"(?<!{ADDRESS_SIGN}){re.escape(address)}(?!{ADDRESS_SIGN})" for address in addresses)
    carries = [bool(addresses) and re.search(alone, _text(row)) is not None for row in found["row"]]
    return found.filter(pl.Series(carries, dtype=pl.Boolean))


def _text(row: str | None) -> str:
    """All that stands in a row, in small letters."""
    told = json.loads(row) if row else {}
    return "\n".join(str(cell) for cell in (told.values() if isinstance(told, dict) else [told])).lower()
