"""A column that looks like money and is left out is told in words of its own; other numbers are not."""

import pytest

from schemas.codes import to_be_looked_at
from tests.support.factories import terms, validated


def warned(title: str, *values: str) -> bool:
    rows = "".join(f"c{place}@example.com;Customer;{value}\n" for place, value in enumerate(values))
    validation = validated(f"Email;Name;{title}\n{rows}")
    found = [note for note in validation.warnings if note.code == "MONEY_LEFT_OUT"]
    assert bool(found) == to_be_looked_at(note.code for note in validation.warnings)
    assert not found or not any(note.code == "COLUMNS_NOT_RECOGNISED" for note in validation.warnings)
    return bool(found)


@pytest.mark.rule("PIT-107")
@pytest.mark.parametrize(
    ("title", "values"),
    [
        ("Takings", ["12.50", "99.90", "1,200.00"]),
        ("Einnahmen bisher", ["12,50", "1.299,90", "0,99"]),
        ("Moolah", ["$12", "$99", "$7"]),
        ("Wpływy razem", ["12 zł", "7 zł", "100 zł"]),
        ("Something (EUR)", ["12", "7", "100"]),
        ("Total spent (mil)", ["12", "3.5", "1"]),
        ("Amount of everything", ["12", "7", "100"]),
        ("Zebrane (tys. zł)", ["12", "7", "3"]),
    ],
)
def test_a_column_that_looks_like_money_is_told_in_its_own_words(title: str, values: list[str]) -> None:
    assert warned(title, *values)


@pytest.mark.parametrize(
    ("title", "values"),
    [
        ("Quantity", ["12", "7", "100"]),
        ("Reference", ["1001", "1002", "1003"]),
        ("Discount %", ["12.50%", "7.00%", "1.25%"]),
        ("Conversion rate", ["0.12", "0.07", "0.99"]),
        ("Latitude", ["48.85", "50.06", "52.52"]),
        ("Geo", ["48.85661", "50.06465", "52.52001"]),
        ("Score", ["4.50", "3.25", "5.00"]),
        ("Weight", ["12.50", "7.25", "1.00"]),
        ("Remark", ["paid 12.50", "ok", "7"]),
        ("Shipping", ["4.90", "4.90", "0.00"]),
        ("Floor", ["1", "2", "3"]),
    ],
)
def test_other_numbers_are_not_taken_for_money(title: str, values: list[str]) -> None:
    assert not warned(title, *values)


def test_a_column_that_a_person_left_out_is_not_warned_of() -> None:
    text = "Email;Name;Takings\na@example.com;Ann;12.50\nb@example.com;Bob;7.25\n"
    assert to_be_looked_at(note.code for note in validated(text).warnings)
    assert not to_be_looked_at(note.code for note in validated(text, ignore=["Takings"]).warnings)
    assert validated(text, terms(), {"Takings": "total_spent"}).amount_accepted > 19
