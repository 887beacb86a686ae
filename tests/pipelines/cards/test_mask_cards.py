"""Card numbers are stored nowhere: not in tables, staging, rejects, logs or the archived copy (SC-18)."""

from pathlib import Path

import duckdb
import openpyxl
import pytest

from pipelines.home import Home
from tests.support.flow import import_file, table

CARD = "4111111111111111"
SPACED = "4111 1111 1111 1111"
LINES = f"email,name,notes\na@x.fr,Ana,ok\nb@x.fr,Bo,{CARD}\nc@x.fr,Cy,paid with {SPACED} today\n"


def dropped(home: Home, kind: str) -> Path:
    path = home.root / f"list.{kind}"
    if kind == "csv":
        path.write_text(LINES, "utf-8")
    elif kind == "utf16":
        path.write_bytes(LINES.encode("utf-16"))
    else:
        book = openpyxl.Workbook()
        for line in LINES.splitlines():
            book.active.append(line.split(","))
        book.save(path)
    return path


def everything_written(home: Home, besides: Path) -> str:
    """All bytes of all files as text, and every value of both databases (their pages may be compressed)."""
    files = [path for path in home.root.rglob("*") if path.is_file() and path != besides]
    raw = b"".join(path.read_bytes() for path in files)
    texts = [raw.decode("latin-1"), raw.decode("utf-16-le", "ignore"), raw[1:].decode("utf-16-le", "ignore")]
    for database in (home.working, home.published):
        with duckdb.connect(database, read_only=True) as connection:
            tables = connection.execute(
                "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
            ).fetchall()
            texts += [str(connection.execute(f"FROM {name}").fetchall()) for (name,) in tables]
    return "\n".join(texts)


@pytest.mark.matrix(2)
@pytest.mark.parametrize("kind", ["csv", "utf16", "xlsx"])
def test_a_card_number_costs_its_row_and_is_written_nowhere(home: Home, kind: str) -> None:
    path = dropped(home, kind)
    outcome = import_file(home, path)
    assert (outcome.rows_accepted, outcome.reject_codes) == (1, {"SENSITIVE_DATA": 2})
    written = everything_written(home, path)
    assert CARD not in written
    assert SPACED not in written


def test_the_reject_names_the_column_and_shows_the_last_four_digits(home: Home) -> None:
    import_file(home, dropped(home, "csv"))
    reasons = table(home, "rejected_reasons").select("row_number", "header", "value").rows()
    assert reasons == [(3, "notes", "••••••••••••1111"), (4, "notes", "paid with •••• •••• •••• 1111 today")]


def test_the_archive_of_a_text_is_the_original_but_for_the_digits(home: Home) -> None:
    outcome = import_file(home, dropped(home, "csv"))
    archived = (home.archive / outcome.import_id / "list.csv").read_text("utf-8")
    assert archived == LINES.replace(CARD, "*" * 12 + "1111").replace(SPACED, "**** **** **** 1111")


def test_the_archive_of_a_workbook_is_a_text_of_its_other_rows(home: Home) -> None:
    outcome = import_file(home, dropped(home, "xlsx"))
    (archived,) = (home.archive / outcome.import_id).iterdir()
    assert archived.name == "list.xlsx.masked.csv"
    assert archived.read_text("utf-8").splitlines() == ["row_number,email,name,notes", "2,a@x.fr,Ana,ok"]


def test_a_list_without_cards_is_archived_as_it_came(home: Home) -> None:
    path = home.root / "list.csv"
    path.write_text("email,name,notes\na@x.fr,Ana,1234567890123456\n", "utf-8")
    outcome = import_file(home, path)
    assert (home.archive / outcome.import_id / "list.csv").read_bytes() == path.read_bytes()
    assert outcome.rows_accepted == 1
