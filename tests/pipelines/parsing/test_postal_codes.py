"""Postal codes stay text; zeros come back only where a workbook took them away (PIT-54)."""

import polars as pl
import pytest

from pipelines.parsing.postal_codes import parse_postal_codes
from schemas.sentences.note import Note
from tests.support.factories import texts


def read(text: str, country: str | None, typed: bool = True) -> str | None:
    return parse_postal_codes(texts(text), texts(country), None, pl.Series([typed])).values[0]


@pytest.mark.rule("PIT-54")
@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("1000", "FR", "01000"),
        ("1000.0", "FR", "01000"),
        ("75001", "FR", "75001"),
        ("1067", "DE", "01067"),
        ("501", "US", "00501"),
        ("2134", "US", "02134"),
        ("100", "IT", "00100"),
        ("8001", "ES", "08001"),
        ("950", "PL", "00950"),
        ("150", "NO", "0150"),
        ("600000", "JP", "0600000"),
    ],
)
def test_a_number_cell_gets_its_zeros_back_by_the_rule_of_its_country(written: str, country: str, code: str) -> None:
    assert read(written, country) == code


@pytest.mark.parametrize(
    ("written", "country"),
    [("1000", "CH"), ("1000", "BE"), ("1000", None), ("123", "FR"), ("12", "US"), ("123456", "FR")],
)
def test_nothing_is_restored_where_no_rule_says_so(written: str, country: str | None) -> None:
    assert read(written, country) == written


@pytest.mark.rule("UP-23")
@pytest.mark.parametrize("written", ["1000", "1000.0", "SW1A 1AA", "00-950", "01000"])
def test_text_stays_as_it_is(written: str) -> None:
    assert read(written, "FR", typed=False) == written


@pytest.mark.rule("PIT-54")
def test_the_count_of_restored_codes_is_told() -> None:
    parsed = parse_postal_codes(texts("1000", "75001", "2000", None), None, "FR", pl.Series([True] * 4))
    assert parsed.values.to_list() == ["01000", "75001", "02000", None]
    assert parsed.notes == (Note("LEADING_ZERO_RESTORED", found=2, expected="01000"),)


def test_the_country_of_the_row_goes_before_that_of_the_source() -> None:
    parsed = parse_postal_codes(texts("1000", "1000"), texts("CH", None), "FR", pl.Series([True, True]))
    assert parsed.values.to_list() == ["1000", "01000"]


def test_a_column_of_text_has_no_warnings() -> None:
    parsed = parse_postal_codes(texts("1000", None), None, "FR", None)
    assert (parsed.values.to_list(), parsed.notes) == (["1000", None], ())
