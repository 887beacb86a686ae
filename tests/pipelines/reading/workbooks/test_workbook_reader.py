"""From workbooks to rows: cells as text that knows what was typed, sheets, titles, and what was lost before."""

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import WrongUse
from pipelines.models.sheet import Limits, ReadingOptions, Sheet
from pipelines.reading.containers import xlsx_parts
from pipelines.reading.containers.xlsx_parts import Marks, marks_of_parts, part_of_sheet
from pipelines.reading.read_file import read_file
from pipelines.reading.workbooks.cell_text import mixed, text_of_numbers
from pipelines.reading.workbooks.workbook_worker import sheets_of
from schemas.sentences.note import Note
from tests.pipelines.reading.workbooks.workbook_lists import LIST, SHEET, cells, refusal
from tests.support.workbooks import ods, openpyxl_xlsx, xls, xlsx

CELLS = [
    ["email", "name", "total", "since"],
    ["a@x.fr", "Zoé", "1234.5", "2024-03-01"],
    ["b@x.fr", "Max", "1234", "2024-12-31"],
]


def column(*values: Any, **options: Any) -> list[tuple[str, bool]]:
    """Text and typed of a column of an xlsx with these cells."""
    read = cells(xlsx([[value] for value in values], **options))
    typed = read["typed 0"] if "typed 0" in read.columns else pl.repeat(False, read.height, eager=True)
    return list(zip(read["text 0"], typed, strict=True))


def codes(sheet: Sheet) -> list[str]:
    return [note.code for note in sheet.warnings]


@pytest.mark.rule("RF-01", "MO-15")
@pytest.mark.parametrize("made", [xlsx(LIST), openpyxl_xlsx(LIST), xls(LIST), ods(LIST)])
def test_a_list_is_the_same_in_every_format(made: bytes) -> None:
    sheet = read_file(made)
    assert [list(sheet.titles), *[list(row[1:]) for row in sheet.rows.rows()]] == CELLS
    assert sheet.rows["row_number"].to_list() == [2, 3]
    typed = {title: typed.to_list() for title, typed in sheet.typed.items()}
    assert typed == {"total": [True, True], "since": [True, True]}
    assert (sheet.blank_count, sheet.faulty.height, sheet.warnings) == (0, 0, ())


@pytest.mark.rule("PIT-19")
def test_rows_keep_the_numbers_that_the_spreadsheet_shows() -> None:
    rows = [[], [], ["", "email", "name"], [], ["", "a@x.fr", "Zoé"], [], ["", " ", ""], ["", "b@x.fr", "Max"]]
    sheet = read_file(xlsx(rows))
    assert sheet.dialect.header_row == 3
    assert sheet.titles == ("email", "name")
    assert sheet.rows.rows() == [(5, "a@x.fr", "Zoé"), (8, "b@x.fr", "Max")]
    assert sheet.blank_count == 3


def test_cells_right_of_the_titles_are_kept_under_a_name_of_their_place() -> None:
    assert read_file(xlsx([["email", "name"], ["a@x.fr", "Zoé", "note"]])).titles == ("email", "name", "column 3")


@pytest.mark.rule("PIT-53", "PIT-54")
def test_text_that_looks_like_a_number_stays_text() -> None:
    found = column("title", "0612345678", 612345678, "01000", 1000, "2024-03-01", "true", True)
    assert found == [
        ("title", False), ("0612345678", False), ("612345678", True), ("01000", False), ("1000", True),
        ("2024-03-01", False), ("true", False), ("true", True),
    ]  # fmt: skip


@pytest.mark.rule("PIT-57")
def test_error_cells_are_told_apart_from_blank_ones_and_from_text() -> None:
    found = column("total", 5, "#N/A", "", "#DIV/0!", "text")
    assert found == [("total", False), ("5", True), ("#N/A", True), ("", False), ("#DIV/0!", True), ("text", False)]


def test_days_moments_times_and_durations_have_one_form_each() -> None:
    moment = datetime.fromisoformat("2024-03-01 12:30:15")
    found = column("x", date(2024, 3, 1), moment, time(8, 5), timedelta(hours=30, minutes=5))
    assert [text for text, _ in found[1:]] == ["2024-03-01", "2024-03-01 12:30:15", "08:05:00", "30:05:00"]


@pytest.mark.rule("PIT-37")
def test_days_counted_from_1904_are_the_same_days() -> None:
    assert column(date(2021, 1, 1), "x", date_1904=True)[0] == ("2021-01-01", True)


@pytest.mark.rule("PIT-25", "PIT-53")
@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1234.0, "1234"),
        (1234.5, "1234.5"),
        (0.1 + 0.2, "0.3"),
        (0.075, "0.075"),
        (-0.0, "0"),
        (1e15, "1000000000000000"),
        (33612345678.0, "33612345678"),
        (336123456789012345.0, "336123456789012000"),
        (1e22, "10000000000000000000000"),
        (1.5e-7, "0.00000015"),
        (-1234.56, "-1234.56"),
        (19.99 * 3, "59.97"),
    ],
)
def test_a_number_reads_as_a_spreadsheet_shows_it(number: float, text: str) -> None:
    assert text_of_numbers(pl.Series([number, 0.5])).to_list() == [text, "0.5"]
    assert text_of_numbers(pl.Series([number])).to_list() == [text]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300), min_size=1))
def test_the_text_of_a_number_is_that_number_to_15_digits(numbers: list[float]) -> None:
    for number, text in zip(numbers, text_of_numbers(pl.Series(numbers)), strict=True):
        assert float(text) == float(f"{number:.15g}")
        assert "e" not in text.lower()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(0, 1e6), st.dates()), max_size=8
    )
)
def test_a_column_of_many_types_reads_cell_by_cell_as_each_type_does(values: list[Any]) -> None:
    found = mixed(values)
    alone = [mixed([value]) for value in values]
    assert found.text.to_list() == [each.text[0] for each in alone]
    assert found.typed.to_list() == [not isinstance(value, str) for value in values]


@pytest.mark.rule("PIT-11")
def test_rows_above_the_titles_of_a_workbook_are_told_and_are_no_data() -> None:
    sheet = read_file(xlsx([["Customer list"], ["Exported", date(2026, 1, 2)], [], *LIST]))
    assert (sheet.dialect.header_row, sheet.row_count, sheet.blank_count) == (4, 2, 0)
    assert sheet.warnings == (Note("ROWS_ABOVE_TITLES", row=4, found="Customer list / Exported 2026-01-02"),)


def in_percent(book: Any, sheet: Any) -> None:
    for row, written in enumerate(("0%", "0.00%", '0.0" %"', "0.0 %"), start=1):
        sheet.write_number(row, 27, 0.07, book.add_format({"num_format": written}))
    sheet.write_string(5, 27, "n/a", book.add_format({"num_format": "0.0 %"}))
    sheet.write_blank(6, 27, None, book.add_format({"num_format": "0%"}))


@pytest.mark.rule("PIT-60")
def test_numbers_shown_in_percent_are_told_with_their_title() -> None:
    titled = [[*LIST[0], *[f"note {place}" for place in range(4, 27)], "share"], *LIST[1:]]
    sheet = read_file(xlsx(titled, in_percent))
    assert codes(sheet) == ["PERCENT_CELLS"]
    assert sheet.warnings[0] == Note("PERCENT_CELLS", found=3, header="share")
    assert sheet.rows["share"].to_list() == ["0.07", "0.07", "0.07", "0.07", "n/a"]


@pytest.mark.rule("PIT-60")
@pytest.mark.parametrize("made", [xlsx(LIST), openpyxl_xlsx(LIST)])
def test_a_workbook_without_percent_has_no_such_warning(made: bytes) -> None:
    assert codes(read_file(made)) == []


def two_sheets(book: Any, sheet: Any) -> None:
    book.add_worksheet("Notes").write_string(4, 4, "a note")
    book.add_worksheet("Blank")
    hidden = book.add_worksheet("Old & hidden")
    hidden.write_string(0, 0, "email")
    hidden.hide()


@pytest.mark.rule("AMB-30")
def test_the_first_filled_visible_sheet_is_read_and_the_others_are_told() -> None:
    sheet = read_file(xlsx(LIST, two_sheets))
    assert (sheet.dialect.sheet, sheet.row_count) == ("List", 2)
    assert codes(sheet) == ["HIDDEN_SHEET", "OTHER_SHEETS"]
    assert sheet.warnings[0].parameters["found"] == ["Old & hidden"]
    assert sheet.warnings[1] == Note("OTHER_SHEETS", found=["Notes"], expected="List")


@pytest.mark.rule("RF-04")
def test_several_filled_sheets_are_refused_where_only_one_is_allowed() -> None:
    code, sentence = refusal(xlsx(LIST, two_sheets), limits=Limits(single_sheet=True))
    assert code == "MULTIPLE_SHEETS"
    assert "“List”, “Notes”" in sentence


@pytest.mark.rule("RF-05")
def test_titles_below_the_first_row_of_a_workbook_are_refused_by_their_row_where_they_must_be_first() -> None:
    lower = xlsx([["Customer list"], *LIST])
    assert read_file(lower).dialect.header_row == 2
    code, sentence = refusal(lower, limits=Limits(header_first=True))
    assert (code, "row 2" in sentence) == ("HEADER_NOT_FIRST_ROW", True)
    told = read_file(lower, told=ReadingOptions(header_row=2), limits=Limits(header_first=True))
    assert (told.dialect.header_row, told.row_count) == (2, 2)


@pytest.mark.rule("RF-04", "AMB-30")
def test_hidden_and_empty_sheets_do_not_count() -> None:
    def change(book: Any, sheet: Any) -> None:
        book.add_worksheet("Blank")
        book.add_worksheet("Hidden").hide()

    assert read_file(xlsx(LIST, change), limits=Limits(single_sheet=True)).row_count == 2


def test_the_sheet_that_is_told_is_read() -> None:
    content = xlsx(LIST, two_sheets)
    told = read_file(content, told=ReadingOptions(sheet="Notes"), limits=Limits(single_sheet=True))
    assert (told.dialect.sheet, told.titles) == ("Notes", ("a note",))
    with pytest.raises(WrongUse, match="List, Notes, Blank, Old & hidden"):
        read_file(content, told=ReadingOptions(sheet="list"))


@pytest.mark.rule("PIT-16")
@pytest.mark.parametrize("made", [xlsx([]), xls([]), ods([]), xlsx([["", " "]])])
def test_a_workbook_without_any_cell_is_empty(made: bytes) -> None:
    assert refusal(made)[0] == "EMPTY_FILE"


def hide_and_merge(book: Any, sheet: Any) -> None:
    sheet.set_row(1, options={"hidden": True})
    sheet.set_column(3, 3, options={"hidden": True})
    sheet.merge_range(4, 0, 5, 0, "c@x.fr")


@pytest.mark.rule("PIT-56", "PIT-58")
def test_hidden_rows_and_merged_cells_are_read_as_they_are_and_told() -> None:
    sheet = read_file(xlsx([*LIST, [], ["", "Ann"], ["", "Eve"]], hide_and_merge))
    assert codes(sheet) == ["HIDDEN_ROWS", "MERGED_CELLS"]
    assert sheet.warnings[0] == Note("HIDDEN_ROWS", found=1)
    assert sheet.rows.select("row_number", "email").rows() == [(2, "a@x.fr"), (3, "b@x.fr"), (5, "c@x.fr"), (6, "")]


@pytest.mark.rule("PIT-56")
def test_merged_cells_of_an_old_workbook_are_told() -> None:
    assert codes(read_file(xls(LIST, lambda book, sheet: sheet.write_merge(4, 5, 0, 0, "c@x.fr")))) == ["MERGED_CELLS"]


def test_marks_are_found_wherever_a_piece_of_the_xml_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    content = xlsx([*LIST, [], ["", "Ann"], ["", "Eve"]], hide_and_merge)
    for piece in (7, 64, 333):
        monkeypatch.setattr(xlsx_parts, "PIECE", piece)
        assert marks_of_parts(content)[SHEET] == Marks(hidden_rows=1, merged_ranges=1)


@pytest.mark.rule("PIT-53", "PIT-57")
def test_error_cells_and_lost_digits_are_told_with_the_first_place() -> None:
    rows = [["email", "total", "phone"], ["a@x.fr", 5, 336123456789012345], ["b@x.fr", "#N/A", 33612345678]]
    sheet = read_file(xlsx(rows), "fr")
    assert codes(sheet) == ["ERROR_CELLS", "PRECISION_LOST"]
    assert [(note.parameters["header"], note.parameters["row"]) for note in sheet.warnings] == [
        ("total", 3),
        ("phone", 2),
    ]
    assert sheet.rows["phone"].to_list() == ["336123456789012000", "33612345678"]


def test_the_part_of_a_sheet_is_found_by_its_name() -> None:
    content = xlsx(LIST, two_sheets)
    assert part_of_sheet(content, "Old & hidden") == "xl/worksheets/sheet4.xml"
    assert part_of_sheet(content, "no such sheet") is None


def test_sheets_are_listed_with_what_they_hold() -> None:
    found = [(each.name, each.visible, each.filled) for each in sheets_of(xlsx(LIST, two_sheets))]
    assert found == [("List", True, True), ("Notes", True, True), ("Blank", True, False), ("Old & hidden", False, True)]
