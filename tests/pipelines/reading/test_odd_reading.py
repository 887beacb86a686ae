"""Files that nobody meant to write: mixed line ends, quoted line breaks, titles with a meaning of our own."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reading.read_file import read_file

TITLES = ("email", "Nom", "Prénom *", 'dit "Jo"', "Total dépensé")


def cells(text: str) -> list[tuple[int | str, ...]]:
    return read_file(text.encode()).rows.rows()


@pytest.mark.rule("PIT-09")
@pytest.mark.parametrize(
    "text",
    [
        'email,name\na@x.fr,"Zoé\nDurand"\nb@x.fr,Max\n',
        'email,name\ra@x.fr,"Zoé\rDurand"\rb@x.fr,Max\r',
        'email,name\r\na@x.fr,"Zoé\nDurand"\r\nb@x.fr,Max\r\n',
    ],
    ids=["lf", "cr", "crlf_with_lf_inside"],
)
def test_a_quoted_line_break_is_part_of_its_cell_and_the_record_is_one_row(text: str) -> None:
    assert cells(text) == [(2, "a@x.fr", "Zoé\nDurand"), (3, "b@x.fr", "Max")]


@pytest.mark.rule("PIT-09")
def test_a_quoted_line_break_of_two_characters_is_kept_where_all_lines_end_so() -> None:
    found = cells('email,name\r\na@x.fr,"Zoé\r\nDurand"\r\nb@x.fr,Max\r\n')
    assert found == [(2, "a@x.fr", "Zoé\r\nDurand"), (3, "b@x.fr", "Max")]


@pytest.mark.rule("PIT-13")
def test_a_title_may_hold_a_line_break() -> None:
    assert read_file(b'email,"Total\nspent"\na@x.fr,5\n').titles == ("email", "Total\nspent")


def test_rows_after_a_quoted_line_break_keep_the_number_a_spreadsheet_shows() -> None:
    text = 'email,name\n"a@x.fr","one\ntwo\nthree"\n\nb@x.fr,"Max"\n'
    assert [number for number, *_ in cells(text)] == [2, 4]


def written(table: list[list[str]], delimiter: str, quote_all: bool, end: str) -> bytes:
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(table)
    return out.getvalue().encode()


@given(data=st.data(), delimiter=st.sampled_from(",;|"), width=st.integers(1, 5))
def test_any_table_with_line_breaks_in_it_is_read_back_exactly(data: st.DataObject, delimiter: str, width: int) -> None:
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\ufeff"), max_size=12)
    row = st.lists(text, min_size=width, max_size=width).filter(lambda row: any(map(str.isalnum, "".join(row))))
    rows = data.draw(st.lists(row | st.just([""] * width), max_size=8))
    quote_all, end = data.draw(st.booleans()), data.draw(st.sampled_from(["\n", "\r\n"]))
    content = f"sep={delimiter}{end}".encode() + written([list(TITLES[:width]), *rows], delimiter, quote_all, end)
    found = read_file(content).rows.rows()
    assert found == [(number, *row) for number, row in enumerate(rows, 3) if any(row)]


@pytest.mark.rule("PIT-08")
def test_mixed_line_ends_do_not_break_the_reader() -> None:
    assert cells('email,name\na@x.fr,"Zoé\nD"\nb@x.fr,Max\rc@x.fr,Ann\n') == [
        (2, "a@x.fr", "Zoé\nD"),
        (3, "b@x.fr", "Max"),
        (4, "c@x.fr", "Ann"),
    ]


@pytest.mark.rule("PIT-08")
def test_rows_that_end_in_cr_below_a_header_that_ends_in_lf_are_all_read() -> None:
    sheet = read_file(b"email,name\ra@x.fr,Zo\rb@x.fr,Max\n")
    assert (sheet.titles, sheet.row_count) == (("email", "name"), 2)


def test_a_column_without_a_title_beside_one_that_is_called_so() -> None:
    sheet = read_file(b"email,name,,column 3\na@x.fr,Zo,1,2\n")
    assert sheet.rows.row(0) == (2, "a@x.fr", "Zo", "1", "2")
    assert len(set(sheet.titles)) == 4


def test_a_quoted_table_with_tabs_is_read() -> None:
    content = written([["email", "name"], ["a@x.fr", "Durand, Zoé"]], "\t", quote_all=True, end="\n")
    assert read_file(content).rows.rows() == [(2, "a@x.fr", "Durand, Zoé")]


def test_a_quoted_delimiter_or_quote_is_text_and_no_blank() -> None:
    sheet = read_file(b'email,name\n",",""""\n')
    assert (sheet.blank_count, sheet.row_count) == (0, 1)
