"""The contracts as tables: every published column described, typed for DuckDB, and strictly kept."""

import importlib
import pkgutil

import pandera.polars as pa
import polars as pl
import pytest

import schemas
from schemas.base import INSTANT, MONEY, SQL_TYPES, Contract, Instant, Money, columns_of
from schemas.customers import CustomerPriority, CustomerPriorityHistory, Customers, FoldedCustomers
from schemas.imports import ImportHistory, RejectedRows
from schemas.ledger import AcceptedRows

PUBLISHED = (Customers, CustomerPriority, CustomerPriorityHistory, ImportHistory, RejectedRows)
ALL = (*PUBLISHED, FoldedCustomers, AcceptedRows)

CONTRACT_PAGE: dict[type[Contract], str] = {
    Customers: """customer_id email name first_name last_name company address postal_code city region external_id
        origin total_spent payment_count refund_volume net_spent reported_monthly_spend first_payment_date
        last_payment_date sources first_import_id last_import_id created_at updated_at""",
    CustomerPriority: """customer_id email as_of_date priority monthly_spend months basis reason
        previous_priority""",
    CustomerPriorityHistory: "customer_id as_of_date priority monthly_spend cause",
    RejectedRows: """import_id source file_name sheet row_number severity reasons row rejected_at
        resolved_by_import_id""",
    ImportHistory: """import_id source file_name sha256 format profile status rows_read rows_blank rows_accepted
        rows_rejected rows_merged customers_created customers_updated customers_unchanged amount_accepted mapping
        dialect warnings started_at finished_at imported_by run_id message undone_at undone_by undone_count""",
}

DUCKDB_TYPES: list[tuple[type[Contract], str, str]] = [
    (Customers, "customer_id", "UUID"),
    (Customers, "email", "VARCHAR"),
    (Customers, "total_spent", "DECIMAL(18,3)"),
    (Customers, "payment_count", "BIGINT"),
    (Customers, "first_payment_date", "DATE"),
    (Customers, "sources", "VARCHAR[]"),
    (Customers, "created_at", "TIMESTAMPTZ"),
    (ImportHistory, "mapping", "JSON"),
    (ImportHistory, "warnings", "VARCHAR[]"),
    (RejectedRows, "row", "JSON"),
    (
        RejectedRows,
        "reasons",
        'STRUCT(code VARCHAR, field VARCHAR, header VARCHAR, "value" VARCHAR, message VARCHAR)[]',
    ),
]


class Sample(Contract):
    """A table of one column of each sort."""

    key: str = pa.Field(unique=True, description="Key")
    amount: Money = pa.Field(nullable=True)
    seen_at: Instant = pa.Field(metadata={"sql": "TIMESTAMP"})


def sample(**columns: pl.Series) -> pl.DataFrame:
    whole = {
        "key": pl.Series(["a", "b"]),
        "amount": pl.Series([None, 1], dtype=MONEY),
        "seen_at": pl.Series([0, 1]).cast(INSTANT),
    }
    return pl.DataFrame(whole | columns)


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.__name__)
def test_every_published_column_has_a_description(contract: type[Contract]) -> None:
    assert [column.name for column in columns_of(contract) if len(column.description) < 3] == []


@pytest.mark.parametrize("contract", PUBLISHED, ids=lambda contract: contract.__name__)
def test_every_published_table_says_what_one_row_is(contract: type[Contract]) -> None:
    assert (contract.__doc__ or "").startswith("One row per ")


@pytest.mark.parametrize(("contract", "names"), CONTRACT_PAGE.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_published_table_keeps_the_order_of_the_contract_page(contract: type[Contract], names: str) -> None:
    promised = names.split()
    assert [column.name for column in columns_of(contract) if column.name in promised] == promised


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.__name__)
def test_every_column_of_every_contract_has_a_duckdb_type(contract: type[Contract]) -> None:
    own = {"UUID", "JSON"}
    types = {column.sql_type.split("(")[0] for column in columns_of(contract)}
    assert types <= own | {sql.split("(")[0] for sql in SQL_TYPES.values()} | {"STRUCT"}


@pytest.mark.parametrize(("contract", "name", "sql_type"), DUCKDB_TYPES)
def test_a_column_has_the_duckdb_type_of_the_contract_page(contract: type[Contract], name: str, sql_type: str) -> None:
    assert {column.name: column.sql_type for column in columns_of(contract)}[name] == sql_type


def every_contract() -> list[type[Contract]]:
    for module in pkgutil.walk_packages(schemas.__path__, "schemas."):
        importlib.import_module(module.name)
    found, left = [], [Contract]
    while left:
        found += (below := [each for each in left.pop().__subclasses__() if each.__module__.startswith("schemas.")])
        left += below
    return found


def test_the_columns_of_every_contract_are_those_that_pandera_builds() -> None:
    for contract in every_contract():
        columns, built = columns_of(contract), contract.to_schema().columns
        told = [(column.name, column.description, column.nullable, column.unique) for column in columns]
        assert told == [
            (name, column.description or "", column.nullable, column.unique) for name, column in built.items()
        ], contract
        plain = [column for column in columns if "sql" not in (built[column.name].metadata or {})]
        assert [column.sql_type for column in plain] == [
            SQL_TYPES[str(built[column.name].dtype)] for column in plain
        ], contract


def test_columns_are_described_in_their_order() -> None:
    assert [tuple(column) for column in columns_of(Sample)] == [
        ("key", "VARCHAR", "Key", False, True),
        ("amount", "DECIMAL(18,3)", "", True, False),
        ("seen_at", "TIMESTAMP", "", False, False),
    ]


def test_a_frame_that_keeps_its_contract_passes() -> None:
    assert Sample.validate(sample()).equals(sample())


@pytest.mark.parametrize(
    "broken",
    [
        sample(key=pl.Series(["a", "a"])),
        sample(key=pl.Series(["a", None])),
        sample(amount=pl.Series([1.0, 2.0])),
        sample(amount=pl.Series([1, 2], dtype=pl.Decimal(18, 2))),
        sample(seen_at=pl.Series([0, 1]).cast(pl.Datetime("us"))),
        sample(extra=pl.Series([1, 2])),
        sample().drop("amount"),
        sample().select("amount", "key", "seen_at"),
    ],
    ids=[
        "repeated_key",
        "null_key",
        "float_money",
        "two_decimals",
        "no_time_zone",
        "extra_column",
        "missing_column",
        "order",
    ],
)
def test_a_contract_is_strict_and_coerces_nothing(broken: pl.DataFrame) -> None:
    with pytest.raises(pa.errors.SchemaError):
        Sample.validate(broken)


@pytest.mark.parametrize(
    ("contract", "column"),
    [(Customers, "customer_id"), (CustomerPriority, "customer_id"), (ImportHistory, "import_id")],
)
def test_one_row_per_key_is_part_of_the_contract(contract: type[Contract], column: str) -> None:
    assert [found.name for found in columns_of(contract) if found.unique] == [column]
