"""What all parsers share: white space, blanks, and a conditional over columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models.parsed_column import cleaned, in_parallel, no_faults, nowhere, when, without_blanks
from tests.support.factories import texts


@pytest.mark.rule("PIT-18", "PIT-51")
@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("Zoé Durand", "Zoé Durand"),
        ("  Zoé   Durand ", "Zoé Durand"),
        ("Zoé\u00a0Durand", "Zoé Durand"),
        ("\u202fZoé\u2009Durand\u3000", "Zoé Durand"),
        ("Zoé\r\n\tDurand", "Zoé Durand"),
        ("a@x.fr\u200b", "a@x.fr"),
        ("\ufeffa@x.fr", "a@x.fr"),
        ("Łukasz 😀", "Łukasz 😀"),
        ("NULL", "NULL"),
        ("-", "-"),
        ("", None),
        ("   ", None),
        ("\u00a0\u200b", None),
        (None, None),
    ],
)
def test_white_space_is_collapsed_and_nothing_else(written: str | None, clean: str | None) -> None:
    assert cleaned(texts(written, "x")).to_list() == [clean, "x"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_cleaning_twice_changes_nothing_more(written: list[str]) -> None:
    once = cleaned(texts(*written))
    assert cleaned(once).equals(once)


@pytest.mark.rule("PIT-26")
@pytest.mark.parametrize("token", ["-", "—", "–", "n/a", "N/A", "na", "#N/A", "NULL", "None", "NaN"])
def test_the_tokens_for_no_value_are_an_explicit_list(token: str) -> None:
    assert without_blanks(texts(token, "0", None)).to_list() == [None, "0", None]


@pytest.mark.rule("PIT-26")
@pytest.mark.parametrize("text", ["nil", "none at all", "--", "0", "?", "inf"])
def test_what_is_not_in_the_list_stays(text: str) -> None:
    assert without_blanks(texts(text)).to_list() == [text]


def test_a_condition_that_is_unknown_is_false() -> None:
    condition = texts("yes", "no", None) == "yes"
    assert when(condition, "then", texts("a", "b", "c")).to_list() == ["then", "b", "c"]


def test_text_in_a_condition_is_text_and_no_column() -> None:
    assert when(texts("x") == "x", "email", None).to_list() == ["email"]


@pytest.mark.parametrize("height", [0, 1, 3])
def test_a_column_without_faults_has_one_null_per_row(height: int) -> None:
    column = texts(*["x"] * height)
    assert no_faults(column).to_list() == [None] * height
    assert nowhere(column).to_list() == [False] * height


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_steps_in_parallel_keep_the_order_of_their_items(size: int) -> None:
    assert in_parallel(lambda number: number * 2, range(50), size) == list(range(0, 100, 2))
