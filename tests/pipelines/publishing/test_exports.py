"""Exports that people open in a spreadsheet: nothing in them runs, and what comes back is what went out (PIT-61)."""

import csv
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.home import Home
from pipelines.publishing import exports
from tests.support.flow import import_file, import_text, table

NAMES = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
    "'=1+1",
    "''@x",
    "'quoted",
    "-12.50",
    "+33 6 12 34 56 78",
    "Ann = Bo",
    "O'Brien",
]


@pytest.fixture
def filled(home: Home) -> Home:
    lines = [f'{place}@example.com,"{name}",1' for place, name in enumerate(NAMES)]
    import_text(home, "\n".join(["email,name,total spent", *lines]) + "\n")
    return home


def names_of(home: Home) -> list[str]:
    rows = table(home).sort(pl.col("email").str.extract("^([0-9]+)@").cast(pl.Int64))
    return rows["name"].to_list()


def exported(home: Home, kind: str) -> Path:
    target = home.root / f"customers.{kind}"
    exports.export(home.published, "customers", kind, target)
    return target


@pytest.mark.rule("PIT-61")
def test_no_cell_of_a_csv_is_a_formula(filled: Home) -> None:
    with exported(filled, "csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    running = [cell for cell in cells if cell[:1] in "=@＝" and cell]
    assert running == []
    assert {cell for cell in cells if cell[:1] in "+-" and cell} == {"-12.50", "+33 6 12 34 56 78"}
    assert "'=cmd|' /C calc'!A0" in cells


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_exported_comes_back_as_it_was_issue_12_11(filled: Home, kind: str) -> None:
    target = exported(filled, kind)
    other = Home(filled.root / "other")
    other.root.mkdir()
    assert import_file(other, target, "shop", on_overlap="add", locale="en").status == "done"
    assert names_of(other) == names_of(filled) == NAMES


def test_what_a_sender_begins_with_an_apostrophe_is_theirs(home: Home) -> None:
    import_text(home, "email,name\na@example.com,'=1+1\n")
    assert names_of(home) == ["'=1+1"]


def test_a_workbook_that_was_exported_shows_text_as_it_is(filled: Home) -> None:
    sheet = openpyxl.load_workbook(exported(filled, "xlsx")).active
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert "=1+1" not in [cell.value for cell in cells if cell.data_type == "f"]
    assert {"=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)"} <= {cell.value for cell in cells}


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x07", "\x1b", "\x7f", "\u009b", "\u200f", "\u00ad"])
def test_characters_that_command_or_turn_text_around_are_no_part_of_a_name_issue_12_11(home: Home, sign: str) -> None:
    import_text(home, f"email,name\na@example.com,An{sign}na\n")
    assert names_of(home) == ["Anna"]


def test_the_name_of_a_file_commands_no_terminal_issue_12_11(home: Home) -> None:
    outcome = import_text(home, "email,name\na@example.com,Anna\n", name="li\x1b[2Jst\u202e.csv")
    assert outcome.file_name == "li\ufffd[2Jst\ufffd.csv"
    assert table(home, "import_history")["file_name"].to_list() == [outcome.file_name]
