"""Exports of payment services that name their columns in ways of their own, read to the cent."""

from decimal import Decimal

import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import ValidationResult, validate
from tests.support.factories import codes_by_row, terms

INVOICES = "id,Amount Due,Amount Paid,Amount Remaining,Customer Email,Date (UTC),Number,Status,Subtotal,Total\n"


def verdict(text: str, base_currency: str = "USD") -> ValidationResult:
    """The verdict on a list of payments whose columns are known by their titles and by their rows."""
    on, sheet = terms("payments", base_currency=base_currency), read_file(text.encode())
    return validate(sheet, map_columns(sheet.titles, on.profile, None, (), "en", sheet.rows), on)


def test_stripes_invoices_count_for_what_was_paid() -> None:
    rows = (
        "in_1,100.00,100.00,0.00,ann@example.com,2025-01-10 10:00:00,A-1,paid,100.00,100.00\n"
        "in_2,50.00,20.00,30.00,bob@example.com,2025-01-11 10:00:00,A-2,open,50.00,50.00\n"
        "in_3,30.00,0.00,30.00,bob@example.com,2025-01-12 10:00:00,A-3,void,30.00,30.00\n"
    )
    validation = verdict(INVOICES + rows)
    assert codes_by_row(validation) == {}
    assert validation.accepted["total_spent"].to_list() == [Decimal(100), Decimal(20), Decimal(0)]


def test_two_amounts_due_that_do_not_add_up_are_refused() -> None:
    rows = "in_1,100.00,100.00,5.00,ann@example.com,2025-01-10 10:00:00,A-1,paid,100.00,100.00\n"
    with pytest.raises(FileRefused, match="TOO_MANY_COLUMNS_FOR_FIELD"):
        verdict(INVOICES + rows)


@pytest.mark.parametrize(("name", "email"), [("Consumer name", "Consumer e-mail"), ("Consumer Name", "Consumer Email")])
def test_mollies_consumers_are_customers(name: str, email: str) -> None:
    titles = f"ID,Date,Currency,Amount,Status,Description,{name},{email},Consumer bank account,Amount refunded\n"
    rows = (
        "tr_1,2025-01-10 10:00:00,EUR,10.00,paid,Order 1,Ann,ann@example.com,,0.00\n"
        "tr_2,2025-01-11 10:00:00,EUR,20.00,expired,Order 2,Bob,bob@example.com,,0.00\n"
        "tr_3,2025-01-12 10:00:00,EUR,30.00,paid,Order 3,Bob,bob@example.com,,5.00\n"
    )
    validation = verdict(titles + rows, "EUR")
    told = validation.accepted.select("email", "name", "total_spent", "refund_volume").rows()
    assert told == [
        ("ann@example.com", "Ann", Decimal(10), Decimal(0)),
        ("bob@example.com", "Bob", Decimal(0), None),
        ("bob@example.com", "Bob", Decimal(30), Decimal(5)),
    ]
