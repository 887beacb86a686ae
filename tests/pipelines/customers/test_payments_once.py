"""A payment counts once, and no other payment is lost with it: numbers come again for good reasons (PIT-100)."""

from decimal import Decimal
from itertools import permutations

import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.warehouse.database import working
from tests.support.flow import NOW, derived, import_text, table, undo

TITLES = "order number,email,amount,date,status,refunded amount\n"
TILL = Sources.model_validate({"sources": {"till": {"profile": "payments"}}})
Told = dict[str, tuple[int, int, int]]


def take(home: Home, *rows: str, name: str = "a.csv", source: str = "till", overlap: str | None = None) -> str:
    """Import rows such as `7 ana 10 03-01 paid 4`: number, who, amount, month and day, state, refund."""
    lines = [_line(row.split()) for row in rows]  # blank lines make equal rows other bytes
    profile = "payments" if source != "till" else None
    outcome = import_text(
        home,
        TITLES + "".join(lines) + "\n" * len(name),
        source,
        name,
        sources=TILL,
        profile=profile,
        on_overlap=overlap,
    )
    assert outcome.status == "done", outcome
    return outcome.import_id


def _line(parts: list[str]) -> str:
    number, who, amount, day, state, refund = [*parts, "paid", ""][:6] if len(parts) == 4 else [*parts, ""][:6]
    return f"{number.strip('-')},{who}@example.com,{amount},2026-{day},{state},{refund}\n"


def spent(home: Home) -> Told:
    """By customer what it spent, in how many payments, and what was refunded."""
    rows = table(home).select("email", "total_spent", "payment_count", "refund_volume").rows()
    return {email.split("@")[0]: (int(total), count, int(back or 0)) for email, total, count, back in rows}


SCENES: dict[str, tuple[list[str], Told]] = {
    "instalments of one bill": (["7 ana 500 01-10", "7 ana 300 02-10", "7 ana 200 03-10"], {"ana": (1000, 3, 0)}),
    "two payers of one bill": (["7 ana 30 03-01", "7 bob 40 03-01"], {"ana": (30, 1, 0), "bob": (40, 1, 0)}),
    "two payers of equal shares": (["7 ana 30 03-01", "7 bob 30 03-01"], {"ana": (30, 1, 0), "bob": (30, 1, 0)}),
    "a refund beside its sale": (["7 ana 100 03-01", "7 ana -30 03-04"], {"ana": (100, 1, 30)}),
    "a whole refund beside its sale": (["7 ana 100 03-01", "7 ana -100 03-01"], {"ana": (100, 1, 100)}),
    "two refunds of one sale": (["7 ana 9 03-01", "7 ana -3 03-04", "7 ana -3 03-05"], {"ana": (9, 1, 6)}),
    "the lines of one order": (["7 ana 70 03-01", "7 ana 70 03-01"], {"ana": (70, 1, 0)}),
    "a number every month": (["7 ana 9 01-05", "7 ana 9 02-05", "7 ana 9 03-05"], {"ana": (27, 3, 0)}),
    "two amounts on one day": (["7 ana 9 01-05", "7 ana 8 01-05"], {"ana": (17, 2, 0)}),
    "pending, then paid": (["7 ana 9 01-05 pending", "7 ana 9 01-05 paid"], {"ana": (9, 1, 0)}),
    "pending, paid on another day": (["7 ana 9 01-05 pending", "7 ana 9 01-08 paid"], {"ana": (9, 1, 0)}),
    "failed, then paid": (["7 ana 9 01-05 failed", "7 ana 9 01-05 paid"], {"ana": (9, 1, 0)}),
    "failed, paid on another day": (["7 ana 9 01-05 failed", "7 ana 9 01-08 paid"], {"ana": (9, 1, 0)}),
    "paid, then failed": (["7 ana 9 01-05 paid", "7 ana 9 01-05 failed"], {"ana": (9, 1, 0)}),
    "paid, then pending": (["7 ana 9 01-05 paid", "7 ana 9 01-05 pending"], {"ana": (9, 1, 0)}),
    "paid, then unpaid": (["7 ana 9 01-05 paid", "7 ana 9 01-05 unpaid"], {"ana": (9, 1, 0)}),
    "refunded, then failed": (["7 ana 9 01-05 refunded 9", "7 ana 9 01-05 failed"], {"ana": (9, 1, 9)}),
    "failed, then pending": (["7 ana 9 01-05 failed", "7 ana 9 01-05 pending"], {"ana": (0, 0, 0)}),
    "paid, then charged back": (["7 ana 9 01-05 paid", "7 ana 9 01-05 chargeback"], {"ana": (0, 0, 0)}),
    "paid, then a late failure": (["7 ana 9 01-05 paid", "7 ana 9 01-05 late_failure"], {"ana": (0, 0, 0)}),
    "paid, then cancelled": (["7 ana 9 01-05 paid", "7 ana 9 01-05 cancelled"], {"ana": (0, 0, 0)}),
    "paid, cancelled later": (["7 ana 9 01-05 paid", "7 ana 9 01-08 cancelled"], {"ana": (0, 0, 0)}),
    "paid, refunded later": (["7 ana 9 01-05 paid", "7 ana 9 01-08 refunded 9"], {"ana": (9, 1, 9)}),
    "the refund column grows": (["7 ana 9 01-05 paid", "7 ana 9 01-05 paid 4"], {"ana": (9, 1, 4)}),
    "one month of three fails": (
        ["7 ana 9 01-05", "7 ana 9 02-05", "7 ana 9 03-05 failed"],
        {"ana": (18, 2, 0)},
    ),
    "one month of three is refunded": (
        ["7 ana 9 01-05", "7 ana 9 02-05", "7 ana 9 03-05 refunded 9"],
        {"ana": (27, 3, 9)},
    ),
    "another customer's payment is not ended": (
        ["7 ana 9 01-05 paid", "7 bob 9 01-05 cancelled"],
        {"ana": (9, 1, 0), "bob": (0, 0, 0)},
    ),
    "no number": (["- ana 9 01-05", "- ana 9 01-05"], {"ana": (18, 2, 0)}),
}


@pytest.mark.parametrize(("rows", "expected"), SCENES.values(), ids=SCENES)
def test_rows_of_one_file_are_one_payment_or_several(home: Home, rows: list[str], expected: Told) -> None:
    take(home, *rows)
    assert spent(home) == expected
    told = table(home, "import_history").row(0, named=True)
    assert told["amount_accepted"] == sum(Decimal(total) for total, _, _ in expected.values())
    assert told["customers_created"] == len(expected)


@pytest.mark.parametrize(("rows", "expected"), SCENES.values(), ids=SCENES)
def test_rows_of_several_files_are_the_same_and_any_undo_gives_what_is_left(
    home: Home, rows: list[str], expected: Told
) -> None:
    ids = [take(home, row, name=f"{'x' * place}.csv", overlap="add") for place, row in enumerate(rows)]
    assert spent(home) == expected
    before = derived(home)
    recompute.rebuild(home)
    assert all(frame.equals(derived(home)[name]) for name, frame in before.items())
    undo(home, ids[0])
    left = derived(home)["customers"].drop("first_import_id", "last_import_id", "created_at", "updated_at")
    alone = Home(home.root / "alone")
    alone.root.mkdir()
    for place, row in enumerate(rows[1:], 1):
        take(alone, row, name=f"{'x' * place}.csv", overlap="add")
    assert left.equals(
        derived(alone)["customers"].drop("first_import_id", "last_import_id", "created_at", "updated_at")
    )
    for each in ids[1:]:
        undo(home, each)
    assert table(home).is_empty()


@pytest.mark.parametrize("order", tuple(permutations(["paid", "refunded", "pending"])))
def test_the_state_of_a_payment_in_one_file_does_not_hang_on_the_order_of_its_rows(
    home: Home, order: tuple[str, ...]
) -> None:
    take(home, *(f"7 ana 9 01-05 {state}" for state in order))
    assert spent(home)["ana"][:2] == (9, 1)


def test_a_file_that_lists_the_newest_first_is_read_from_its_end(home: Home) -> None:
    take(home, "9 bob 1 03-01 paid", "8 bob 1 02-01", "7 ana 9 01-05 cancelled", "7 ana 9 01-05 paid", "6 bob 2 01-01")
    assert spent(home) == {"ana": (0, 0, 0), "bob": (4, 3, 0)}


def test_a_row_without_a_day_that_is_pending_takes_no_dated_payment_away(home: Home) -> None:
    import_text(home, TITLES + _line(["7", "ana", "9", "01-05", "paid", ""]), "till", "a.csv", sources=TILL)
    import_text(home, TITLES + "7,ana@example.com,9,,pending,\n", "till", "b.csv", sources=TILL)
    assert spent(home) == {"ana": (9, 1, 0)}


def test_the_newer_file_says_what_state_a_payment_is_in(home: Home) -> None:
    take(home, "7 ana 9 01-05 paid")
    take(home, "7 ana 9 01-05 cancelled", name="b.csv")
    assert spent(home) == {"ana": (0, 0, 0)}
    take(home, "7 ana 9 01-05 paid", "8 ana 1 01-06 paid", name="c.csv")
    assert spent(home) == {"ana": (10, 2, 0)}


def test_a_list_sent_again_with_new_payments_counts_each_once_and_keeps_what_older_rows_said(home: Home) -> None:
    first = take(home, *(f"{number} ana 5 01-05" for number in range(1, 21)))
    take(home, *(f"{number} ana 5 01-05" for number in range(1, 22)), name="b.csv")
    assert spent(home) == {"ana": (105, 21, 0)}
    assert table(home)["first_import_id"].to_list() == [first]


def test_the_same_number_in_another_source_is_another_payment(home: Home) -> None:
    take(home, "7 ana 9 01-05")
    take(home, "7 ana 9 02-05", source="kiosk")
    assert spent(home) == {"ana": (18, 2, 0)}


def test_a_ledger_made_before_payments_were_known_by_what_they_state_is_brought_up(home: Home) -> None:
    take(home, "7 ana 9 01-05 paid", "8 ana -4 01-06 paid", "9 bob 5 01-07 paid")
    take(home, "7 ana 9 01-05 paid", "9 bob 5 01-07 cancelled", "7 cam 3 01-05 paid", name="b.csv")
    expected = {"ana": (9, 1, 4), "bob": (0, 0, 0), "cam": (3, 1, 0)}
    assert spent(home) == expected
    with working(home.working) as connection:
        for name in ("payment_amount", "payment_day", "payment_state", "payment_line"):
            connection.execute(f"ALTER TABLE ledger.contributions DROP COLUMN {name}")
        connection.execute("UPDATE ledger.shape SET digest = 'of yesterday'")
    recompute.prioritise_all(home, NOW.date())
    assert spent(home) == expected
    take(home, "8 ana -4 01-06 paid", "9 bob 5 01-07 paid", name="c.csv")
    assert spent(home) == {"ana": (9, 1, 4), "bob": (5, 1, 0), "cam": (3, 1, 0)}


def warned(home: Home, title: str, *texts: str, profile: str = "payments") -> list[list[str]]:
    """The codes of the warnings of each of these files, with the rows that they name."""
    outcomes = [
        import_text(home, f"{title},email,amount,date,status\n{text}", "till", f"{place}.csv", profile=profile)
        for place, text in enumerate(texts)
    ]
    return [[warning for warning in outcome.warnings if warning.startswith("PAYMENT_")] for outcome in outcomes]


@pytest.mark.parametrize(
    ("title", "number", "code"),
    [
        ("Transaction ID", "7", "PAYMENT_CONTRADICTED"),
        ("Numéro de transaction", "7", "PAYMENT_CONTRADICTED"),
        ("Transaktionsnummer", "7", "PAYMENT_CONTRADICTED"),
        ("ID transakcji", "7", "PAYMENT_CONTRADICTED"),
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


LINES = "order number,email,amount,date,item\n"


def lines(home: Home, *rows: str, name: str = "a.csv", title: str = LINES) -> list[str]:
    """Import rows such as `7 ana 25 Mug`, all of one day; the codes of the warnings."""
    cells = [row.split() for row in rows]
    text = title + "".join(
        f"{number},{who}@example.com,{amount},2026-03-01,{item}\n" for number, who, amount, item in cells
    )
    outcome = import_text(home, text + "\n" * len(name), "till", name, sources=TILL)
    assert outcome.status == "done", outcome
    return [warning.split(":")[0] for warning in outcome.warnings if warning.startswith(("PAYMENT_", "EQUAL_"))]


LISTED: dict[str, tuple[list[str], int]] = {
    "lines of several amounts, two of them equal": (["7 ana 25 Mug", "7 ana 50 Tea", "7 ana 25 Pen"], 100),
    "equal lines that no item tells apart": (["7 ana 25 -", "7 ana 50 -", "7 ana 25 -"], 100),
    "the order's total beside each item": (["7 ana 70 Mug", "7 ana 70 Tea"], 70),
    "an order that is there twice, cell by cell": (["7 ana 25 A", "7 ana 50 B", "7 ana 25 A", "7 ana 50 B"], 75),
    "an order that stands again below others": (
        ["7 ana 25 A", "7 ana 50 B", "7 ana 25 C", "8 ana 1 A", "7 ana 25 A", "7 ana 50 B", "7 ana 25 C", "7 ana 5 D"],
        106,
    ),
    "equal lines in a list of lines": (
        ["7 ana 25 A", "7 ana 50 B", "8 ana 3 A", "8 ana 4 B", "9 ana 30 A", "9 ana 30 B"],
        142,
    ),
    "a total beside items in a list that has one order of two amounts": (
        ["7 ana 25 A", "7 ana 50 B", "9 ana 30 A", "9 ana 30 B"],
        105,
    ),
    "refunds of two equal lines": (
        ["7 ana 25 A", "7 ana 50 B", "7 ana 25 C", "7 ana -25 A", "7 ana -25 C", "7 ana -50 B"],
        100,
    ),
}


@pytest.mark.parametrize(("rows", "total"), LISTED.values(), ids=LISTED)
def test_equal_lines_of_an_order_are_added_where_the_list_has_the_lines_amounts_and_never_again_by_another_file(
    home: Home, rows: list[str], total: int
) -> None:
    told = lines(home, *rows)
    assert spent(home)["ana"][0] == total
    assert table(home, "import_history")["amount_accepted"].to_list() == [total]
    told_apart = sum(int(row.split()[2]) for row in rows if "-" not in row.split()[2]) == total
    assert told_apart or "PAYMENT_TOLD_AGAIN" in told
    lines(home, *rows, name="later.csv")
    lines(home, *rows[:2], "99 bob 1 Mug", name="of some.csv")
    assert (spent(home)["ana"][0], spent(home)["bob"][0]) == (total, 1)
    assert table(home, "import_history")["amount_accepted"].sum() == total + 1


def test_a_file_that_has_one_more_equal_line_adds_that_line(home: Home) -> None:
    assert lines(home, "7 ana 25 Mug", "7 ana 50 Tea") == []
    assert lines(home, "7 ana 25 Mug", "7 ana 50 Tea", "7 ana 25 Pen", name="b.csv") == [
        "EQUAL_ORDER_LINES",
        "PAYMENT_TOLD_AGAIN",
    ]
    assert spent(home) == {"ana": (100, 3, 0)}
    history = (
        table(home, "import_history").sort("started_at", "amount_accepted").select("amount_accepted", "amount_repeated")
    )
    assert sorted(history.rows()) == [(25, 75), (75, 0)]


@pytest.mark.parametrize("title", ["Transaction ID", "Numéro de transaction", "ID transakcji", "Txn ID"])
def test_a_transaction_that_is_there_twice_counts_once_unless_items_tell_it_apart(home: Home, title: str) -> None:
    titles = LINES.replace("order number", title)
    told = lines(home, "7 ana 25 A", "7 ana 50 B", "7 ana 25 A", title=titles)
    assert (spent(home)["ana"][0], sorted(told)) == (75, ["PAYMENT_CONTRADICTED", "PAYMENT_TOLD_AGAIN"])
    lines(home, "8 bob 25 A", "8 bob 50 B", "8 bob 25 C", title=titles, name="b.csv")
    assert spent(home)["bob"][0] == 100


@pytest.mark.parametrize("title", ["Line total", "Item price", "Zeilensumme", "Montant de la ligne", "Wartość pozycji"])
def test_an_amount_that_its_title_gives_to_a_line_is_added_for_each_line(home: Home, title: str) -> None:
    text = f"order number,email,{title},date,item\n" + "".join(
        f"7,ana@example.com,30,2026-03-01,{item}\n" for item in ("Mug", "Tea")
    )
    outcome = import_text(home, text, "till", "a.csv", sources=TILL, mapping={title: "amount"})
    assert (outcome.amount_accepted, spent(home)["ana"][0]) == (60, 60)


def test_what_an_import_adds_is_what_it_accepted_and_the_rest_it_repeats(home: Home) -> None:
    take(home, "7 ana 10 01-05", "8 ana 20 01-06")
    outcome = take(home, "7 ana 10 01-05", "8 ana 20 01-06 cancelled", "9 bob 5 01-07", name="b.csv")
    history = {row["import_id"]: row for row in table(home, "import_history").iter_rows(named=True)}
    assert (history[outcome]["amount_accepted"], history[outcome]["amount_repeated"]) == (-15, 30)
    assert sum(row["amount_accepted"] for row in history.values()) == sum(total for total, *_ in spent(home).values())


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("7 ana 9 01-05 refunded 9", "7 ana 9 01-05 paid", (9, 1, 9)),
        ("7 ana 9 01-05 refunded -", "7 ana 9 01-05 paid", (9, 1, 9)),
        ("7 ana 9 01-05 paid 4", "7 ana 9 01-05 paid", (9, 1, 4)),
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
