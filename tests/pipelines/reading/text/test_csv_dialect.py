"""Delimiters, quotes and escapes as senders write them."""

import pytest

from pipelines.errors import FileRefused, WrongUse
from pipelines.models.sheet import ReadingOptions
from pipelines.reading.text.csv_reader import read_delimited


def rows(text: str, delimiter: str | None = None) -> list[tuple[int | str, ...]]:
    return read_delimited(text.encode(), told=ReadingOptions(delimiter=delimiter)).rows.rows()


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(FileRefused) as refused:
        read_delimited(text.encode())
    return refused.value.reason.code, refused.value.reason.message


@pytest.mark.rule("PIT-07")
@pytest.mark.parametrize("named", ["sep=\t", "sep=\\t"])
def test_a_sep_line_may_name_the_tab(named: str) -> None:
    assert rows(f"{named}\nemail\tname\na@x.fr\tx;y\n") == [(3, "a@x.fr", "x;y")]


@pytest.mark.rule("PIT-05")
def test_equal_scores_are_decided_by_known_titles() -> None:
    assert rows("email;x,name\na@x.fr;1,2\n")[0][1:] in (("a@x.fr", "1,2"), ("a@x.fr;1", "2"))
    assert read_delimited(b"zz,x;email\n1,2;a\n").titles == ("zz,x", "email")


@pytest.mark.rule("PIT-05")
@pytest.mark.parametrize("told", [":", "^", "~"])
def test_a_told_delimiter_wins(told: str) -> None:
    assert rows(f"email{told}name\na@x.fr{told}x,y;z\n", told) == [(2, "a@x.fr", "x,y;z")]


@pytest.mark.parametrize("told", ["", "||", "a", '"', "é"])
def test_a_told_delimiter_that_cannot_be_one_is_wrong_use(told: str) -> None:
    with pytest.raises(WrongUse):
        rows("email,name\na@x.fr,Zo\n", told)


@pytest.mark.rule("PIT-09")
def test_backslash_escapes_are_read_where_the_file_has_them() -> None:
    text = 'email;name\na@x.fr;"dite \\"Zo; \\" "\nb@x.fr;"C:\\new \\\\ x"\n'
    assert rows(text) == [(2, "a@x.fr", 'dite "Zo; " '), (3, "b@x.fr", "C:\\new \\ x")]


@pytest.mark.rule("PIT-09")
def test_an_escaped_delimiter_is_text_where_the_rows_prove_it() -> None:
    assert rows("email,name\na@x.fr,Durand\\, Zo\nb@x.fr,Max\n")[0] == (2, "a@x.fr", "Durand, Zo")


@pytest.mark.rule("PIT-09")
@pytest.mark.parametrize("cell", ["C:\\new", "a\\b\\", '"C:\\dir\\"'])
def test_a_backslash_is_text_elsewhere(cell: str) -> None:
    assert rows(f"email,name\na@x.fr,{cell}\nb@x.fr,Max\n")[0] == (2, "a@x.fr", cell.strip('"'))


def test_single_quotes_enclose_cells_only_where_every_row_has_them() -> None:
    assert rows("email;name\n'a@x.fr';'x;y'\n'b@x.fr';'z'\n") == [(2, "a@x.fr", "x;y"), (3, "b@x.fr", "z")]
    assert rows("email;name\na@x.fr;'t Hooft'\nb@x.fr;Max\n")[0] == (2, "a@x.fr", "'t Hooft'")


def test_a_space_before_a_quote_is_no_part_of_the_cell_where_the_rows_prove_it() -> None:
    assert rows('email, name\na@x.fr, "Durand, Zo"\n') == [(2, "a@x.fr", "Durand, Zo")]


@pytest.mark.rule("PIT-09")
def test_a_quote_that_swallows_rows_refuses_the_file() -> None:
    code, sentence = refusal('email,name\na@x.fr,"Zo\nb@x.fr,Max\nc@x.fr,"Ann"\n')
    assert code == "CORRUPT_FILE"
    assert "row 2 " in sentence


@pytest.mark.rule("PIT-105")
def test_one_bad_row_does_not_change_how_the_others_are_enclosed() -> None:
    sheet = read_delimited(b"email;name\n'a@x.fr';'x;y'\n'b@x.fr';'O'Neil'\n'c@x.fr';'z'\n'd@x.fr';'\"q\"'\n")
    assert sheet.rows.rows() == [(2, "a@x.fr", "x;y"), (4, "c@x.fr", "z"), (5, "d@x.fr", '"q"')]
    assert sheet.faulty.select("row_number", "code").rows() == [(3, "STRAY_QUOTE")]


@pytest.mark.rule("PIT-09")
def test_escapes_are_found_in_records_that_span_lines() -> None:
    text = 'email;name\n"a@x.fr";"dite \\"Zo\\", la\n\\"grande\\""\n"b@x.fr";"Max"\n'
    assert rows(text) == [(2, "a@x.fr", 'dite "Zo", la\n"grande"'), (3, "b@x.fr", "Max")]


@pytest.mark.rule("PIT-10")
def test_a_delimiter_after_the_last_title_is_no_column_where_no_row_has_it() -> None:
    sheet = read_delimited(b"email,name,\na@x.fr,Zo\nb@x.fr,Max\n")
    assert (sheet.titles, sheet.rows.height, sheet.faulty.height) == (("email", "name"), 2, 0)


@pytest.mark.rule("PIT-10")
def test_empty_cells_at_the_end_of_all_rows_are_tolerated() -> None:
    sheet = read_delimited(b"email,name\n" + b"a@x.fr,Zo,\n" * 5)
    assert (sheet.rows.height, sheet.faulty.height) == (5, 0)


def test_comment_lines_are_rows_like_others() -> None:
    sheet = read_delimited(b"email,name\na@x.fr,Zo\n# a comment\n")
    assert sheet.faulty["row_number"].to_list() == [3]


def test_the_dos_end_of_file_is_no_row() -> None:
    assert read_delimited(b"email,name\na@x.fr,Zo\n\x1a").row_count == 1
