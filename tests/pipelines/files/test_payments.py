"""Payment lists: which payments count, and what one of them adds."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.files.payments import CANCELLED, FAILED, PAID, PENDING, REFUNDED, WORDS, parse_statuses
from tests.factories import codes_by_row, judged, terms, texts

ON = terms("payments")
TITLES = "email,amount,date,status,refunded"
Added = tuple[str | None, int | None, str | None, date | None]


def added(*cells: str) -> Added:
    """What one payment adds: total, count, refunds, day."""
    accepted = judged(f"{TITLES}\na@x.fr,{','.join(cells)}\n", ON).accepted
    columns = ("total_spent", "payment_count", "refund_volume", "last_payment_date")
    total, count, refunds, day = accepted.select(columns).row(0)
    assert accepted["first_payment_date"].to_list() == [day]
    return _short(total), count, _short(refunds), day


def _short(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


DAY = date(2024, 5, 1)


@pytest.mark.parametrize(
    ("amount", "status", "refunded", "expected"),
    [
        ("10.50", "paid", "", ("10.5", 1, None, DAY)),
        ("10.50", "", "", ("10.5", 1, None, DAY)),
        ("0", "paid", "", ("0", 1, None, DAY)),
        ("10.50", "refunded", "10.50", ("10.5", 1, "10.5", DAY)),
        ("10.50", "Partially refunded", "4", ("10.5", 1, "4", DAY)),
        ("10.50", "paid", "-4", ("10.5", 1, "4", DAY)),
        ("10.50", "paid", "0", ("10.5", 1, "0", DAY)),
        ("-4", "paid", "", ("0", 0, "4", None)),
        ("-4", "", "4", ("0", 0, "4", None)),
        ("-4", "failed", "", ("0", 0, None, None)),
        ("10.50", "failed", "", ("0", 0, None, None)),
        ("10.50", "Annulé", "10.50", ("0", 0, None, None)),
        ("10.50", "pending", "", ("0", 0, None, None)),
    ],
)
def test_a_payment_adds_its_amount_a_count_of_one_and_its_day(
    amount: str, status: str, refunded: str, expected: Added
) -> None:
    assert added(amount, "2024-05-01", status, refunded) == expected


def test_a_list_without_status_and_refund_columns_counts_every_payment() -> None:
    accepted = judged("email,amount,date\na@x.fr,5,2024-05-01\na@x.fr,-2,2024-05-02\n", ON).accepted
    assert accepted["payment_count"].to_list() == [1, 0]
    assert accepted["refund_volume"].to_list() == [None, Decimal(2)]


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("paid", PAID),
        ("Paid", PAID),
        ("SUCCEEDED", PAID),
        ("Payé", PAID),
        ("Partially refunded", REFUNDED),
        ("partially_refunded", REFUNDED),
        ("Remboursée", REFUNDED),
        ("disputed", PAID),
        ("failed", FAILED),
        ("Canceled", CANCELLED),
        ("cancelled", CANCELLED),
        ("requires_payment_method", PENDING),
        ("RequiresAction", PENDING),
        ("Échoué", FAILED),
        ("En attente", PENDING),
        ("Impayée", PENDING),
    ],
)
def test_a_status_is_read_by_its_words_whatever_their_case_and_accents(word: str, meaning: str) -> None:
    assert parse_statuses(texts(word, None)).values.to_list() == [meaning, PAID]


def test_words_are_listed_as_they_are_compared() -> None:
    assert set(WORDS.values()) == {PENDING, PAID, FAILED, CANCELLED, REFUNDED}
    assert parse_statuses(texts(*WORDS)).faults.null_count() == len(WORDS)


@pytest.mark.parametrize("word", ["maybe", "0", "???", "paid twice"])
def test_an_unknown_status_is_refused_never_guessed(word: str) -> None:
    parsed = parse_statuses(texts(word, "paid"))
    assert parsed.values.to_list() == [None, PAID]
    assert parsed.faults.to_list() == ["UNKNOWN_PAYMENT_STATUS", None]


def test_a_payment_of_unknown_status_is_rejected_and_the_others_are_not() -> None:
    verdict = judged(f"{TITLES}\na@x.fr,5,2024-05-01,maybe,\na@x.fr,7,2024-05-02,paid,\n", ON)
    assert codes_by_row(verdict) == {2: ["UNKNOWN_PAYMENT_STATUS"]}
    assert verdict.amount_accepted == 7


def test_refunds_leave_the_gross_total_alone_amb_17() -> None:
    verdict = judged(f"{TITLES}\na@x.fr,100,2024-05-01,paid,30\na@x.fr,-20,2024-05-02,paid,\n", ON)
    assert verdict.amount_accepted == 100
    assert verdict.accepted["refund_volume"].sum() == 50


def test_a_payment_keeps_its_id_so_that_it_counts_once_downstream() -> None:
    text = "email,amount,date,Invoice ID\na@x.fr,5,2024-05-01,F-1\nb@x.fr,5,2024-05-01,\n"
    assert judged(text, ON).accepted["payment_id"].to_list() == ["F-1", None]


@pytest.mark.parametrize("cells", [",2024-05-01,paid,", "5,,paid,", ",,,"])
def test_amount_and_day_are_required_of_every_payment(cells: str) -> None:
    codes = codes_by_row(judged(f"{TITLES}\na@x.fr,{cells}\n", ON))[2]
    assert set(codes) == {"MISSING_REQUIRED_FIELD"}
    assert len(codes) == cells.split(",")[:2].count("")
