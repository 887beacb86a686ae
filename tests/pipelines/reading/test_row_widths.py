"""Rows that are blank, too short or too wide: set aside with their numbers, or the habit of all rows."""

import polars as pl
import pytest

from pipelines.reading.read_file import read_file
from tests.pipelines.reading.texts import cells


def ragged(text: str) -> list[tuple[int, int]]:
    """Row number and width of every row of a wrong width."""
    return read_file(text.encode()).faulty.select("row_number", pl.col("found").cast(pl.Int64)).rows()


@pytest.mark.rule("PIT-19")
@pytest.mark.parametrize("blank", ["", "   ", ",", " , ", '"",""', "\t", ",,,,"])
def test_a_blank_row_is_counted_and_keeps_its_number(blank: str) -> None:
    sheet = read_file(f"email,name\n{blank}\na@x.fr,Zoé\n{blank}\n{blank}\nb@x.fr,Max\n".encode())
    assert sheet.blank_count == 3
    assert sheet.row_count == 2
    assert sheet.rows["row_number"].to_list() == [3, 6]


def test_blank_rows_above_the_header_move_it_down_and_are_not_counted() -> None:
    sheet = read_file(b"\n,,\nemail,name\na@x.fr,Zo\n")
    assert (sheet.dialect.header_row, sheet.blank_count) == (3, 0)
    assert sheet.rows.rows() == [(4, "a@x.fr", "Zo")]


@pytest.mark.rule("PIT-10")
@pytest.mark.parametrize(
    ("row", "width"), [("a@x.fr", 1), ("a@x.fr,Zoé,Paris,Lyon", 4), ("a@x.fr,Zoé,,x", 4), ('"a@x.fr,Zoé"', 1)]
)
def test_a_row_of_another_width_is_set_aside_with_its_number(row: str, width: int) -> None:
    text = f"email,name\nb@x.fr,Max\n{row}\nc@x.fr,Ann\n"
    assert ragged(text) == [(3, width)]
    assert [number for number, *_ in cells(text)] == [2, 4]


@pytest.mark.rule("PIT-10")
@pytest.mark.parametrize("row", ["a@x.fr,Zoé,", '"a@x.fr","Zoé",', "a@x.fr,Zoé,,", 'a@x.fr,Zoé,"", ,', "a@x.fr,,Zoé,"])
def test_empty_cells_at_the_end_of_one_row_are_cells_too_many(row: str) -> None:
    text = f"email,name\n{row}\nb@x.fr,Max\nc@x.fr,Ann\n"
    assert cells(text) == [(3, "b@x.fr", "Max"), (4, "c@x.fr", "Ann")]
    assert [number for number, _ in ragged(text)] == [2]


@pytest.mark.rule("PIT-10")
@pytest.mark.parametrize("end", [",", ",,", ", ", ',""', ',"",'])
def test_empty_cells_at_the_end_of_all_rows_are_no_cells(end: str) -> None:
    text = f"email,name\na@x.fr,Zoé{end}\n\nb@x.fr,Max{end}\nc@x.fr,{end}\n"
    assert cells(text) == [(2, "a@x.fr", "Zoé"), (4, "b@x.fr", "Max"), (5, "c@x.fr", "")]


@pytest.mark.rule("PIT-10")
@pytest.mark.parametrize(("row", "found"), [("d@x.fr,Zoé", 1), ("d@x.fr,Zoé,,", 3), ("d@x.fr,Zoé,x", 3), ("d@x.fr", 0)])
def test_where_all_rows_end_in_a_delimiter_one_that_does_not_is_too_short(row: str, found: int) -> None:
    text = f"email,name\na@x.fr,Zoé,\nb@x.fr,Max,\nc@x.fr,Ann,\n{row}\n"
    assert ragged(text) == [(5, found)]
    assert [number for number, *_ in cells(text)] == [2, 3, 4]


@pytest.mark.rule("PIT-10")
def test_a_single_row_with_a_delimiter_too_many_shows_no_habit() -> None:
    assert ragged("email,name\na@x.fr,,Zoé\n") == [(2, 3)]
    assert ragged("email,name\na@x.fr,Zoé,\n") == [(2, 3)]


@pytest.mark.rule("PIT-10")
def test_titles_without_a_column_are_none_though_one_row_is_as_wide() -> None:
    text = "email,name,,\na@x.fr,Zoé\nb@x.fr,Max\nc@x.fr,,Ann,\n"
    sheet = read_file(text.encode())
    assert (sheet.titles, sheet.rows.height) == (("email", "name"), 2)
    assert ragged(text) == [(4, 4)]
