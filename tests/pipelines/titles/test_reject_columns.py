"""Our columns in a file that comes back: recognised, taken off, and text that no spreadsheet runs (PIT-61)."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models.sheet import ROW, ReadingOptions, Sheet
from pipelines.reading.read_file import read_file
from pipelines.titles.reject_columns import (
    IMPORT,
    NUMBER,
    OWN_TITLES,
    REASONS,
    doubly_guarded,
    guarded,
    names_origins,
    take_off,
    unguarded,
)

ID = "shop-0123456789ab"


def through(text: str, *steps: object) -> str:
    rows = pl.DataFrame({"text": [text]})
    for step in steps:
        rows = rows.select(step(pl.col("text")))  # type: ignore[operator]  # a function, parametrised
    return str(rows["text"][0])


def taken(text: str, told: ReadingOptions | None = None) -> Sheet:
    return take_off(read_file(text.encode(), "en", told))


@pytest.mark.rule("PIT-61")
@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "=1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "-2+3",
        "+A1",
        "-cmd",
        "＝1+1",
        "'=1",
        "''=1",
        "-",
        "+33-1-2",
    ],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert through(text, guarded) == "'" + text
    assert through(text, guarded, unguarded) == text


@pytest.mark.rule("PIT-61")
@pytest.mark.parametrize(
    "text", ["-12,00", "-1 234.50", "+33 1 23 45 67 89", "+33(0)123", "-5 €", "'tis", "007", "", "a=b"]
)
def test_numbers_phones_and_plain_text_stay_as_they_are(text: str) -> None:
    assert through(text, guarded) == text
    assert through(text, guarded, unguarded) == text


@pytest.mark.rule("PIT-61")
@given(st.text(st.sampled_from("'=+-@\t\r\n 1a,．＝"), max_size=6) | st.text(max_size=20))
def test_any_text_comes_back_from_its_guard(text: str) -> None:
    assert through(text, guarded, unguarded) == text
    assert through(text, doubly_guarded, unguarded) == text
    assert through(text, doubly_guarded, guarded, unguarded, unguarded) == text


def test_our_columns_are_recognised_in_any_case_and_place() -> None:
    assert names_origins(["Mail", IMPORT.upper(), f" {NUMBER} "])
    assert not names_origins(["Mail", IMPORT, REASONS])
    sheet = taken(f"{NUMBER},email,{IMPORT}\n7,a@x.fr,{ID}\n")
    assert (sheet.titles, sheet.rows.rows()) == (("email",), [(2, "a@x.fr")])
    assert sheet.origins.rows() == [(2, ID, 7, False)]


def test_a_file_without_our_columns_is_left_alone() -> None:
    sheet = read_file(b"email,name\n'=a@x.fr,A\n")
    assert take_off(sheet) is sheet


def test_rows_that_say_nothing_legible_of_their_origin_are_new() -> None:
    said = [(ID, "3"), (ID, "3.0"), ("", ""), (ID, "x"), ("nonsense", "3"), (f"{ID}-2", "4")]
    lines = [f"c{place}@x.fr,r,{identity},{number}" for place, (identity, number) in enumerate(said)]
    sheet = taken(f"email,{','.join(OWN_TITLES)}\n" + "\n".join(lines) + "\n")
    assert sheet.rows.height == 6
    assert sheet.origins.select("origin_import_id", "origin_row_number").rows() == [(ID, 3), (ID, 3), (f"{ID}-2", 4)]


def test_emptied_reasons_confirm_a_row() -> None:
    sheet = taken(f"email,{','.join(OWN_TITLES)}\na@x.fr,,{ID},3\nb@x.fr,why,{ID},4\n")
    assert sheet.origins["confirmed"].to_list() == [True, False]


@pytest.mark.rule("PIT-10")
def test_a_row_with_a_cell_too_many_keeps_its_origin_and_its_width_is_the_senders() -> None:
    sheet = taken(f"email,name,{','.join(OWN_TITLES)}\na@x.fr,A,B,why,{ID},3\n")
    assert sheet.faulty.rows() == [(2, "WRONG_FIELD_COUNT", "3", ["a@x.fr", "A", "B"])]
    assert sheet.origins.rows() == [(2, ID, 3, False)]


def test_a_row_added_without_cells_for_our_columns_is_a_new_one() -> None:
    sheet = taken(f"email,name,{','.join(OWN_TITLES)}\na@x.fr,A,why,{ID},3\nb@x.fr,B\n")
    assert sheet.rows.rows() == [(2, "a@x.fr", "A"), (3, "b@x.fr", "B")]
    assert sheet.faulty.is_empty()


def test_a_row_whose_own_cells_were_emptied_is_blank() -> None:
    sheet = taken(f"email,name,{','.join(OWN_TITLES)}\n,,why,{ID},3\nb@x.fr,B,why,{ID},4\n")
    assert (sheet.rows[ROW].to_list(), sheet.blank_count, sheet.origins.height) == ([3], 1, 1)


def test_the_title_row_of_a_reject_file_is_beyond_doubt() -> None:
    text = f"Reference nobody knows,{','.join(OWN_TITLES)}\nx,why,{ID},3\ny,why,{ID},4\n"
    assert taken(text, ReadingOptions(header_row=3)).rows.height == 2
