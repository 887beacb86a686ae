"""Columns of numbers as whole columns: mixed styles, typed cells, locales, rows in any order."""

from decimal import Decimal

import polars as pl
import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.language.languages import LANGUAGES, uses_comma
from pipelines.parsing.numbers.numbers import parse_amounts, parse_averages, parse_counts
from schemas.sentences.note import Note
from tests.pipelines.parsing.numbers.test_numbers import amounts, counts, told
from tests.support.factories import texts


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize("locale", [None, "fr", "en"])
def test_where_rows_prove_both_styles_each_is_read_and_what_could_be_either_is_not(locale: str | None) -> None:
    parsed = parse_amounts(texts("1.234,56", "1,234.56", "1,234", "12"), 2, locale)
    assert told(parsed) == ["1234.56", "1234.56", "AMBIGUOUS_NUMBER", "12"]
    assert parsed.style == "comma and point"
    assert parsed.notes == (Note("NUMBERS_IN_TWO_STYLES"),)


@pytest.mark.parametrize(
    ("column", "evidence"),
    [
        (["1,234", "0.50", "12", "1,5.5", "7.25"], (1, 4)),
        (["1.234", None, "0,50", "1 234,5"], (2, 3)),
        (["12", "1,234"], ()),
        (["1.0", "2.0", "3.0", "4.0"], (0, 1, 2)),
    ],
)
def test_the_rows_that_decided_the_style_are_told(column: list[str | None], evidence: tuple[int, ...]) -> None:
    assert parse_amounts(texts(*column), 2, None).evidence == evidence


@pytest.mark.rule("PIT-21")
def test_typed_cells_are_read_as_they_are_and_prove_nothing_for_text() -> None:
    column = texts("1234.5", "1,234", "-0.25", "12.345", "1.234", "true", "2024-03-01", "#N/A", "#DIV/0!", None)
    typed = pl.Series([True, False, *[True] * 7, False])
    parsed = parse_amounts(column, 2, None, typed)
    told_cells = ["1234.5", "AMBIGUOUS_NUMBER", "-0.25", *["INVALID_NUMBER"] * 6, None]
    assert told(parsed) == told_cells
    assert told(parse_averages(column, None, typed))[3:5] == ["12.345", "1.234"]
    assert parse_amounts(column, 2, "en", typed).values[1] == 1234


def test_the_evidence_of_text_is_told_by_its_place_among_typed_cells() -> None:
    parsed = parse_amounts(texts("5.25", "1.5", "0,50"), 2, None, pl.Series([True, True, False]))
    assert (parsed.evidence, parsed.style, told(parsed)) == ((2,), "comma", ["5.25", "1.5", "0.5"])


@pytest.mark.rule("PIT-28")
def test_typed_counts_are_whole_numbers() -> None:
    parsed = parse_counts(texts("3", "3.0", "3.5", "-1", "1,000"), "en", pl.Series([*[True] * 4, False]))
    assert parsed.values.to_list() == [3, 3, None, None, 1000]
    assert parsed.faults.to_list() == [None, None, "INVALID_NUMBER", "INVALID_NUMBER", None]


@pytest.mark.rule("PIT-28")
@pytest.mark.parametrize(
    ("column", "read"),
    [
        (["1,000"], ["AMBIGUOUS_NUMBER"]),
        (["1.000", "5"], ["AMBIGUOUS_NUMBER", "5"]),
        (["1,000", "1,234"], ["1000", "1234"]),
        (["1,000", "1.234"], ["AMBIGUOUS_NUMBER", "1234"]),
        (["1,000", "1,234", "1.234"], ["AMBIGUOUS_NUMBER", "1234", "1234"]),
        (["1,000", "3,0"], ["1", "3"]),
        (["1,000", "3.0"], ["1000", "3"]),
        (["1,234", "3,0"], ["INVALID_NUMBER", "3"]),
        (["1.000.000", "2.000"], ["1000000", "2000"]),
        (["12 €", "(3)", "3,-", "3%"], ["INVALID_NUMBER"] * 4),
    ],
)
def test_a_round_thousand_of_a_count_is_decided_by_its_column(column: list[str], read: list[str]) -> None:
    assert counts(*column) == read
    assert counts(*reversed(column)) == read[::-1]


@pytest.mark.rule("PIT-28")
@pytest.mark.parametrize(("locale", "value"), [("en", 1000), ("fr", 1)])
def test_where_no_row_decides_a_round_thousand_the_locale_does_with_a_warning(locale: str, value: int) -> None:
    parsed = parse_counts(texts("1,000", "7"), locale)
    assert parsed.values.to_list() == [value, 7]
    assert [note.code for note in parsed.notes] == ["NUMBERS_BY_LOCALE"]


@pytest.mark.rule("PIT-29")
@pytest.mark.parametrize(
    "written", ["9" * 400, "1" + ",000" * 40, "0." + "1" * 400, "-" * 400, "€" * 400, "1e999", "(" * 9 + "1" + ")" * 9]
)
def test_what_is_too_long_is_a_fault_and_no_failure(written: str) -> None:
    for parsed in (parse_amounts(texts(written), 2, None), parse_counts(texts(written))):
        assert parsed.values.to_list() == [None]
        assert parsed.faults[0] is not None
    assert parse_averages(texts("0." + "1" * 400), None).values.to_list() == [Decimal("0.111")]


@pytest.mark.parametrize(
    ("locale", "comma"),
    [("de-CH", False), ("de-AT", True), ("es-MX", False), ("pt-BR", True), ("fr-PL", True), ("xx", None)],
)
def test_a_region_has_its_own_decimal_mark_and_an_unknown_one_that_of_its_language(
    locale: str, comma: bool | None
) -> None:
    assert uses_comma(locale) is comma


CENTS = st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents).scaleb(-2))


@pytest.mark.matrix(3)
@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=30)
@given(column=st.lists(CENTS, max_size=6), marked=st.booleans())
def test_any_amount_written_in_our_languages_is_read_back_exactly(
    language: str, column: list[Decimal], marked: bool
) -> None:
    column = [*column, Decimal("0.50")]
    written = [
        format_currency(amount, "EUR", locale=language) if marked else format_decimal(amount, locale=language)
        for amount in column
    ]
    parsed = parse_amounts(texts(*written), 2, None, currency="EUR")
    assert parsed.values.to_list() == column
    assert parsed.style == ("comma" if uses_comma(language) else "point")


WRITTEN = st.sampled_from(
    [
        *("1,234", "1.234", "0.50", "0,50", "1.234,56", "1,234.56", "12", "1 234", "12 €", "$12", "5.", ".5", "(1,5)"),
        *("1,23,456", "x", "1e3", "n/a", "1,000", "3.0", "3,5", "12€50", "1'234"),
    ]
)


@pytest.mark.slow
@given(st.lists(WRITTEN, max_size=8).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(range(len(rows))))))
def test_no_order_of_rows_changes_what_a_cell_is_read_as(drawn: tuple[list[str], list[int]]) -> None:
    rows, places = drawn
    shuffled = [rows[place] for place in places]
    for locale in (None, "fr", "en"):
        read = amounts(*rows, locale=locale)
        assert amounts(*shuffled, locale=locale) == [read[place] for place in places]
    whole = counts(*rows)
    assert counts(*shuffled) == [whole[place] for place in places]


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(("seen", "mark", "value"), [("comma", ",", "1.234"), ("point", ".", "1234")])
def test_rows_that_are_not_here_decide_what_could_be_either_with_a_warning(seen: str, mark: str, value: str) -> None:
    parsed = parse_amounts(texts("1,234", "5"), 3, None, seen=frozenset({seen}))
    assert told(parsed) == [value, "5"]
    assert parsed.notes == (Note("NUMBERS_BY_COLUMN", found=1, expected=mark),)
