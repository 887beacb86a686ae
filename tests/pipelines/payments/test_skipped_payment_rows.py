"""Rows that are nobody's payment, through the whole flow: skipped, never lost, and never counted."""

from decimal import Decimal

import pytest

from pipelines.home import Home
from tests.support.flow import import_text, table, undo

TITLES = "Transaction ID,Email,Date,Amount,Type\n"


def totals(home: Home) -> dict[str, tuple[Decimal, int, Decimal | None]]:
    """Each customer's money by address."""
    rows = table(home).select("email", "total_spent", "payment_count", "refund_volume").iter_rows()
    return {email: (spent, count, refunds) for email, spent, count, refunds in rows}


def test_what_is_nobodys_payment_is_skipped_and_an_undo_takes_the_rest_back(home: Home) -> None:
    payments = "T1,a@x.fr,2026-01-01,100,charge\nT2,shop@x.fr,2026-01-02,-97,payout\nT3,,2026-01-03,-3,fee\n"
    outcome = import_text(home, TITLES + payments, profile="payments")
    counts = (outcome.rows_read, outcome.rows_accepted, outcome.rows_rejected, outcome.rows_skipped)
    assert (outcome.status, counts) == ("done", (3, 1, 0, 2))
    assert totals(home) == {"a@x.fr": (100, 1, None)}
    undo(home, outcome.import_id)
    assert totals(home) == {}


@pytest.mark.rule("PIT-100", "PIT-102")
def test_a_refund_under_the_number_of_its_payment_takes_nothing_of_it_away(home: Home) -> None:
    rows = "T1,a@x.fr,2026-01-01,100,sale\nT1,a@x.fr,2026-01-01,100,refund\n"
    import_text(home, TITLES + rows, profile="payments")
    assert totals(home) == {"a@x.fr": (100, 1, 100)}


def test_an_authorization_and_its_capture_under_one_number_are_one_payment(home: Home) -> None:
    rows = "T1,a@x.fr,2026-01-01,60,authorization\nT1,a@x.fr,2026-01-01,60,capture\n"
    import_text(home, TITLES + rows, profile="payments")
    assert totals(home) == {"a@x.fr": (60, 1, None)}


@pytest.mark.rule("PIT-110")
def test_items_do_not_trip_the_breaker_and_bad_rows_among_the_others_do(home: Home) -> None:
    titles = "Order number,Email,Date,Total,Product\n"
    orders = [f"B-{n},c{n}@x.fr,2026-01-01,10,Mug\n" + f"B-{n},,,,Tea\n" * 3 for n in range(8)]
    outcome = import_text(home, titles + "".join(orders), profile="payments")
    assert (outcome.status, outcome.rows_read, outcome.rows_skipped) == ("done", 32, 24)
    bad = [
        f"D-{n},d{n}@x.fr,2026-01-01,{amount},Mug\nD-{n},,,,Tea\n" for n, amount in enumerate(["10"] * 8 + ["x"] * 12)
    ]
    refused = import_text(home, titles + "".join(bad), profile="payments", name="bad.csv")
    assert (refused.status, refused.rows_read) == ("refused", 40)
    assert (refused.rows_rejected, refused.rows_skipped) == (12, 28)


@pytest.mark.slow
def test_a_rejected_row_that_is_mended_into_a_payout_is_skipped_and_stays_open(home: Home) -> None:
    sales = "".join(f"T{n},a@x.fr,2026-01-01,{n},sale\n" for n in range(1, 10))
    first = import_text(home, f"{TITLES}{sales}X1,a@x.fr,2026-01-02,5,adjustment\n", profile="payments")
    assert first.reject_codes == {"UNKNOWN_DIRECTION": 1}
    titles = f"{TITLES.strip()},customer-intake: reasons,customer-intake: import,customer-intake: row\n"
    row = f"X1,a@x.fr,2026-01-02,5,{{}},,{first.import_id},11\n"
    mended = import_text(
        home, titles + row.format("payout") + row.format("sale"), profile="payments", name="mended.csv"
    )
    assert (mended.rows_read, mended.rows_accepted, mended.rows_skipped) == (2, 1, 1)
    assert totals(home) == {"a@x.fr": (50, 10, None)}
    again = import_text(home, titles + row.format("fee") + row.format("charge"), profile="payments", name="again.csv")
    assert (again.rows_read, again.rows_accepted, again.rows_rejected, again.rows_skipped) == (2, 0, 0, 2)
    assert totals(home) == {"a@x.fr": (50, 10, None)}
