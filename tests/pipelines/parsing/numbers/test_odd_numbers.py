"""Numbers and dates that look like others: digits of other scripts, round thousands, days that are none."""

import pytest

from pipelines.parsing.dates.dates import parse_dates
from pipelines.parsing.numbers.numbers import parse_amounts, parse_counts
from tests.support.factories import codes_by_row, texts, validated


@pytest.mark.rule("PIT-26")
@pytest.mark.parametrize("digits", ["١٢٣", "１２３"], ids=["arabic_indic", "full_width"])
@pytest.mark.parametrize("beside", [None, "x", "1,5"])
def test_digits_of_another_script_are_a_fault_of_their_row_alone(digits: str, beside: str | None) -> None:
    column = texts(digits, beside)
    for parsed in (parse_amounts(column, 2, None), parse_counts(column)):
        assert parsed.values[0] in (None, 123)
        assert parsed.faults[0] == (None if parsed.values[0] else "INVALID_NUMBER")


@pytest.mark.parametrize("day", ["٢٠٢٤-٠١-٠١", "０１/０２/２０２４"])
def test_dates_in_digits_of_another_script_are_a_fault_of_their_row_alone(day: str) -> None:
    assert parse_dates(texts(day, "13/01/2024"), None).faults.to_list() == ["INVALID_DATE", None]


@pytest.mark.rule("PIT-28")
@pytest.mark.parametrize("written", ["1,000", "1.000", "12,000"])
def test_a_count_in_round_thousands_is_never_read_as_its_thousandth(written: str) -> None:
    parsed = parse_counts(texts(written, "1,234"))
    assert parsed.values[0] in (None, int(written.replace(",", "").replace(".", "")))


def test_the_year_zero_is_no_day_of_the_calendar() -> None:
    text = "email,name,first_payment_date,last_payment_date\na@x.fr,A,0000-02-01,0000-01-01\nb@x.fr,B,2024-01-01,\n"
    assert "INVALID_DATE" in codes_by_row(validated(text))[2]


@pytest.mark.rule("PIT-34")
def test_a_number_that_is_neither_day_nor_month_proves_no_order() -> None:
    parsed = parse_dates(texts("01/02/2024", "99/99/2024"), "fr")
    assert parsed.faults.to_list() == [None, "INVALID_DATE"]
