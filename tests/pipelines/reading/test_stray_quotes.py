"""Quotes where none may stand cost their row and no other, or refuse the file."""

import pytest

from pipelines.errors import FileRefused
from pipelines.reading.read_file import read_file
from tests.pipelines.reading.texts import DELIMITERS, cells, refusal, written


@pytest.mark.rule("PIT-105")
@pytest.mark.parametrize(
    "cell",
    [
        'Du"rand',
        'Zoé"',
        '"Zoé" Durand',
        '"dite "Zoé" Durand"',
        '5" de pluie',
        'Zoé "Zou Durand',
        '"Durand\n"Zoé',
        '="Zoé',
    ],
)
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_a_quote_where_none_may_stand_costs_its_row_and_no_other(cell: str, delimiter: str) -> None:
    rows = [["email", "name"], ["a@x.fr", "-"], ["b@x.fr", f'Durand{delimiter} "Zoé"'], ["c@x.fr", "Max"]]
    text = written(rows, delimiter).decode().replace("-", cell)
    try:
        sheet = read_file(text.encode())
    except FileRefused as refused:
        assert "\n" in cell
        assert refused.reason.code == "CORRUPT_FILE"
        return
    assert sheet.rows.rows() == [(3, "b@x.fr", f'Durand{delimiter} "Zoé"'), (4, "c@x.fr", "Max")]
    assert sheet.faulty.select("row_number", "code", "found").rows() == [(2, "STRAY_QUOTE", text.splitlines()[1])]


@pytest.mark.rule("PIT-105")
def test_signs_for_inches_are_text_where_several_rows_have_them() -> None:
    text = 'email,name\na@x.fr,5" pipe\nb@x.fr,"Durand, ""Zoé"""\nc@x.fr,Tube 12"\n'
    assert cells(text) == [(2, "a@x.fr", '5" pipe'), (3, "b@x.fr", 'Durand, "Zoé"'), (4, "c@x.fr", 'Tube 12"')]


@pytest.mark.rule("PIT-105")
def test_a_quote_that_closes_what_nothing_opened_costs_the_row_above_too() -> None:
    text = 'email,name,city\na@x.fr,Zoé,Pa\nris"\nb@x.fr,"Max",Lyon\n'
    sheet = read_file(text.encode())
    assert sheet.faulty.select("row_number", "code").rows() == [(2, "STRAY_QUOTE"), (3, "STRAY_QUOTE")]
    assert sheet.rows["email"].to_list() == ["b@x.fr"]


@pytest.mark.rule("PIT-105")
def test_a_quoted_cell_that_holds_whole_rows_refuses_the_file() -> None:
    text = 'email,name,city\na@x.fr,Zoé,"Paris\nb@x.fr,Max,Lyon\nc@x.fr,Ann,Lille"\n'
    assert refusal(text.encode())[0] == "CORRUPT_FILE"


@pytest.mark.rule("PIT-105")
def test_titles_with_a_stray_quote_refuse_the_file() -> None:
    assert refusal(b'email,na"me\na@x.fr,Max\n')[0] == "CORRUPT_FILE"


@pytest.mark.rule("PIT-09")
@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('email,name\na@x.fr,Zoé\nb@x.fr,"Max\nc@x.fr,Ann\n', 3),
        ('email,"name\na@x.fr,Zoé\n', 1),
        ('email,name\na@x.fr,"Zoé', 2),
        ('email,name\n\na@x.fr,5 "x" pipe\nb@x.fr,"Zoé\n', 4),
    ],
)
def test_a_quote_that_is_never_closed_refuses_the_file_and_names_its_row(text: str, row: int) -> None:
    code, sentence = refusal(text.encode())
    assert code == "CORRUPT_FILE"
    assert f"row {row} " in sentence
