"""Numbers, plural forms and quotes of the languages that senders are told things in."""

from decimal import Decimal

import pytest
from babel import Locale

from schemas.sentences.languages import WRITTEN

COUNTS = [*range(250), 1_000, 1_001, 1_002, 10_022, 999_999, 2_000_003]


@pytest.mark.parametrize("language", WRITTEN)
def test_every_number_takes_the_form_that_the_rules_of_unicode_give_it(language: str) -> None:
    rules = Locale(language).plural_form
    assert [WRITTEN[language].form_of(count) for count in COUNTS] == [rules(count) for count in COUNTS]


@pytest.mark.parametrize("language", WRITTEN)
def test_a_language_has_the_forms_that_its_numbers_take(language: str) -> None:
    assert {WRITTEN[language].form_of(count) for count in COUNTS} == {*WRITTEN[language].forms}


@pytest.mark.parametrize(
    ("language", "number", "told"),
    [
        ("en", 999, "999"),
        ("en", 1234, "1,234"),
        ("en", Decimal("1234567.50"), "1,234,567.50"),
        ("fr", 1234, "1\u202f234"),
        ("fr", Decimal("0.50"), "0,50"),
        ("pl", 1234, "1234"),
        ("pl", 12345, "12\u00a0345"),
        ("pl", Decimal("-12345.5"), "-12\u00a0345,5"),
        ("en", Decimal("1E+3"), "1,000"),
        ("en", 0, "0"),
    ],
)
def test_a_number_has_the_marks_of_its_language(language: str, number: int | Decimal, told: str) -> None:
    assert WRITTEN[language].number(number) == told


@pytest.mark.parametrize(("amount", "told"), [("12.50", "+12.50"), ("-3", "-3"), ("1000", "+1,000"), ("0", "+0")])
def test_a_change_shows_its_sign(amount: str, told: str) -> None:
    assert WRITTEN["en"].number(Decimal(amount), "+") == told


@pytest.mark.parametrize(("language", "told"), [("en", "“12 / 3”"), ("fr", "«\u202f12 / 3\u202f»"), ("pl", "„12 / 3”")])
def test_a_value_stands_in_the_quotes_of_its_language(language: str, told: str) -> None:
    assert WRITTEN[language].quoted("12 / 3") == told
