"""From bytes to rows of text: every cell as written, under the row number that a spreadsheet shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import FileRefused
from pipelines.models.sheet import Sheet
from pipelines.reading.read_file import read_file
from pipelines.reading.text.csv_reader import read_delimited, split_record
from tests.pipelines.reading.texts import DELIMITERS, cells, refusal, written

TITLES = ("email", "Nom", "Prénom *", 'dit "Jo"', "Total dépensé")


@pytest.mark.rule("UP-09", "PIT-01", "PIT-08")
@pytest.mark.parametrize(
    "text",
    [
        "email,name\na@x.fr,Zoé\n",
        "email,name\na@x.fr,Zoé",
        "email,name\r\na@x.fr,Zoé\r\n",
        "email,name\ra@x.fr,Zoé\r",
        "\ufeffemail,name\na@x.fr,Zoé\n",
        "\ufeff\ufeffemail,name\na@x.fr,Zoé\n",
        'email,name\n"a@x.fr","Zoé"\n',
        '"email","name"\n"a@x.fr",Zoé\n',
        " email , name \na@x.fr,Zoé\n",
        "email;name\na@x.fr;Zoé\n",
        "email|name\na@x.fr|Zoé\n",
        "email\tname\na@x.fr\tZoé\n",
    ],
    ids=[
        "lf",
        "no_last_end",
        "crlf",
        "cr",
        "bom",
        "doubled_bom",
        "quoted_cells",
        "quoted_titles",
        "spaced_titles",
        "semicolon",
        "pipe",
        "tab",
    ],
)
def test_the_same_table_gives_the_same_rows_however_it_is_written(text: str) -> None:
    sheet = read_file(text.encode())
    assert sheet.titles == ("email", "name")
    assert sheet.rows.rows() == [(2, "a@x.fr", "Zoé")]


@pytest.mark.rule("PIT-07")
@pytest.mark.parametrize(
    ("delimiter", "text"),
    [
        (";", "sep=;\nemail;name\na@x.fr;Zoé\n"),
        (";", "SEP=;\r\nemail;name\r\na@x.fr;Zoé\r\n"),
        ("|", "\ufeffsep=|\nemail|name\na@x.fr|Zoé\n"),
        ("\t", "sep=\t\nemail\tname\na@x.fr\tZoé\n"),
        (",", "sep=,\nemail,name\na@x.fr,Zoé\n"),
    ],
)
def test_a_sep_line_names_the_delimiter_and_is_a_row_of_its_own(delimiter: str, text: str) -> None:
    sheet = read_file(text.encode())
    assert (sheet.dialect.delimiter, sheet.dialect.header_row) == (delimiter, 2)
    assert sheet.rows.rows() == [(3, "a@x.fr", "Zoé")]


@pytest.mark.rule("PIT-07")
def test_a_sep_line_wins_over_what_the_rows_look_like() -> None:
    assert cells("sep=|\nemail|name\na@x.fr|a;b;c\nb@x.fr|d;e;f\n")[0] == (3, "a@x.fr", "a;b;c")


@pytest.mark.rule("PIT-09")
@pytest.mark.parametrize(
    ("as_written", "as_read"),
    [
        ('"Durand, Zoé"', "Durand, Zoé"),
        ('"dite ""Zoé"""', 'dite "Zoé"'),
        ('""', ""),
        ("", ""),
        ("  Zoé ", "  Zoé "),
        ('Zoé "Zou" Durand', 'Zoé "Zou" Durand'),
        ('{"a": 1; "b": "x y"}', '{"a": 1; "b": "x y"}'),
        ('="0007"', "0007"),
        ('"=""Durand, Zoé"""', "Durand, Zoé"),
        ("Zoé\u00a0D", "Zoé\u00a0D"),
        ("a\u2028b\x85c\x0bd\x0ce", "a\u2028b\x85c\x0bd\x0ce"),
        ("-", "-"),
        ("NULL", "NULL"),
        ("007", "007"),
        ("1e3", "1e3"),
        ("=SUM(A1)", "=SUM(A1)"),
    ],
)
def test_a_cell_is_read_as_it_was_written(as_written: str, as_read: str) -> None:
    found = cells(f"email,name\na@x.fr,{as_written}\nb@x.fr,Max\n")
    assert found == [(2, "a@x.fr", as_read), (3, "b@x.fr", "Max")]


@pytest.mark.rule("PIT-105")
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_titles_say_what_the_delimiter_is_whatever_cells_hold(delimiter: str) -> None:
    other = "," if delimiter != "," else ";"
    rows = "".join(f"a{place}@x.fr{delimiter}a{other} b{other} c{other} d\n" for place in range(5))
    sheet = read_file(f"email{delimiter}name\n{rows}".encode())
    assert (sheet.dialect.delimiter, sheet.rows.height) == (delimiter, 5)
    unknown = read_file(f"aaa{delimiter}bbb\n{rows}".replace("@", "-").encode())
    assert (unknown.dialect.delimiter, unknown.rows.height) == (delimiter, 5)


def test_an_empty_last_cell_is_a_cell_where_the_header_has_a_title_for_it() -> None:
    assert cells("email,name,city\na@x.fr,Zoé,\n") == [(2, "a@x.fr", "Zoé", "")]


def test_a_column_without_a_title_is_called_by_its_place() -> None:
    assert read_file(b"email,,name,\na@x.fr,1,Zo,2\n").titles == ("email", "column 2", "name", "column 4")


def test_a_file_of_one_column_needs_no_delimiter() -> None:
    assert cells("email\na@x.fr\n\nb@x.fr\n") == [(2, "a@x.fr"), (4, "b@x.fr")]


@pytest.mark.rule("PIT-16")
@pytest.mark.parametrize("content", [b"email,name", b"email,name\n", b"email,name\r\n", b"sep=;\nemail;name\n"])
def test_a_header_alone_is_a_file_of_no_rows(content: bytes) -> None:
    sheet = read_file(content)
    assert (sheet.titles, sheet.row_count, sheet.blank_count) == (("email", "name"), 0, 0)


@pytest.mark.rule("PIT-16")
@pytest.mark.parametrize(
    "content", [b"", b"\n", b" \r\n \t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf\n", b',,\n""\n', b"sep=;\n"]
)
def test_a_file_without_any_text_is_refused(content: bytes) -> None:
    assert refusal(content)[0] == "EMPTY_FILE"


@pytest.mark.rule("PIT-15")
@pytest.mark.parametrize(
    ("content", "row"),
    [(b"a@x.fr,Zo\nb@x.fr,Max\n", 1), (b"\nZo;a@x.fr\nMax;b@x.fr\n", 2), (b'"a@x.fr"\n"b@x.fr"\n', 1)],
)
def test_an_address_in_the_first_row_means_that_there_is_no_header(content: bytes, row: int) -> None:
    code, sentence = refusal(content)
    assert code == "NO_HEADER"
    assert f"Row {row} " in sentence
    assert "a@x.fr" in sentence


@pytest.mark.rule("PIT-12")
@pytest.mark.parametrize(
    "header", ["email,name,email", "email,name,EMAIL", "email,name, Email ", 'email,"name","name"', "É,email,é"]
)
def test_a_title_that_repeats_names_each_of_its_columns(header: str) -> None:
    assert len(set(read_file(f"{header}\n1,2,3\n".encode()).titles)) == 3


@pytest.mark.rule("RF-01", "PIT-17")
@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\nemail,name\n",
        b"\x1f\x8b\x08 compressed",
        b"\x28\xb5\x2f\xfd compressed",
        bytes(range(256)) * 40,
    ],
    ids=["pdf", "gzip", "zstd", "binary"],
)
def test_what_is_not_text_is_refused_by_its_content(content: bytes) -> None:
    assert refusal(content)[0] == "INVALID_FILE_FORMAT"


@pytest.mark.rule("AMB-29")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "name", "byte"), [("cp1250", "Łódź", "0xa3"), ("cp852", "Żółć", "0xbd"), ("utf-16-le", "Ø", "0xd8")]
)
def test_text_that_is_not_utf_8_is_refused_with_byte_and_row(end: str, encoding: str, name: str, byte: str) -> None:
    rows = [b"email,name", b"a@x.fr,Max", b"b@x.fr," + name.encode(encoding), b""]
    code, sentence = refusal(end.encode().join(rows))
    assert code == "ENCODING_UNDECIDABLE"
    assert f"byte {byte} in row 3" in sentence


@pytest.mark.parametrize(("content", "encoding"), [(b"email\nx\n", "utf-8"), (b"\xef\xbb\xbfemail\nx\n", "utf-8-sig")])
def test_the_encoding_found_is_told(content: bytes, encoding: str) -> None:
    assert read_file(content).dialect.encoding == encoding


@pytest.mark.parametrize(("language", "word"), [("en", "text"), ("fr", "vide"), ("pl", "pusty")])
def test_a_refusal_speaks_the_senders_language(language: str, word: str) -> None:
    with pytest.raises(FileRefused, match=word):
        read_file(b"", language)


@pytest.mark.rule("PIT-05", "PIT-06")
@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b;c\n1,5;2,5;x\n1,5;2,5;x\n", ";"),
        ("a;b\n6:30;First, second developer\n7:30;Third\n", ";"),
        ("a;b;c\nx;y, z;1 234,56\nx;y, z;1 234,56\n", ";"),
        ('a,b\n"1;2;3;4",x\n"1;2;3;4",y\n', ","),
        ("a|b\n1,2|x\n3|y\n", "|"),
        ("a\tb\n1, 2; 3\tx\n", "\t"),
        ("a\n1\n", ","),
    ],
)
def test_commas_in_text_do_not_fool_the_delimiter(text: str, delimiter: str) -> None:
    assert read_file(text.encode()).dialect.delimiter == delimiter


@pytest.mark.rule("UP-09")
@pytest.mark.parametrize("delimiter", ",;|")
def test_a_table_gives_identical_rows_in_every_delimiter(delimiter: str) -> None:
    table = [["email", "name", "note"], ["a@x.fr", "Durand, Zoé", "5;6|7"], ["b@x.fr", "", 'dite "Z"']]
    sheet = read_file(written(table, delimiter, quote_all=True))
    assert sheet.rows.rows() == [(2, *table[1]), (3, *table[2])]


def test_the_cells_of_a_record_are_split_as_the_reader_splits_them() -> None:
    assert split_record('a;"b;c";"d ""e"""', ";") == ["a", "b;c", 'd "e"']


# NUL and lone surrogates cannot be text, a byte order mark is invisible, lines end where a line ends
FORBIDDEN = "\x00\r\n\ufeff"


def table_rows(width: int, also_without: str = "") -> st.SearchStrategy[list[list[str]]]:
    """Rows of any text: blank ones have blank cells only, the others a letter or digit somewhere."""
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=FORBIDDEN + also_without), max_size=12)
    row = st.lists(text, min_size=width, max_size=width).filter(lambda row: any(map(str.isalnum, "".join(row))))
    return st.lists(row | st.just([""] * width), max_size=8)


def expected(rows: list[list[str]], header_row: int) -> list[tuple[int | str, ...]]:
    return [(number, *row) for number, row in enumerate(rows, header_row + 1) if any(row)]


@given(data=st.data(), delimiter=st.sampled_from(",;|"), width=st.integers(1, 5))
def test_any_table_under_a_sep_line_is_read_back_exactly(data: st.DataObject, delimiter: str, width: int) -> None:
    rows = data.draw(table_rows(width))
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quote_all = data.draw(st.booleans())
    content = f"sep={delimiter}{end}".encode() + written([TITLES[:width], *rows], delimiter, quote_all, end)
    sheet = read_delimited(content)
    assert sheet.titles == TITLES[:width]
    assert sheet.rows.rows() == expected(rows, header_row=2)
    assert sheet.blank_count == sum(not any(row) for row in rows)
    assert sheet.faulty.is_empty()


@given(data=st.data(), delimiter=st.sampled_from(DELIMITERS), width=st.integers(1, 5))
def test_any_table_without_other_delimiters_in_it_is_read_back_exactly(
    data: st.DataObject, delimiter: str, width: int
) -> None:
    rows = data.draw(table_rows(width, also_without=DELIMITERS.replace(delimiter, "")))
    bom = data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    sheet = read_delimited(bom + written([TITLES[:width], *rows], delimiter, end=end))
    assert sheet.rows.rows() == expected(rows, header_row=1)


@given(widths=st.lists(st.integers(1, 6), max_size=20))
def test_every_row_below_the_header_is_read_or_blank_or_ragged(widths: list[int]) -> None:
    lines = ["a,b,c", *(",".join("x" * width) for width in widths)]
    sheet: Sheet = read_file("\n".join(lines).encode())
    numbers = sheet.rows["row_number"].to_list() + sheet.faulty["row_number"].to_list()
    assert sorted(numbers) == list(range(2, len(widths) + 2))
    assert sheet.rows.height == widths.count(3)
