"""Tables as workbooks: text stays text, whatever it begins with, or the export is refused by name."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.errors import WrongUse
from pipelines.reading.read_file import read_file
from pipelines.spreadsheets import write
from pipelines.spreadsheets.bulk_rows import LONGEST
from pipelines.spreadsheets.write import Column, write_form, write_table

LIKE_LINKS = [
    "mailto:office@example.com",
    "external:Acme",
    "internal:Sheet1!A1",
    "file:///x",
    "https://example.com/a b",
    "ftp://example.com",
    "www.example.com",
    "=1+1",
    "{=1+1}",
    "+33 6 12 34 56 78",
    "-5",
    "@x",
    "0042",
    "1e5",
    "12.50",
    "TRUE",
    "_x0041_",
    " padded ",
]


def exported(path: Path, rows: pl.DataFrame) -> list[list[object]]:
    write_table(path, rows, "customers")
    return [list(cells) for cells in openpyxl.load_workbook(path).active.values]


@pytest.mark.rule("PIT-61")
def test_text_that_looks_like_a_link_a_formula_or_a_number_is_exported_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    rows = pl.DataFrame({"company": LIKE_LINKS, "place": range(len(LIKE_LINKS))})
    write_table(path, rows, "customers")
    assert read_file(path.read_bytes()).rows["company"].to_list() == LIKE_LINKS
    sheet = openpyxl.load_workbook(path).active
    assert [cell.data_type for cell in sheet["A"][1:]] == ["s"] * len(LIKE_LINKS)
    assert [cell.hyperlink for cell in sheet["A"]] == [None] * (len(LIKE_LINKS) + 1)


@pytest.mark.slow
def test_more_links_than_a_sheet_may_have_are_text_and_none_is_left_out(tmp_path: Path) -> None:
    rows = pl.DataFrame({"site": pl.Series([f"https://example.com/{n}" for n in range(65_600)])})
    assert exported(tmp_path / "table.xlsx", rows)[-1] == ["https://example.com/65599"]


def test_numbers_and_days_stay_numbers_and_days(tmp_path: Path) -> None:
    rows = pl.DataFrame({"name": ["A"], "total": [Decimal("12.500")], "since": [date(2026, 1, 5)], "none": [None]})
    found = exported(tmp_path / "table.xlsx", rows)[1]
    assert found[:2] == ["A", 12.5]
    assert str(found[2])[:10] == "2026-01-05" and found[3] is None


@pytest.mark.parametrize(("letter", "count"), [("x", LONGEST + 1), ("\U0001f600", LONGEST // 2 + 1)])
def test_a_text_too_long_for_a_cell_refuses_the_export_by_name_and_writes_nothing(
    tmp_path: Path, letter: str, count: int
) -> None:
    rows = pl.DataFrame({"email": ["a@example.com", "b@example.com"], "note": ["", letter * count]})
    with pytest.raises(WrongUse, match=r"customers, column note, row 3: a text of 3276[68] characters.*csv"):
        write_table(tmp_path / "table.xlsx", rows, "customers")
    assert not (tmp_path / "table.xlsx").exists()


def test_a_text_that_just_fits_is_exported_whole(tmp_path: Path) -> None:
    for text in ("é" * LONGEST, "\U0001f600" * (LONGEST // 2)):
        assert exported(tmp_path / "table.xlsx", pl.DataFrame({"note": [text]})) == [["note"], [text]]


def test_more_rows_than_a_sheet_holds_refuse_the_export_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "MOST_ROWS", 3)
    assert len(exported(tmp_path / "table.xlsx", pl.DataFrame({"n": [1, 2]}))) == 3
    with pytest.raises(WrongUse, match="customers has 3 rows, and a sheet holds 2"):
        write_table(tmp_path / "table.xlsx", pl.DataFrame({"n": [1, 2, 3]}), "customers")


def test_a_template_keeps_the_text_of_its_examples(tmp_path: Path) -> None:
    columns = [Column(text, text, False, "text", text) for text in LIKE_LINKS]
    write_form(tmp_path / "form.xlsx", "Template", columns)
    cells = list(openpyxl.load_workbook(tmp_path / "form.xlsx").active.values)
    assert [list(row) for row in cells[:2]] == [LIKE_LINKS, LIKE_LINKS]
