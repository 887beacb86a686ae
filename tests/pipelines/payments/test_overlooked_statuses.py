"""A column of statuses that no title told stops a list of payments that would count what was never paid (PIT-103)."""

import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import ValidationResult, validate
from tests.support.factories import codes_by_row, terms

ON = terms("payments")


def verdict(titles: str, *rows: str, ignore: tuple[str, ...] = ()) -> ValidationResult:
    """The verdict on payments of one customer, a day each."""
    lines = [f"email;date;amount;{titles}", *(f"a@x.fr;2024-05-{day:02};{row}" for day, row in enumerate(rows, 1))]
    sheet = read_file("\n".join(lines).encode(), "en")
    return validate(sheet, map_columns(sheet.titles, ON.profile, None, ignore, "en", sheet.rows), ON)


STATUSES = [
    ("Stage", "Paid", "Cancelled"),
    ("Outcome", "Succeeded", "Failed"),
    ("Xyz", "completed", "partially refunded"),
    ("Notes", "Paid", "Pending"),
    ("Region", "Paid", "Void"),
    ("Commentaire", "Payé", "Remboursé"),
    ("Etap", "Opłacone", "Anulowane"),
    ("Fase", "Pagado", "Reembolsado"),
    ("Esito", "Pagato", "Rimborsato"),
    ("Staat", "Betaald", "Terugbetaald"),
    ("Etapa", "Pago", "Estornado"),
    ("Vermerk", "Bezahlt", "Storniert"),
]


@pytest.mark.rule("PIT-103")
@pytest.mark.parametrize(("title", "paid", "unpaid"), STATUSES)
def test_statuses_below_any_title_stop_the_file_where_a_row_would_count_whole(
    title: str, paid: str, unpaid: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        verdict(title, f"100;{paid}", f"60;{unpaid}")
    assert (refused.value.reason.code, title in str(refused.value)) == ("STATUS_UNDECIDED", True)
    assert verdict(title, f"100;{paid}", f"60;{unpaid}", ignore=(title,)).amount_accepted == 160


@pytest.mark.rule("PIT-103")
@pytest.mark.parametrize(
    ("titles", "rows"),
    [
        ("Stage", ["100;Paid", "60;Paid"]),
        ("Stage", ["100;Gold", "60;Silver"]),
        ("Stage;Status", ["100;Cancelled;paid", "60;Paid;paid"]),
        ("Stage;Refunded amount", ["100;Payé;0", "60;Remboursé;60"]),
        ("Delivery status", ["100;Completed", "60;Pending"]),
        ("Card status", ["100;OK", "60;Expired"]),
        ("State", ["100;OK", "60;CA"]),
        ("Region", ["100;OK", "60;Pará"]),
        ("Customer kind", ["100;new", "60;returning"]),
        ("Subscription", ["100;active", "60;cancelled"]),
    ],
)
def test_columns_of_other_things_stop_nothing(titles: str, rows: list[str]) -> None:
    found = verdict(titles, *rows)
    assert (found.amount_accepted, codes_by_row(found)) == (160, {})


@pytest.mark.rule("PIT-103")
@pytest.mark.parametrize("title", ["État", "State", "Estado", "Stato"])
def test_a_title_of_states_and_statuses_tells_statuses_where_half_of_a_few_kinds_are_known(title: str) -> None:
    rows = ["120;Payé", "71;Annulé", "60;Remboursé", "33;Parti en livraison", "70;Chez le voisin"]
    found = verdict(title, *rows)
    unknown = ["UNKNOWN_PAYMENT_STATUS"]
    assert (found.amount_accepted, codes_by_row(found)) == (180, {5: unknown, 6: unknown})


@pytest.mark.rule("PIT-104")
def test_an_open_invoice_beside_what_is_due_counts_for_what_came_in() -> None:
    found = verdict("Stage;Amount due", "100;Paid;0", "60;Open;40")
    assert found.amount_accepted == 120
