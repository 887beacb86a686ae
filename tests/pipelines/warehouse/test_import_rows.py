"""The rows of the history: numbered, written and changed in one place, with the columns of the contract."""

import ast
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pipelines
from pipelines.home import Home
from pipelines.warehouse.database import Connection, rows_of, working
from pipelines.warehouse.import_rows import (
    COLUMNS,
    ImportRow,
    add_warnings,
    delete_import,
    insert_import,
    next_import_seq,
    take_off_repeated,
    update_import,
)
from schemas.base import columns_of
from schemas.imports import FACTS_SINCE, ImportHistory
from schemas.sentences.note import Note

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
WRITES_IMPORTS = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) ledger\.imports\b")
WRITERS = {"warehouse/import_rows.py", "warehouse/migrations.py"}
"""The one that writes, and the step that an older ledger is told anew by."""


def row(connection: Connection, import_id: str = "shop-1", warnings: tuple[str, ...] = ()) -> ImportRow:
    return ImportRow(
        import_seq=next_import_seq(connection),
        import_key=import_id,
        import_id=import_id,
        source="shop",
        file_name="list.csv",
        sha256="00",
        format="csv",
        profile="full_history",
        status="done",
        started_at=NOW,
        finished_at=NOW,
        imported_by="tester",
        warnings=warnings,
    )


def test_a_row_has_the_columns_of_the_table_and_those_of_the_contract_but_for_what_became_of_it_since(
    home: Home,
) -> None:
    with working(home.working) as connection:
        there = rows_of(connection, "FROM duckdb_columns() WHERE schema_name = 'ledger' AND table_name = 'imports'")
    assert set(COLUMNS) == set(there["column_name"])
    assert set(COLUMNS) >= {column.name for column in columns_of(ImportHistory)} - {*FACTS_SINCE}


def test_imports_are_numbered_one_after_the_other(home: Home) -> None:
    with working(home.working) as connection:
        for expected in (1, 2, 3):
            entry = row(connection, f"shop-{expected}")
            assert entry.import_seq == expected
            insert_import(connection, entry)


def test_what_a_row_does_not_say_is_nothing_of_it(home: Home) -> None:
    with working(home.working) as connection:
        insert_import(connection, row(connection))
        (written,) = rows_of(connection, "FROM ledger.imports").iter_rows(named=True)
    assert {name: written[name] for name in COLUMNS if name.startswith("rows_")} == dict.fromkeys(
        (name for name in COLUMNS if name.startswith("rows_")), 0
    )
    assert (written["amount_accepted"], written["warnings"], written["mapping"]) == (Decimal(0), [], None)


def test_warnings_stand_behind_those_that_an_import_has(home: Home) -> None:
    with working(home.working) as connection:
        insert_import(connection, row(connection, warnings=("A",)))
        insert_import(connection, row(connection, "shop-2"))
        add_warnings(connection, [1, 2], [Note("NO_ROWS"), Note("MERGED_CELLS", found=2)], "fr")
        add_warnings(connection, [2], [], "fr")
        told = rows_of(connection, "SELECT warnings FROM ledger.imports ORDER BY import_seq")["warnings"].to_list()
    added = [Note("NO_ROWS").line("fr"), Note("MERGED_CELLS", found=2).line("fr")]
    assert told == [["A", *added], added]


def test_counts_and_repeated_money_are_set_on_one_import_alone(home: Home) -> None:
    with working(home.working) as connection:
        for import_id in ("shop-1", "shop-2"):
            insert_import(connection, row(connection, import_id).model_copy(update={"amount_accepted": Decimal(9)}))
        update_import(connection, 2, customers_created=4, rows_merged=1)
        take_off_repeated(connection, 2, Decimal("2.5"))
        query = "SELECT customers_created, rows_merged, amount_accepted, amount_repeated FROM ledger.imports"
        told = rows_of(connection, f"{query} ORDER BY import_seq").rows()
    assert told == [(0, 0, Decimal(9), Decimal(0)), (4, 1, Decimal("6.5"), Decimal("2.5"))]


def test_an_import_makes_room(home: Home) -> None:
    with working(home.working) as connection:
        insert_import(connection, row(connection))
        delete_import(connection, "shop-1")
        assert next_import_seq(connection) == 1


def test_nobody_else_writes_the_history() -> None:
    root = Path(pipelines.__file__).parent
    writers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES_IMPORTS.search(node.value)
    }
    assert writers == WRITERS
