"""`payments`: one row per payment that counts, of files and of accounts, and no row for the totals of lists."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions import low_spend_cleanup
from pipelines.ledger.take_out_account import take_out
from pipelines.publishing.amounts_as_text import money_as_text
from pipelines.warehouse.database import working
from schemas.base import MONEY
from tests.pipelines.stripe.states import Account, charge, customer, refund, sync, terms
from tests.support.flow import NOW, import_text, table, undo

OWN = {"profiles": {"shop": {"based_on": "payments"}}}
TILL = Sources.model_validate(
    OWN | {"sources": {"till": {"profile": "payments"}, "daily": {"profile": "payments", "amounts": "snapshot"}}}
)
TITLES = "order number,email,amount,date,status,refunded amount\n"
COUNTED = ["source", "row_number", "paid_date", "amount", "refund"]
Row = tuple[object, ...]


def take(home: Home, *rows: str, name: str = "a.csv", source: str = "till", **options: object) -> str:
    """Import rows such as `7 ana 10 03-01 paid 4`: number (`-`: none), who, amount, day, state, refund."""
    parts = [[*row.split(), "paid", ""][:6] if len(row.split()) == 4 else [*row.split(), ""][:6] for row in rows]
    lines = "".join(
        f"{number.strip('-')},{who}@example.com,{amount},2026-{day},{state},{refund}\n"
        for number, who, amount, day, state, refund in parts
    )
    outcome = import_text(home, TITLES + lines, source, name, sources=TILL, **options)
    assert outcome.status == "done", outcome
    return outcome.import_id


def payments(home: Home) -> list[Row]:
    """Source, row, month and day, amount and refund of each payment."""
    rows = table(home, "payments").sort("source", "import_id", "row_number", "charge_id").select(COUNTED).rows()
    return [(source, row, f"{day:%m-%d}" if day else None, *map(_plain, money)) for source, row, day, *money in rows]


def _plain(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def agree(home: Home) -> None:
    """Payments and the totals of lists are each customer's, as the check has it; a rebuild tells the same."""
    shown = table(home, "payments")
    recompute.rebuild(home)
    assert table(home, "payments").equals(shown)


def test_each_payment_of_a_list_has_its_row_with_its_day_and_what_went_back(home: Home) -> None:
    identity = take(home, "1 ana 30 01-05", "2 ana 20 02-05 refunded 5", "3 bob 8 02-06 failed", "4 bob 9.5 02-07")
    assert payments(home) == [
        ("till", 2, "01-05", 30, None), ("till", 3, "02-05", 20, 5), ("till", 5, "02-07", 9.5, None)
    ]  # fmt: skip
    first = table(home, "payments").row(0, named=True)
    assert (first["payment_key"], first["import_id"]) == (f"{identity}:2", identity)
    assert (first["currency"], first["amount_in_base"], first["charge_id"]) == ("USD", Decimal(30), None)
    agree(home)


@pytest.mark.parametrize("number", ["7", "-"])
def test_a_refund_in_a_row_of_its_own_has_its_day_and_no_amount(home: Home, number: str) -> None:
    take(home, f"{number} ana 30 01-05", f"{number} ana -12 03-09")
    assert payments(home) == [("till", 2, "01-05", 30, None), ("till", 3, "03-09", None, 12)]
    agree(home)


def test_a_payment_of_nothing_is_one(home: Home) -> None:
    take(home, "1 ana 0 01-05", "2 ana 5 01-06")
    assert [row[3] for row in payments(home)] == [0, 5]
    agree(home)


@pytest.mark.slow
def test_totals_of_lists_of_customers_are_no_payments(home: Home) -> None:
    titles = "email,name,total spent,payment count,first payment date,last payment date\n"
    import_text(home, titles + "ana@example.com,Ana,100,1,2026-01-05,2026-01-05\n")
    assert table(home, "payments").is_empty()
    take(home, "1 ana 30 01-07")
    assert payments(home) == [("till", 2, "01-07", 30, None)]
    assert table(home)["total_spent"].to_list() == [Decimal(130)]
    agree(home)


@pytest.mark.slow
def test_later_states_of_a_payment_are_its_row(home: Home) -> None:
    take(home, "1 ana 30 01-05", "2 ana 20 01-06", "3 ana 10 01-07")
    take(home, "1 ana 30 01-05 refunded", "2 ana 20 01-09 cancelled", "3 ana 10 01-07 failed", name="b.csv")
    told = table(home, "payments").sort("paid_date")
    assert told.select("row_number", "amount", "refund").rows() == [(2, 30, 30), (4, 10, None)]
    agree(home)


@pytest.mark.slow
def test_undo_and_replace_bring_back_what_they_hid(home: Home) -> None:
    earlier = take(home, "1 ana 30 01-05", "2 bob 20 01-06")
    later = take(home, "1 ana 30 01-05 refunded", "3 cem 7 01-07", name="b.csv")
    assert [row[1:] for row in payments(home) if row[4]] == [(2, "01-05", 30, 30)]
    undo(home, later)
    assert payments(home) == [("till", 2, "01-05", 30, None), ("till", 3, "01-06", 20, None)]
    undo(home, earlier)
    assert payments(home) == []
    take(home, "9 ana 1 01-01", name="c.csv", source="daily")
    take(home, "9 ana 2 01-02", name="d.csv", source="daily")
    assert payments(home) == [("daily", 2, "01-02", 2, None)]
    agree(home)


def test_skipped_rows_have_no_payments_of_their_own(home: Home) -> None:
    rows = [f"- c{number} {number}.5 01-{number:02}" for number in range(1, 13)]
    take(home, *rows)
    take(home, *rows, "- new 99 02-01", name="b.csv", on_overlap="skip_identical")
    assert table(home, "payments")["amount"].sum() == table(home)["total_spent"].sum() == Decimal(183)
    agree(home)


def test_lines_of_an_order_are_payments_each(home: Home) -> None:
    take(home, "7 ana 25 01-05", "7 ana 50 01-05", "7 ana 25 01-05")
    assert [row[3] for row in payments(home)] == [25, 50, 25]
    agree(home)


def test_orders_among_events_are_payments(home: Home) -> None:
    ana = {"at": "2026-05-04T23:30:00Z", "email": "ana@example.com"}
    events = ({"kind": "order", "payment_id": "o1", "amount": 12.5} | ana, {"kind": "form"} | ana)
    import_text(home, "".join(json.dumps(event) + "\n" for event in events), "website", "events.ndjson")
    assert payments(home) == [("website", 1, "05-04", 12.5, None)]
    agree(home)


@pytest.mark.slow
def test_who_was_removed_has_no_payments_until_it_is_back(home: Home) -> None:
    take(home, "1 ana 5 01-05", "2 bob 50 01-06")
    _, mark = low_spend_cleanup.low_spend(home, Decimal(10))
    low_spend_cleanup.clean_up(home, Decimal(10), mark, "tester", NOW)
    assert payments(home) == [("till", 3, "01-06", 50, None)]
    take(home, "3 ana 6 01-07", name="b.csv")
    assert sorted(row[3] for row in payments(home)) == [5, 6, 50]
    agree(home)


def test_a_home_without_payments_has_an_empty_table(home: Home) -> None:
    import_text(home, "email,name\nana@example.com,Ana\n")
    assert table(home, "payments").is_empty()


RATES = "date,currency,rate\n2026-01-03,EUR,1.25\n"
ACCOUNT = Account(
    [
        charge("1", 1000, "cus_1"),
        charge("2", 800, "cus_1", day=5, currency="eur"),
        charge("3", 700, "cus_1", day=1, currency="eur"),  # two days before the first rate
        charge("4", 600, "cus_1", status="failed"),
        charge("5", 500, receipt_email="guest@example.com"),
        charge("6", 400),
    ],
    [refund("1", 300, "1"), refund("2", 200, "2", day=9)],
    [customer("1", "ana@example.com")],
)


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    path = tmp_path / "rates.csv"
    path.write_text(RATES, "utf-8")
    return path


def charges(home: Home) -> list[Row]:
    """Charge, currency, amounts and what they are in the base currency."""
    shown = table(home, "payments").filter(pl.col("charge_id").is_not_null()).sort("charge_id")
    money = ("amount", "refund", "amount_in_base", "refund_in_base")
    return [(*row[:2], *map(_plain, row[2:])) for row in shown.select("charge_id", "currency", *money).rows()]


@pytest.mark.slow
def test_charges_have_their_currency_and_what_totals_make_of_them(home: Home, rates: Path) -> None:
    sync(home, ACCOUNT, on=terms(rates=rates))
    first = [("ch_1", "USD", 10, 3, 10, 3), ("ch_2", "EUR", 8, 2, 10, 2.5), ("ch_3", "EUR", 7, 0, None, None)]
    assert charges(home) == first, "a guest counts for nobody whom nothing makes known"
    days = table(home, "payments").sort("charge_id")["paid_date"].to_list()
    assert days == [date(2026, 1, 2), date(2026, 1, 6), date(2026, 1, 2)]
    import_text(home, "email,name\nguest@example.com,Gus\n")
    assert charges(home) == [*first, ("ch_5", "USD", 5, 0, 5, 0)]
    agree(home)


@pytest.mark.slow
def test_a_charge_shows_what_the_latest_sync_says_of_it(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_1")], [], [customer("1", "ana@example.com")]))
    first = table(home, "payments")["import_id"].to_list()
    sync(home, Account([charge("1", 1000, "cus_1")], [refund("1", 300, "1")], [customer("1", "bob@example.com")]), 31)
    assert charges(home) == [("ch_1", "USD", 10, 3, 10, 3)]
    shown = table(home, "payments").join(table(home), on="customer_id")
    assert shown["email"].to_list() == ["bob@example.com"]
    assert shown["import_id"].to_list() != first
    sync(home, Account([charge("1", 1000, "cus_1")], [], [customer("1", "bob@example.com")]), 32, count_charges="all")
    agree(home)


@pytest.mark.slow
def test_refunds_that_change_places_are_seen_though_no_sum_moves(home: Home) -> None:
    both = [charge("1", 1000, "cus_1"), charge("2", 1000, "cus_1")]
    for day, of in enumerate("12", 31):
        sync(home, Account(both, [refund(of, 300, of)], [customer("1", "ana@example.com")]), day)
    states = [refund("1", 300, "1", status="failed"), refund("2", 300, "2")]
    sync(home, Account(both, states, [customer("1", "ana@example.com")]), 40)
    assert [row[3] for row in charges(home)] == [0, 3]


def test_charges_that_count_no_more_are_gone(home: Home) -> None:
    account = Account([charge("1", 1000, "cus_1", captured=False)], [], [customer("1", "ana@example.com")])
    sync(home, account, on=terms(count_charges="succeeded"))
    assert [row[0] for row in charges(home)] == ["ch_1"]
    sync(home, account, 31, on=terms(count_charges="settled"))
    assert charges(home) == []


@pytest.mark.slow
def test_who_is_under_the_minimum_spend_has_no_payments_of_the_account(home: Home) -> None:
    account = Account([charge("1", 1000, "cus_1")], [], [customer("1", "ana@example.com")])
    take(home, "1 ana 3 01-05")
    sync(home, account, on=terms(min_spend=Decimal(50)))
    assert payments(home) == [("till", 2, "01-05", 3, None)]
    agree(home)


@pytest.mark.slow
def test_an_account_that_is_taken_out_leaves_no_payments(home: Home) -> None:
    take(home, "1 ana 3 01-05")
    sync(home, Account([charge("1", 1000, "cus_1")], [], [customer("1", "ana@example.com")]))
    take_out(home, "billing", "tester", NOW)
    assert payments(home) == [("till", 2, "01-05", 3, None)]


@pytest.mark.slow
def test_a_ledger_of_before_learns_which_lists_are_of_payments(home: Home) -> None:
    take(home, "- ana 3 01-05", "- ana -1 01-06", source="own", profile="shop")
    take(home, "1 ana 4 01-07")
    import_text(home, "email,name,total spent\nana@example.com,Ana,100\n")
    shown = table(home, "payments")
    with working(home.working) as connection:
        connection.execute("UPDATE ledger.imports SET grain = NULL; UPDATE ledger.shape SET digest = 'older'")
    recompute.rebuild(home)
    assert table(home, "payments").equals(shown)


@pytest.mark.slow
def test_an_account_of_before_has_its_payments_from_its_next_sync_on(home: Home) -> None:
    account = Account([charge("1", 1000, "cus_1")], [], [customer("1", "ana@example.com")])
    sync(home, account)
    with working(home.working) as connection:
        connection.execute("DELETE FROM ledger.stripe_payments; UPDATE ledger.stripe_state SET payments_told = NULL")
    take(home, "1 ana 3 01-05")
    recompute.rebuild(home)
    assert charges(home) == []
    sync(home, account, 31)
    assert charges(home) == [("ch_1", "USD", 10, 0, 10, 0)]
    agree(home)


def test_an_export_writes_each_amount_with_the_decimals_of_its_own_currency() -> None:
    rows = pl.DataFrame({"amount": ["1500"], "currency": ["JPY"], "amount_in_base": ["12.5"]}).with_columns(
        pl.col("amount", "amount_in_base").cast(MONEY)
    )
    assert money_as_text(rows, "USD").row(0) == ("1500", "JPY", "12.50")
