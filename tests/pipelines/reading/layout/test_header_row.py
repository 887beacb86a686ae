"""Where the titles are: below title lines and notes, never a row of data, never a guess."""

import pytest

from pipelines.errors import FileRefused, WrongUse
from pipelines.models.sheet import Limits, ReadingOptions
from pipelines.reading.layout.duplicate_titles import repeated_titles
from pipelines.reading.layout.header_row import distinct, find_title_row
from pipelines.reading.text.csv_reader import read_delimited
from schemas.sentences.note import Note

ROWS = "a@x.fr,Ann,5\nb@x.fr,Bob,6\nc@x.fr,Cid,7\n"


def titles(text: str, header_row: int | None = None) -> tuple[int, tuple[str, ...]]:
    sheet = read_delimited(text.encode(), told=ReadingOptions(header_row=header_row))
    return sheet.dialect.header_row, sheet.titles


def code(text: str, header_first: bool = False) -> str:
    with pytest.raises(FileRefused) as refused:
        read_delimited(text.encode(), limits=Limits(header_first=header_first))
    return refused.value.reason.code


@pytest.mark.rule("PIT-11")
@pytest.mark.parametrize(
    ("above", "row"),
    [
        ("", 1),
        ("Customer list\n", 2),
        ("Customer list\nExported on 2026-01-01\n\n", 4),
        ("Customer list,,\n,,\nAsk: support@x.fr,,\n", 4),
        ('"Customers, as of today"\n', 2),
        ("Contact details,,Spending\n", 2),
        ("Exported,2026-01-01,\n", 2),
        ("Customer list,,\nPeriod,2026\nRows,3,\n\n", 5),
        ("\n\n", 3),
    ],
)
def test_titles_are_found_below_lines_of_text(above: str, row: int) -> None:
    assert titles(f"{above}email,name,total spent\n{ROWS}") == (row, ("email", "name", "total spent"))


@pytest.mark.rule("PIT-11")
def test_rows_above_the_titles_are_told_and_are_no_data() -> None:
    sheet = read_delimited(f"Customer list\n\nemail,name,total spent\n{ROWS}".encode())
    assert (sheet.row_count, sheet.blank_count) == (3, 0)
    assert sheet.warnings == (Note("ROWS_ABOVE_TITLES", row=3, found="Customer list"),)


@pytest.mark.rule("PIT-15")
@pytest.mark.parametrize(
    "text",
    [
        ROWS,
        f"{ROWS}email,name,total spent\n{ROWS}",
        "x@x.fr,Ann,5\nname,email,7\n",
        "Anna,client,Paris\n",
        "x@x.fr,5,\nemail,name,total spent\n",
        "Ann,x@x.fr,\nemail,name,total spent\n",
    ],
)
def test_a_row_of_data_is_never_skipped_to_reach_titles(text: str) -> None:
    try:
        sheet = read_delimited(text.encode())
    except FileRefused as refused:
        assert refused.reason.code == "NO_HEADER"
    else:
        assert sheet.dialect.header_row == 1


def test_a_data_row_with_a_known_word_does_not_replace_unknown_titles() -> None:
    assert titles("Alpha,Beta,Gamma\nClient,Ann,Paris\nProspect,Bob,Lyon\n")[0] == 1


@pytest.mark.rule("PIT-11")
def test_the_told_row_wins() -> None:
    assert titles(f"email,name,city\nA,B,C\n{ROWS}", 2) == (2, ("A", "B", "C"))


def test_a_told_row_that_is_not_there_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="row 9"):
        titles(f"email,name,city\n{ROWS}", 9)


@pytest.mark.rule("RF-05")
def test_where_titles_must_be_first_a_lower_row_is_refused_by_its_number() -> None:
    with pytest.raises(FileRefused, match="row 2") as refused:
        read_delimited(f"List\nemail,name,total\n{ROWS}".encode(), limits=Limits(header_first=True))
    assert refused.value.reason.code == "HEADER_NOT_FIRST_ROW"


@pytest.mark.rule("RF-05", "PIT-07")
def test_where_titles_must_be_first_a_sep_line_is_no_row() -> None:
    assert read_delimited(b"sep=;\nemail;name\na@x.fr;Zo\n", limits=Limits(header_first=True)).rows.height == 1
    assert code("sep=;\n\nemail;name\na@x.fr;Zo\n", header_first=True) == "HEADER_NOT_FIRST_ROW"


@pytest.mark.rule("RF-06", "PIT-12")
@pytest.mark.parametrize("header", ["Email,e-mail ", "E-mail *,EMAIL", "Prénom,prenom", "Note,Note", "Note,x,Note"])
def test_titles_that_differ_in_form_only_are_the_same(header: str) -> None:
    titles = distinct(tuple(title.strip() for title in header.split(",")))
    assert len(set(titles)) == len(titles)
    [group] = repeated_titles(titles)
    assert group == tuple(title for title in titles if title != "x")


@pytest.mark.rule("PIT-12")
def test_the_second_column_of_one_spelling_is_named_with_its_place() -> None:
    assert distinct(("Note", "Email", "Note", "note")) == ("Note", "Email", "Note (column 3)", "note")


def test_titles_without_letters_are_the_same_only_if_they_look_the_same() -> None:
    assert distinct(("☎", "✆", "", "")) == ("☎", "✆", "column 3", "column 4")


def test_no_row_at_all_is_an_empty_file() -> None:
    with pytest.raises(FileRefused, match="EMPTY_FILE"):
        find_title_row([], "en")


@pytest.mark.rule("PIT-11")
def test_headings_over_several_titles_each_are_not_the_titles() -> None:
    assert titles(f"Customer,,Sales\nemail,name,total spent\n{ROWS}") == (2, ("email", "name", "total spent"))
    assert titles(f"email,name,\nname,city,5\n{ROWS}")[0] == 1
