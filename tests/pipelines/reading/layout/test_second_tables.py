"""What stands below a list and is none of its rows: its titles again, a second table (PIT-105)."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.models.sheet import Sheet
from pipelines.reading.read_file import read_file
from schemas.sentences.note import Note
from tests.support.workbooks import ods, xls, xlsx

TITLES = ["Name", "Email", "Total spent"]
LIST = [TITLES, ["Ann Lee", "ann@example.com", "100.00"], ["Bob Roe", "bob@example.com", "60.00"]]
SUPPLIERS = [["Paper Ltd", "paper@example.com", "900.00"], ["Ink Ltd", "ink@example.com", "450.00"]]


def text(rows: list[list[str]], delimiter: str = ",") -> bytes:
    return "\n".join(delimiter.join(row) for row in rows).encode()


def aside(sheet: Sheet) -> list[tuple[int, str, str]]:
    return sheet.faulty.select("row_number", "code", "found").rows()


@pytest.mark.rule("PIT-105")
@pytest.mark.parametrize("blank", [[], [["", "", ""]], [["", "", ""], ["Suppliers", "", ""]], [["Suppliers", "", ""]]])
@pytest.mark.parametrize(
    "titles",
    [
        ["Name", "Email", "Balance"],
        ["Nom", "E-mail", "Solde"],
        ["Email", "Name", "Total spent"],
        ["Supplier", "Email", "Phone"],
        ["NAME", "EMAIL", ""],
    ],
)
def test_what_stands_below_other_titles_is_set_aside(blank: list[list[str]], titles: list[str]) -> None:
    sheet = read_file(text([*LIST, *blank, titles, *SUPPLIERS]))
    begins = 4 + len(blank)
    assert sheet.rows["Name"].to_list() == ["Ann Lee", "Bob Roe"]
    expected = [begins - (blank[-1:] == [["Suppliers", "", ""]]), *range(begins, begins + 3)]
    assert aside(sheet) == [(row, "SECOND_TABLE", str(begins)) for row in dict.fromkeys(expected)]


@pytest.mark.rule("PIT-105")
@pytest.mark.parametrize("blank", [[["", "", ""]], [["", "", ""], ["Block two", "", ""]]])
def test_below_a_blank_row_titles_that_nobody_knows_begin_a_table_too(blank: list[list[str]]) -> None:
    sheet = read_file(text([*LIST, *blank, ["Grossist", "Kontaktweg", "Offen"], *SUPPLIERS]))
    assert sheet.rows.height == 2
    assert {code for _, code, _ in aside(sheet)} == {"SECOND_TABLE"}


@pytest.mark.rule("PIT-105")
def test_a_second_table_of_another_width_is_set_aside_as_one() -> None:
    sheet = read_file(text([*LIST, ["", "", ""], ["Name", "Email"], ["Paper Ltd", "paper@example.com"]]))
    assert aside(sheet) == [(5, "SECOND_TABLE", "5"), (6, "SECOND_TABLE", "5")]


@pytest.mark.rule("PIT-105")
@pytest.mark.parametrize("again", [TITLES, ["name", "E-MAIL", "Total  spent"], [" Name ", "Email", "Total spent *"]])
@pytest.mark.parametrize("blank", [[], [["", "", ""]]])
def test_the_same_titles_again_are_left_out_and_told(again: list[str], blank: list[list[str]]) -> None:
    again = [title.replace("E-MAIL", "EMAIL") for title in again]
    sheet = read_file(text([*LIST, *blank, again, *SUPPLIERS]))
    assert sheet.rows["Name"].to_list() == ["Ann Lee", "Bob Roe", "Paper Ltd", "Ink Ltd"]
    assert sheet.faulty.is_empty()
    assert sheet.warnings == (Note("TITLES_AGAIN", found=1, row=4 + len(blank)),)


@pytest.mark.rule("PIT-105")
@pytest.mark.parametrize("workbook", [xlsx, xls, ods])
def test_workbooks_have_second_tables_and_titles_again(workbook: Callable[[Any], bytes]) -> None:
    numbers = [*LIST[:1], ["Ann Lee", "ann@example.com", 100.5], TITLES, ["Bob Roe", "bob@example.com", 60]]
    below = [["", "", ""], ["Suppliers", "", ""], ["Name", "Email", "Balance"], ["Paper", "paper@example.com", 900]]
    sheet = read_file(workbook([*numbers, *below]))
    assert sheet.rows["Name"].to_list() == ["Ann Lee", "Bob Roe"]
    assert sheet.typed["Total spent"].to_list() == [True, True]
    assert aside(sheet) == [(6, "SECOND_TABLE", "7"), (7, "SECOND_TABLE", "7"), (8, "SECOND_TABLE", "7")]
    assert [note.code for note in sheet.warnings] == ["TITLES_AGAIN"]


@pytest.mark.parametrize(
    "row",
    [
        ["Name", "name@example.com", "1"],
        ["Company", "", "12.00"],
        ["Sales", "", ""],
        ["Total", "", "160.00"],
        ["Cid", "n/a", "none"],
        ["Dee", "unknown", "12"],
        ["Name", "", "5"],
    ],
)
@pytest.mark.parametrize("blank", [[], [["", "", ""]], [["Group B", "", ""]]])
def test_a_row_of_the_list_is_no_titles_whatever_words_it_holds(blank: list[list[str]], row: list[str]) -> None:
    sheet = read_file(text([*LIST, *blank, row, *SUPPLIERS]))
    assert sheet.faulty.is_empty()
    assert sheet.rows["Name"].to_list()[-3:] == [row[0], "Paper Ltd", "Ink Ltd"]


def test_groups_of_rows_below_headings_are_rows_of_one_list() -> None:
    rows = [["Poland", "", ""], *SUPPLIERS, ["", "", ""], ["France", "", ""], LIST[1]]
    sheet = read_file(text([*LIST, *rows]))
    assert (sheet.rows.height, sheet.faulty.height) == (7, 0)


def test_words_that_are_titles_elsewhere_are_values_where_no_column_of_values_holds_a_word() -> None:
    rows = [["Email", "Name", "Type", "Role"], ["a@x.fr", "Ann", "Company", "Sales"], ["", "Bob", "Company", "Sales"]]
    assert read_file(text(rows)).rows.height == 2


@pytest.mark.rule("PIT-105")
def test_titles_again_far_below_are_found() -> None:
    rows = [[f"Person {place}", f"p{place}@example.com", f"{place}.00"] for place in range(5000)]
    sheet = read_file(text([TITLES, *rows, TITLES, *rows, ["Email", "Name", "Balance"], *SUPPLIERS]))
    assert (sheet.rows.height, sheet.faulty.height) == (10_000, 3)
