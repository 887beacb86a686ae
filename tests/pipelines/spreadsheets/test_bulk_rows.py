"""Rows put into a workbook as XML: every cell comes back as the text it was, whoever reads the workbook."""

from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.styles import PatternFill
from openpyxl.utils.escape import unescape

from pipelines.reading.read_file import read_file
from pipelines.spreadsheets.bulk_rows import AT_ONCE, LONGEST, put_rows
from pipelines.spreadsheets.write import MOST_NOTES, Mark, RowsToMend, write_rows

ODD = [
    "=1+1",
    "  two spaces before, one behind ",
    "<r><t>not rich</t></r>",
    "a & b < c > d \"e\" 'f'",
    "first\nsecond",
    "tab\there",
    "\u017c\u00f3\u0142\u0107 \U0001f600",
    "007",
    "",
]


def written(path: Path, rows: pl.DataFrame, marks: tuple[Mark, ...] = ()) -> Path:
    write_rows(path, RowsToMend("rejects", rows.columns, rows, marks))
    return path


def cells(path: Path) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in openpyxl.load_workbook(path).active.values]


@pytest.mark.rule("PIT-61")
def test_any_text_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = pl.DataFrame({"A & B": ODD, "plain": ["x"] * len(ODD)})
    path = written(tmp_path / "odd.xlsx", rows)
    expected = [[*rows.columns], *map(list, rows.rows())]
    assert cells(path) == expected
    sheet = read_file(path.read_bytes())
    assert [list(sheet.titles), *map(list, sheet.rows.select(sheet.titles).fill_null("").rows())] == expected


@pytest.mark.rule("PIT-61")
def test_characters_that_xml_does_not_take_come_back(tmp_path: Path) -> None:
    odd = ["\x00 \x0b \x1f \r \ufffe", "_x0041_ is no A", None]
    rows = pl.DataFrame({"a": odd, "b": ["x", "y", "z"]})
    found = cells(written(tmp_path / "odd.xlsx", rows))[1:]
    assert [[unescape(cell) for cell in row] for row in found] == [[odd[0], "x"], [odd[1], "y"], ["", "z"]]


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path: Path, letter: str) -> None:
    rows = pl.DataFrame({"a": [letter * 40_000, "short"], "b": ["x", "y"]})
    found = cells(written(tmp_path / "long.xlsx", rows))
    assert found[1][0].startswith(letter * 100) and found[1][0].endswith(f"{letter}…")
    assert LONGEST - 2 <= len(found[1][0].encode("utf-16-le")) // 2 <= LONGEST
    assert found[2] == ["short", "y"]


@pytest.mark.slow
def test_many_columns_and_rows_stand_where_they_belong(tmp_path: Path) -> None:
    rows = pl.DataFrame({f"c{place}": [f"{place}"] for place in range(710)})
    assert cells(written(tmp_path / "wide.xlsx", rows)) == [rows.columns, list(rows.row(0))]
    tall = pl.DataFrame({"a": map(str, range(AT_ONCE + 2)), "b": ["x"] * (AT_ONCE + 2)})
    found = cells(written(tmp_path / "tall.xlsx", tall))
    assert [row[0] for row in found[1:]] == tall["a"].to_list()


def test_marked_cells_are_coloured_and_the_first_of_them_say_why(tmp_path: Path) -> None:
    height = MOST_NOTES + 5
    rows = pl.DataFrame({"a": ["x"] * height, "b": ["y"] * height})
    marks = tuple(Mark(row, 1, f"reason {row}") for row in range(height))
    sheet = openpyxl.load_workbook(written(tmp_path / "marked.xlsx", rows, marks)).active
    colours = [[cell.fill.fgColor.rgb for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert {tuple(row) for row in colours} == {("00000000", "FFFFC7CE")}
    notes = [row[1].comment.text if row[1].comment else None for row in sheet.iter_rows(min_row=2)]
    assert notes == [*(f"reason {row}" for row in range(MOST_NOTES)), *[None] * 5]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows = pl.DataFrame({"a": ODD, "b": ODD})
    first, second = (written(tmp_path / f"{name}.xlsx", rows).read_bytes() for name in ("one", "two"))
    assert first == second


def test_the_place_of_the_rows_is_found_in_a_workbook_of_any_writer(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["A", "B"])
    workbook.active.append(["plain", "at fault"])
    workbook.active["B2"].fill = PatternFill("solid", start_color="00FFC7CE")
    empty = BytesIO()
    workbook.save(empty)
    put_rows(empty, tmp_path / "made.xlsx", pl.DataFrame({"A": ["1", "2"], "B": ["3", "4"]}), {1: pl.Series([1])})
    made = openpyxl.load_workbook(tmp_path / "made.xlsx").active
    assert [list(row) for row in made.values] == [["A", "B"], ["1", "3"], ["2", "4"]]
    assert [made[cell].fill.fill_type for cell in ("B2", "A3", "B3")] == [None, None, "solid"]
    assert made.dimensions == "A1:B3"


def test_a_workbook_without_its_two_sample_cells_is_an_error_of_ours(tmp_path: Path) -> None:
    workbook, empty = openpyxl.Workbook(), BytesIO()
    workbook.active.append(["A"])
    workbook.save(empty)
    with pytest.raises(ValueError, match="two cells with their styles"):
        put_rows(empty, tmp_path / "made.xlsx", pl.DataFrame({"A": ["1"]}), {})
