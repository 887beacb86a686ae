"""Counts are whole numbers of zero or more, and no more is read into them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parsing.numbers.numbers import parse_counts
from tests.pipelines.parsing.numbers.number_columns import NARROW, NBSP, counts
from tests.support.factories import texts


@pytest.mark.rule("PIT-28")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3", "3"),
        ("0", "0"),
        ("+3", "3"),
        ("3.0", "3"),
        ("3,00", "3"),
        ("1234", "1234"),
        ("1 234", "1234"),
        (f"1{NBSP}234", "1234"),
        (f"1{NARROW}234", "1234"),
        ("1,234", "1234"),
        ("1.234", "1234"),
        ("1'234", "1234"),
        ("1,234,567", "1234567"),
        ("3.5", "INVALID_NUMBER"),
        ("3,5", "INVALID_NUMBER"),
        ("-3", "INVALID_NUMBER"),
        ("three", "INVALID_NUMBER"),
        ("1 23", "INVALID_NUMBER"),
        ("1234567890123456", "INVALID_NUMBER"),
    ],
)
def test_a_count_is_a_whole_number_of_zero_or_more(written: str, read: str) -> None:
    assert counts(written) == [read]
    assert counts(written, "n/a", "7") == [read, None, "7"]


def test_counts_are_integers() -> None:
    assert parse_counts(texts("3", "3.0", None)).values.dtype == pl.Int64


@pytest.mark.rule("PIT-28")
@given(exact=st.lists(st.integers(0, 10**12), max_size=10), group=st.sampled_from(["", " ", NBSP, NARROW, "'"]))
def test_any_column_of_counts_is_read_back_exactly(exact: list[int], group: str) -> None:
    written = [f"{count:,}".replace(",", group) for count in exact]
    assert counts(*written) == [str(count) for count in exact]
