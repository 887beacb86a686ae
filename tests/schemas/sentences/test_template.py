"""Sentences with gaps: what stands in them, and which of them are written wrongly."""

from decimal import Decimal

import pytest

from schemas.sentences.template import filled, gaps, parsed


def told(text: str, language: str = "en", **parameters: object) -> str:
    return filled(parsed(text), language, parameters)


ROWS = {
    "en": "{found, plural, one {# row was} other {# rows were}} read",
    "fr": "{found, plural, one {# ligne a été lue} other {# lignes ont été lues}}",
    "pl": "{found, plural, one {# wiersz} few {# wiersze} many {# wierszy}}",
}


@pytest.mark.parametrize(
    ("language", "count", "sentence"),
    [
        ("en", 0, "0 rows were read"),
        ("en", 1, "1 row was read"),
        ("en", 1234, "1,234 rows were read"),
        ("fr", 0, "0 ligne a été lue"),
        ("fr", 1, "1 ligne a été lue"),
        ("fr", 2, "2 lignes ont été lues"),
        ("pl", 1, "1 wiersz"),
        ("pl", 2, "2 wiersze"),
        ("pl", 5, "5 wierszy"),
        ("pl", 12, "12 wierszy"),
        ("pl", 22, "22 wiersze"),
        ("pl", 112, "112 wierszy"),
    ],
)
def test_a_count_takes_the_form_of_its_language(language: str, count: int, sentence: str) -> None:
    assert told(ROWS[language], language, found=count) == sentence


def test_gaps_within_a_form_are_filled_too() -> None:
    text = "{n, plural, one {# cell of {title, quoted}} other {# cells of {title, quoted}}}."
    assert told(text, n=2, title="Total") == "2 cells of “Total”."
    assert {gap.name for gap in gaps(parsed(text))} == {"n", "title"}


def test_several_values_are_quoted_one_by_one() -> None:
    assert told("{found, quoted}", "fr", found=["a", "b, c"]) == "«\u202fa\u202f», «\u202fb, c\u202f»"


@pytest.mark.parametrize("text", ["{found}", "{found, quoted}", "{found, number}", ROWS["en"].removesuffix(" read")])
def test_a_gap_for_which_there_is_nothing_reads_as_a_dash(text: str) -> None:
    assert told(text) == told(text, found=None) == told(text, found="") == "–"


def test_what_is_no_number_stands_as_it_is_where_a_number_was_expected() -> None:
    assert told(ROWS["en"], found="as many as there are") == "as many as there are read"
    assert told("{found, number}", found="1.5") == "1.5"


def test_the_text_of_a_number_is_a_number() -> None:
    assert told(ROWS["en"], found="3") == "3 rows were read"


def test_braces_and_hashes_of_a_value_are_left_alone() -> None:
    assert told("{found, quoted} # {n, plural, one {# {found}} other {}}", found="{#}", n=1) == "“{#}” # 1 {#}"


def test_a_change_of_an_amount_shows_its_sign() -> None:
    assert told("{amount, signed}", "fr", amount=Decimal("1250.50")) == "+1\u202f250,50"


@pytest.mark.parametrize(
    "text", ["{found", "found}", "{found, plural, one {# row}", "{found, quote}", "{found, plural, one {#} and other}"]
)
def test_a_sentence_that_is_written_wrongly_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"brace|gap|form"):
        parsed(text)
