"""Every table, view and column of the snapshot says what it means, in the file itself."""

from importlib import resources

import pytest

from pipelines.home import Home
from pipelines.publishing.tables import TABLES, VIEWS
from pipelines.warehouse.database import published, rows_of
from schemas.base import columns_of, summary_of
from tests.support.flow import import_text

EVERYTHING = TABLES | VIEWS


@pytest.fixture
def filled(home: Home) -> Home:
    import_text(home, "email,name,total spent\nann@example.com,Ann,12.50\nbob@example.com,Bob,much\n")
    return home


def test_no_table_view_or_column_lacks_a_comment(filled: Home) -> None:
    with published(filled.published) as connection:
        columns = rows_of(
            connection, "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        )
        tables = rows_of(
            connection,
            "SELECT table_name, comment FROM duckdb_tables() UNION ALL "
            "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal",
        )
    assert set(tables["table_name"]) == set(columns["table_name"]) == EVERYTHING.keys()
    assert [name for name, comment in tables.rows() if not comment] == []
    assert [f"{table}.{column}" for table, column, comment in columns.rows() if not comment] == []
    told = {(table, column): comment for table, column, comment in columns.rows()}
    assert told == {
        (name, column.name): column.description for name, made in EVERYTHING.items() for column in columns_of(made)
    }
    assert dict(tables.rows()) == {name: summary_of(made) for name, made in EVERYTHING.items()}


def test_a_view_has_the_columns_and_types_of_its_contract(filled: Home) -> None:
    with published(filled.published) as connection:
        found = rows_of(
            connection,
            "SELECT table_name, column_name, replace(data_type, 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ') "
            "FROM duckdb_columns() WHERE table_name IN (SELECT view_name FROM duckdb_views() WHERE NOT internal) "
            "ORDER BY table_name, column_index",
        )
    told = [(name, column) for name in sorted(VIEWS) for column in columns_of(VIEWS[name])]
    expected = [(name, column.name, column.sql_type.replace(chr(34), "")) for name, column in told]
    assert found.rows() == expected


def test_every_query_of_a_view_is_of_a_view() -> None:
    files = {path.name.removesuffix(".sql") for path in resources.files("pipelines.publishing.views").iterdir()}
    assert files - {"__init__.py", "__pycache__"} == VIEWS.keys() - {"low_spend_candidates"}
