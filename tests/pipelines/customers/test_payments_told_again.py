"""What is said of a payment that comes again or contradicts itself: both rows are named (PIT-100)."""

import pytest

from pipelines.home import Home
from tests.pipelines.customers.payment_scenes import spent, take
from tests.support.flow import import_text, table


def warned(home: Home, title: str, *texts: str, profile: str = "payments") -> list[list[str]]:
    """The codes of the warnings of each of these files, with the rows that they name."""
    outcomes = [
        import_text(home, f"{title},email,amount,date,status\n{text}", "till", f"{place}.csv", profile=profile)
        for place, text in enumerate(texts)
    ]
    return [[warning for warning in outcome.warnings if warning.startswith("PAYMENT_")] for outcome in outcomes]


@pytest.mark.matrix(2)
@pytest.mark.parametrize(
    ("title", "number", "code"),
    [
        ("Transaction ID", "7", "PAYMENT_CONTRADICTED"),
        pytest.param("Numéro de transaction", "7", "PAYMENT_CONTRADICTED", marks=pytest.mark.slow),
        pytest.param("Transaktionsnummer", "7", "PAYMENT_CONTRADICTED", marks=pytest.mark.slow),
        pytest.param("ID transakcji", "7", "PAYMENT_CONTRADICTED", marks=pytest.mark.slow),
        ("Order number", "ch_7", "PAYMENT_CONTRADICTED"),
        ("Order number", "7", "PAYMENT_NUMBER_AGAIN"),
        ("Invoice number", "7", "PAYMENT_NUMBER_AGAIN"),
    ],
)
def test_a_number_that_says_two_things_in_two_files_is_added_and_both_rows_are_named(
    home: Home, title: str, number: str, code: str
) -> None:
    row = f"{number},ana@example.com,{{}},2026-01-05,paid\n"
    first, second = warned(home, title, row.format(10), row.format(12))
    assert first == []
    (told,) = second
    assert told.startswith(f"{code}: 1 ") and f"{number} (2 / till-" in told
    assert spent(home) == {"ana": (22, 2, 0)}


def test_a_transaction_of_two_customers_in_one_file_is_told_and_an_order_of_two_is_not(home: Home) -> None:
    rows = "7,ana@example.com,10,2026-01-05,paid\n7,bob@example.com,10,2026-01-05,paid\n"
    ((told,),) = warned(home, "Transaction ID", rows)
    assert told.startswith("PAYMENT_CONTRADICTED: 1 ") and "7 (3 / 2)" in told
    assert spent(home) == {"ana": (10, 1, 0), "bob": (10, 1, 0)}
    assert warned(home, "Order number", rows.replace("7,", "8,").replace("bob", "cam")) == [[]]


@pytest.mark.slow
def test_what_is_told_again_is_said_and_a_step_of_state_contradicts_nothing(home: Home) -> None:
    row = "7,ana@example.com,10,2026-01-05,{}\n"
    texts = [
        row.format("pending"),
        row.format("paid") * 2,
        row.format("paid") + "8,ana@example.com,1,2026-01-06,paid\n",
    ]
    codes = [[told.split(":")[0] for told in each] for each in warned(home, "Transaction ID", *texts)]
    assert codes == [[], ["PAYMENT_TOLD_AGAIN"], ["PAYMENT_TOLD_AGAIN"]]
    assert spent(home) == {"ana": (11, 2, 0)}


def test_of_a_number_that_comes_every_month_only_the_months_are_told_again_that_were_there(home: Home) -> None:
    row = "INV1,ana@example.com,100,2026-{}-05,paid\n"
    first, second = warned(home, "Invoice number", row.format("01"), "".join(map(row.format, ("02", "01", "03"))))
    assert first == []
    assert [told.split(" of ")[0] for told in second if "TOLD_AGAIN" in told] == ["PAYMENT_TOLD_AGAIN: 1"]
    assert spent(home) == {"ana": (300, 3, 0)}


def test_what_an_import_adds_is_what_it_accepted_and_the_rest_it_repeats(home: Home) -> None:
    take(home, "7 ana 10 01-05", "8 ana 20 01-06")
    outcome = take(home, "7 ana 10 01-05", "8 ana 20 01-06 cancelled", "9 bob 5 01-07", name="b.csv")
    history = {row["import_id"]: row for row in table(home, "import_history").iter_rows(named=True)}
    assert (history[outcome]["amount_accepted"], history[outcome]["amount_repeated"]) == (-15, 30)
    assert sum(row["amount_accepted"] for row in history.values()) == sum(total for total, *_ in spent(home).values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("7 ana 9 01-05 refunded 9", "7 ana 9 01-05 paid", (9, 1, 9)),
        pytest.param("7 ana 9 01-05 refunded -", "7 ana 9 01-05 paid", (9, 1, 9), marks=pytest.mark.slow),
        pytest.param("7 ana 9 01-05 paid 4", "7 ana 9 01-05 paid", (9, 1, 4), marks=pytest.mark.slow),
        ("7 ana 9 01-05 paid 4", "7 ana 9 01-05 paid 2", (9, 1, 4)),
        ("7 ana 9 01-08 refunded 9", "7 ana 9 01-05 paid", (9, 1, 9)),
    ],
)
def test_a_refund_stays_when_an_older_list_comes_late_and_both_rows_are_named(
    home: Home, first: str, then: str, expected: tuple[int, int, int]
) -> None:
    take(home, first.replace(" -", " "))
    take(home, then, name="b.csv")
    assert spent(home) == {"ana": expected}
    (told,) = [
        text for row in table(home, "import_history")["warnings"] for text in row if text.startswith("REFUND_KEPT")
    ]
    assert "7 (2 / till-" in told
    take(home, then, "8 bob 1 01-01", name="c.csv")
    assert spent(home)["ana"] == expected


def test_a_payment_that_was_cancelled_and_is_paid_again_is_told(home: Home) -> None:
    take(home, "7 ana 9 01-05 chargeback")
    take(home, "7 ana 9 01-05 paid", name="b.csv")
    told = [text for row in table(home, "import_history")["warnings"] for text in row]
    assert any(text.startswith("CANCELLED_COUNTS_AGAIN: 1 ") for text in told)
    assert spent(home) == {"ana": (9, 1, 0)}
