"""Tails of binary numbers: taken off where nothing else is lost, left alone where somebody wrote the digits."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parsing.numbers.binary_tails import without_tails
from pipelines.parsing.numbers.numbers import parse_amounts


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("99.98999999999999", "99.99"),
        ("0.30000000000000004", "0.3"),
        ("-59.970000000000006", "-59.97"),
        ("1234567.8900000001", "1234567.89"),
        ("100.00000000000001", "100"),
        ("9.999999999999998", "10"),
        ("12.50", "12.50"),
        ("0.3333333333333333", "0.3333333333333333"),
        ("1234567890123.4567", "1234567890123.4567"),
        ("12.50000000000000000001", "12.50000000000000000001"),
        ("12.000001", "12.000001"),
        ("12345678901234567", "12345678901234567"),
    ],
)
def test_only_the_noise_of_a_binary_number_goes(text: str, read: str) -> None:
    assert without_tails(pl.Series([text])).to_list() == [read]


@given(st.integers(-(10**9), 10**9), st.integers(1, 200))
def test_sums_that_a_program_printed_are_the_amounts_they_stand_for(hundredths: int, parts: int) -> None:
    printed = repr(sum([hundredths / 100 / parts] * parts))
    if "e" not in printed:
        values = parse_amounts(pl.Series([printed]), 2, None).values
        assert values.to_list() in ([Decimal(hundredths) / 100], [None])


def test_a_tail_reads_the_same_with_a_decimal_comma() -> None:
    parsed = parse_amounts(pl.Series(["99,98999999999999", "12,50"]), 2, "fr")
    assert parsed.values.to_list() == [Decimal("99.99"), Decimal("12.5")]


def test_too_many_decimals_that_are_no_tail_stay_a_fault() -> None:
    assert parse_amounts(pl.Series(["99.989", "0.123456789012345"]), 2, None).faults.null_count() == 0
