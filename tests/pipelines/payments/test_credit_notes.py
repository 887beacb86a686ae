"""Credit notes that their number or their status alone tells are neither counted as paid nor taken off in silence."""

from decimal import Decimal

import pytest

from pipelines.validation.validate import ValidationResult
from schemas.wordlists import wordlist
from tests.support.factories import codes_by_row, terms, validated

STATUSES = sorted({line["word"] for line in wordlist("payment_statuses") if line["meaning"] == "credit_note"})


def payments(*rows: tuple[str, str], title: str = "Number", status: str = "") -> ValidationResult:
    """The verdict on payments of one customer: each row's number and amount, or its status and amount."""
    lines = (f"ann@example.com,{amount},2025-01-1{at},{said}\n" for at, (said, amount) in enumerate(rows))
    return validated(f"Email,Amount,Payment date,{title}\n" + "".join(lines), terms("payments"))


def credit_notes(*rows: tuple[str, str], title: str = "Number") -> list[int]:
    codes = codes_by_row(payments(*rows, title=title))
    return [row for row, found in codes.items() if "CREDIT_NOTE_WITHOUT_SIGN" in found]


@pytest.mark.parametrize(
    ("invoice", "credit"),
    [
        ("INV-1", "CN-1"),
        ("INV-0002", "CRN-0002"),
        ("FA-2026-1", "AV-2026-1"),
        ("F2026-1", "AV2026-1"),
        ("FA2601-0001", "Avoir 2026-3"),
        ("RE-1001", "GS-1001"),
        ("Rechnung 5", "Gutschrift 5"),
        ("FV/1/2026", "KOR/1/2026"),
        ("FV/1/01/2026", "1/01/2026/KOR"),
        ("FV 1/2026", "FVK 1/2026"),
        ("FT 12", "NC 12"),
        ("2026-001", "AVOIR-2026-001"),
        ("2026001", "Storno 2026001"),
        ("factuur 1", "creditfactuur 1"),
    ],
)
@pytest.mark.parametrize("title", ["Invoice number", "Number", "Document", "Reference"])
def test_a_series_of_credit_notes_beside_invoices_is_rejected_until_it_has_a_sign(
    invoice: str, credit: str, title: str
) -> None:
    assert credit_notes((invoice, "100"), (credit, "30"), title=title) == [3]
    signed = payments((invoice, "100"), (credit, "-30"), title=title)
    assert (signed.accepted["total_spent"].sum(), signed.accepted["refund_volume"].sum()) == (Decimal(100), Decimal(30))


@pytest.mark.parametrize(
    "numbers",
    [
        ("CN-1", "DE-2", "FR-3", "US-4"),
        ("CN-1", "CN-2", "CN-3", "CN-4"),
        ("INV-1", "INV-2", "POS-3", "INV-4"),
        ("1001", "1002", "CN-1003", "1004"),
        ("ch_3Av", "ch_4Gs", "ch_5Cn", "pi_1"),
        ("Ann Avoir", "Bob", "Eve", "Credit"),
    ],
)
def test_other_numbers_are_payments(numbers: tuple[str, ...]) -> None:
    assert credit_notes(*((number, "10") for number in numbers)) == []


def test_a_direction_that_is_told_decides() -> None:
    text = (
        "Email,Amount,Payment date,Number,Type\nann@example.com,100,2025-01-10,FA-1,Invoice\n"
        "ann@example.com,30,2025-01-11,AV-1,Credit note\n"
    )
    validation = validated(text, terms("payments"), {"Type": "direction"})
    assert codes_by_row(validation) == {}
    assert validation.accepted["refund_volume"].sum() == 30


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("title", ["Status", "Statut", "Payment status"])
def test_a_status_that_is_a_credit_note_wants_a_sign(status: str, title: str) -> None:
    assert credit_notes(("Paid", "100"), (status, "30"), title=title) == [3]
    signed = payments(("Paid", "100"), (status, "-30"), title=title)
    assert codes_by_row(signed) == {}
    assert (signed.accepted["total_spent"].sum(), signed.accepted["refund_volume"].sum()) == (Decimal(100), Decimal(30))
