"""Cells that a spreadsheet opened and saved again, and cells that somebody edited."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rejects.resaved_cells import is_resaved


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("000042", "42"),
        ("0.10", "0.1"),
        ("2.50", "2.5"),
        ("2,50", "2.5"),
        ("10.00", "10"),
        ("12345678901234567", "1.23456789012346E+016"),
        ("12345678901234567", "1.23456789012346E+16"),
        ("12345678901234567", "12345678901234500"),
        ("12345678901234567", "1.23457E+16"),
        ("123456789012", "1.23457E+11"),
        ("1234567890123456789012", "1,23456789012346E+021"),
        ("0612345678", "612345678"),
        ("+33612345678", "33612345678"),
        ("0033612345678", "33612345678"),
        ("1,234.50", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1.234.567", "1234567"),
        ("1e5", "1.00E+05"),
        ("07%", "7.00%"),
        ("05/06/2025", "05/06/25"),
        ("05/06/2025", "06/05/25"),
        ("05.06.2025", "2025-06-05"),
        ("2026-01-05", "05/01/26"),
        ("2026-01-05", "1/5/2026"),
        ("2026-01-05 10:30", "2026-01-05 10:30:00"),
        ("2026-01-05T10:30", "01/05/26 10:30:00 AM"),
        ("10:30", "10:30:00 AM"),
        ("22:30", "10:30:00 PM"),
        ("true", "TRUE"),
        ("  two  ", "two"),
        ("x" * 40_000, "x" * 32_766 + "…"),
    ],
)
def test_what_a_spreadsheet_does_is_no_edit(before: str, now: str) -> None:
    """Seen of LibreOffice 7.4.7 (CSV opened in English and French, saved as CSV) and of Excel."""
    assert is_resaved(now, before, False)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("000042", "43"),
        ("0042", "4200"),
        ("12345678901234567", "1.23456789012347E+016"),
        ("12345678901234567", "12345678901234568"),
        ("12345", "1E+04"),
        ("05/06/2025", "06/05/2025"),
        ("2026-01-05", "2026-05-01"),
        ("2026-01-05", "06/01/26"),
        ("10:30", "10:31:00"),
        ("2.50", "25"),
        ("7%", "7"),
        ("bob", "Bob"),
        ("@bob", "bob@example.com"),
        ("x", ""),
        ("", "0"),
        ("", "x"),
        ("12.5", "-12.5"),
    ],
)
@pytest.mark.parametrize("at_fault", [True, False])
def test_anything_else_is_an_edit(before: str, now: str, at_fault: bool) -> None:
    assert not is_resaved(now, before, at_fault)


@pytest.mark.parametrize(
    ("before", "now"), [("1.234", "1234"), ("10.000", "10"), ("05/06/2025", "2025-06-05"), ("05/06/25", "5/6/2025")]
)
def test_what_the_sender_was_asked_to_make_plain_is_an_edit_even_where_it_means_the_same(before: str, now: str) -> None:
    assert not is_resaved(now, before, True)


@given(st.integers(0, 10**14), st.integers(0, 9))
def test_zeros_before_a_number_are_never_an_edit(number: int, zeros: int) -> None:
    assert is_resaved(str(number), "0" * zeros + str(number), True)


@given(st.text("0123456789.,-/: E+%", max_size=14), st.text("0123456789.,-/: E+%", max_size=14))
def test_any_two_texts_are_compared(now: str, before: str) -> None:
    assert is_resaved(now, before, False) in (True, False)
