"""Real files give the totals that their makers state, to the cent and the day."""

import json
import random
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from tests.support.flow import import_file, import_text, table, undo

pytestmark = pytest.mark.slow

INVOICES = ("invoices.csv", "factures_fr_utf8bom.csv")


def chinook(corpus: Path) -> pl.DataFrame:
    expected = pl.read_csv(corpus / "chinook" / "expected_by_email.csv", infer_schema=False)
    return expected.select(
        "email",
        pl.col("total_spent").cast(pl.Decimal(18, 3)),
        pl.col("payment_count").cast(pl.Int64),
        first_payment_date=pl.col("first_payment").str.to_date(),
        last_payment_date=pl.col("last_payment").str.to_date(),
    ).sort("email")


def facts(home: Home) -> pl.DataFrame:
    names = ("email", "total_spent", "payment_count", "first_payment_date", "last_payment_date")
    return table(home).select(names).sort("email")


@pytest.mark.parametrize("invoices", INVOICES)
@pytest.mark.parametrize("customers", ["never", "before", "after"])
def test_chinook_totals_are_exact_whatever_comes_with_them(
    home: Home, corpus: Path, invoices: str, customers: str
) -> None:
    if customers == "before":
        import_file(home, corpus / "chinook" / "customers.csv")
    import_file(home, corpus / "chinook" / invoices, profile="payments")
    if customers == "after":
        import_file(home, corpus / "chinook" / "customers.csv")
    assert facts(home).equals(chinook(corpus))
    assert facts(home)["total_spent"].sum() == Decimal("2328.600")


def test_the_same_invoices_in_two_languages_count_once(home: Home, corpus: Path) -> None:
    for invoices in INVOICES:
        import_file(home, corpus / "chinook" / invoices, profile="payments")
    assert facts(home).equals(chinook(corpus))


def shuffled_parts(corpus: Path) -> list[str]:
    header, *lines = (corpus / "chinook" / "invoices.csv").read_text("utf-8").splitlines()
    random.Random(5).shuffle(lines)
    return ["\n".join([header, *lines[start::5]]) for start in range(5)]


@pytest.mark.parametrize("order", list(permutations(range(5)))[::17])
def test_five_shuffled_parts_in_any_order_and_twice_give_the_whole(
    home: Home, corpus: Path, order: tuple[int, ...]
) -> None:
    parts = shuffled_parts(corpus)
    for part in (*order, order[0]):
        import_text(home, parts[part], profile="payments", name=f"part{part}.csv")
    assert facts(home).equals(chinook(corpus))


def test_one_of_five_parts_undone_leaves_the_other_four(home: Home, corpus: Path) -> None:
    parts = shuffled_parts(corpus)
    outcomes = [import_text(home, part, profile="payments", name=f"{n}.csv") for n, part in enumerate(parts)]
    undo(home, outcomes[2].import_id)
    remaining = outcomes[0], outcomes[1], outcomes[3], outcomes[4]
    assert facts(home)["total_spent"].sum() == sum(outcome.amount_accepted for outcome in remaining)
    assert facts(home)["payment_count"].sum() == 412 - outcomes[2].rows_accepted


def orders_of_jaffle_shop(corpus: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The shop's three tables as a payment list (one row per order, amounts from cents) and a customer list."""
    seeds = corpus / "jaffle-shop" / "seeds"
    customers, orders, payments = (
        pl.read_csv(seeds / f"raw_{name}.csv", infer_schema=False) for name in ("customers", "orders", "payments")
    )
    cents = payments.group_by("order_id").agg(pl.col("amount").cast(pl.Int64).sum())
    email = pl.format("customer{}@example.com", pl.col("user_id"))
    paid = orders.join(cents, left_on="id", right_on="order_id").select(
        payment_id="id",
        email=email,
        amount=(pl.col("amount") // 100).cast(pl.String) + "." + (pl.col("amount") % 100).cast(pl.String).str.zfill(2),
        date="order_date",
    )
    people = customers.rename({"id": "user_id"}).select("first_name", "last_name", email=email)
    return paid, people


def test_jaffle_shop_orders_give_its_own_customer_table(home: Home, corpus: Path) -> None:
    paid, people = orders_of_jaffle_shop(corpus)
    import_text(home, people.write_csv(), name="people.csv")
    import_text(home, paid.write_csv(), name="orders.csv", profile="payments")
    expected = pl.read_csv(corpus / "jaffle-shop" / "expected_customers.csv", infer_schema=False).select(
        email=pl.format("customer{}@example.com", pl.col("customer_id")),
        total_spent=pl.col("customer_lifetime_value").fill_null("0").cast(pl.Decimal(18, 3)),
        payment_count=pl.col("number_of_orders").fill_null("0").cast(pl.Int64),
        first_payment_date=pl.col("first_order").str.to_date(),
        last_payment_date=pl.col("most_recent_order").str.to_date(),
    )
    found = facts(home).with_columns(pl.col("total_spent").fill_null(0), pl.col("payment_count").fill_null(0))
    assert found.equals(expected.sort("email"))
    assert found["total_spent"].sum() == Decimal(1672)


UTF8_LISTS = [
    "customers-1000.csv",
    "clients-fr-1000.csv",
    "leads-duplicates-1000.csv",
    "people-1000.csv",
    "enterprise-customers-100.csv",
]


@pytest.mark.parametrize("name", UTF8_LISTS)
def test_ordinary_lists_give_what_their_maker_expects(home: Home, corpus: Path, name: str) -> None:
    listed = json.loads((corpus / "faker-lists" / "expected.json").read_text("utf-8"))
    expected = next(entry for entry in listed if entry["file"] == name)
    base = "GBP" if name.startswith("enterprise") else "USD"
    outcome = import_file(home, corpus / "faker-lists" / name, sources=Sources(base_currency=base))
    rejected = table(home, "rejected_rows").filter(severity="row")["row_number"].to_list()
    assert outcome.rows_read == expected["rows"]
    assert rejected == expected.get("rows_without_email", [])
    assert table(home).height == expected["distinct_emails"]
    assert outcome.rows_merged == expected.get("merged_rows", 0)
    assert outcome.amount_accepted == Decimal(expected.get("total_spent", 0))


def test_six_addresses_of_the_long_list_are_none_and_are_rejected_with_their_rows(home: Home, corpus: Path) -> None:
    """`expected.json` counts 10,000; six have two dots in a row, which no mail standard allows."""
    outcome = import_file(home, corpus / "faker-lists" / "customers-10000.csv")
    rejected = table(home, "rejected_reasons").filter(severity="row", field="email")
    assert rejected["row_number"].to_list() == [1200, 3192, 3705, 4694, 6997, 8659]
    assert rejected["code"].unique().to_list() == ["INVALID_EMAIL"]
    assert all(".." in value for value in rejected["value"])
    assert outcome.amount_accepted == Decimal("16032158.92") - Decimal("9520.85")


@pytest.mark.rule("AMB-19")
def test_a_list_in_another_currency_is_rejected_not_added(home: Home, corpus: Path) -> None:
    outcome = import_file(home, corpus / "faker-lists" / "enterprise-customers-100.csv")
    assert (outcome.status, outcome.reject_codes["CURRENCY_NOT_CONVERTIBLE"]) == ("refused", 100)
    assert table(home).is_empty()


def test_a_list_without_addresses_is_refused_and_all_its_rows_are_told(home: Home, corpus: Path) -> None:
    outcome = import_file(home, corpus / "faker-lists" / "organizations-1000.csv")
    assert (outcome.status, outcome.reasons[0].code) == ("refused", "MISSING_REQUIRED_COLUMN")
    assert (outcome.rows_read, outcome.rows_rejected, outcome.rows_accepted) == (1000, 1000, 0)


def test_exact_addresses_join_what_the_lists_maker_joined(home: Home, corpus: Path) -> None:
    import_file(home, corpus / "faker-lists" / "leads-duplicates-1000.csv")
    expected = pl.read_csv(corpus / "faker-lists" / "leads-duplicates-1000.expected.csv", infer_schema=False)
    found = table(home)["email"].str.to_lowercase().sort()
    assert found.to_list() == expected["email"].sort().to_list()
