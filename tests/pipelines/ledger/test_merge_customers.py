"""Two customers are one, by somebody's decision, and two again: rows, money, later imports, undos."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions.decide_access import decide_access
from pipelines.ledger.decisions.low_spend_cleanup import clean_up, low_spend
from pipelines.ledger.decisions.merge_customers import (
    Deciding,
    Merged,
    decided_already,
    merge_customers,
    separate_customers,
)
from pipelines.ledger.undo import rehearse_undo
from pipelines.warehouse.database import published, rows_of
from tests.pipelines.stripe.states import Account, charge, customer, sync
from tests.support.by_hand import add, edit
from tests.support.flow import NOW, derived, first_import, import_text, table, undo

ZOE = Deciding("Zoé", NOW)
LIST = (
    "email,name,city,total spent,payment count,first payment date\n"
    "ann@example.com,Ann Lee,Lyon,10.00,1,2026-01-05\n"
    "a.lee@example.com,Ann B. Lee,,5.50,2,2025-11-01\n"
    "cy@example.com,Cy,Nice,1.00,1,2026-02-01\n"
)


@pytest.fixture
def home(home: Home) -> Home:
    first_import(home, LIST)
    return home


def merge(home: Home, survivor: str, other: str) -> Merged:
    return merge_customers(home, survivor, other, ZOE)


def separate(home: Home, one: str, other: str | None = None) -> Merged:
    return separate_customers(home, one, other, ZOE)


def customers(home: Home) -> dict[str, dict[str, Any]]:
    return {row["email"]: row for row in table(home).iter_rows(named=True)}


def everything(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    return {name: frame.rows() for name, frame in derived(home).items()}


def test_the_survivor_keeps_its_id_and_address_and_has_the_rows_of_both(home: Home) -> None:
    before = customers(home)
    merged = merge(home, "Ann@Example.com", "a.lee@example.com")
    after = customers(home)
    ann = after["ann@example.com"]
    assert set(after) == {"ann@example.com", "cy@example.com"} and after["cy@example.com"] == before["cy@example.com"]
    assert ann["customer_id"] == before["ann@example.com"]["customer_id"] == merged.customer_id
    assert (ann["total_spent"], ann["payment_count"]) == (Decimal("15.500"), 3)
    assert (ann["name"], ann["city"]) == ("Ann B. Lee", "Lyon")
    assert str(ann["first_payment_date"]) == "2025-11-01"


def test_the_survivors_address_stays_though_the_other_ones_came_first(home: Home) -> None:
    merge(home, "a.lee@example.com", "ann@example.com")
    assert set(customers(home)) == {"a.lee@example.com", "cy@example.com"}


def test_rows_that_come_later_under_either_address_are_the_survivors(home: Home) -> None:
    merge(home, "ann@example.com", "a.lee@example.com")
    outcome = import_text(
        home, "email,name,total spent\nA.Lee@example.com,Ann,2\nnew@example.com,New,1\n", name="b.csv"
    )
    assert (outcome.customers_created, outcome.customers_updated) == (1, 1)
    assert customers(home)["ann@example.com"]["total_spent"] == Decimal("17.500")
    assert set(customers(home)) == {"ann@example.com", "cy@example.com", "new@example.com"}


@pytest.mark.slow
def test_an_undo_of_the_merge_gives_what_would_be_without_it(home: Home) -> None:
    merged = merge(home, "ann@example.com", "a.lee@example.com")
    import_text(home, "email,name\na.lee@example.com,Ann Again\n", name="b.csv")
    effect = rehearse_undo(home, merged.import_id, NOW)
    assert (effect.customers_returned, effect.amount_change) == (1, 0)
    undo(home, merged.import_id)
    other = Home(home.root / "other")
    first_import(other, LIST)
    import_text(other, "email,name\na.lee@example.com,Ann Again\n", name="b.csv")
    without = [name for name in derived(home) if name != "customer_priority"]
    assert {name: everything(home)[name] for name in without} == {name: everything(other)[name] for name in without}


def test_a_separation_gives_what_would_be_without_the_merge_and_its_undo_gives_the_merge(home: Home) -> None:
    before = everything(home)
    merge(home, "ann@example.com", "a.lee@example.com")
    merged = everything(home)
    apart = separate(home, "a.lee@example.com")
    assert everything(home)["customers"] == before["customers"]
    undo(home, apart.import_id)
    assert everything(home) == merged


def test_a_rebuild_changes_nothing(home: Home) -> None:
    merge(home, "ann@example.com", "a.lee@example.com")
    before = everything(home)
    recompute.rebuild(home)
    assert everything(home) == before


def test_a_chain_is_one_customer_and_comes_apart_in_any_order(home: Home) -> None:
    alone = everything(home)["customers"]
    first = merge(home, "ann@example.com", "a.lee@example.com")
    second = merge(home, "cy@example.com", "a.lee@example.com")
    assert customers(home)["cy@example.com"]["total_spent"] == Decimal("16.500") and len(customers(home)) == 1
    undo(home, first.import_id)
    assert set(customers(home)) == {"cy@example.com", "a.lee@example.com"}
    undo(home, second.import_id)
    assert everything(home)["customers"] == alone


def test_no_circle_can_come_about(home: Home) -> None:
    merge(home, "ann@example.com", "a.lee@example.com")
    apart = separate(home, "ann@example.com")
    merge(home, "a.lee@example.com", "ann@example.com")
    undo(home, apart.import_id)
    assert set(customers(home)) == {"a.lee@example.com", "cy@example.com"}
    with pytest.raises(AlreadyDone):
        merge(home, "ann@example.com", "a.lee@example.com")


def test_a_separation_of_the_survivor_lets_everybody_go(home: Home) -> None:
    merge(home, "ann@example.com", "a.lee@example.com")
    merge(home, "ann@example.com", "cy@example.com")
    assert len(separate(home, "ann@example.com").others) == 2
    assert len(customers(home)) == 3


def test_two_of_three_are_separated_by_name(home: Home) -> None:
    merge(home, "ann@example.com", "a.lee@example.com")
    merge(home, "ann@example.com", "cy@example.com")
    separate(home, "cy@example.com", "a.lee@example.com")
    assert set(customers(home)) == {"ann@example.com", "cy@example.com"}


def test_what_cannot_be_decided_is_refused_and_changes_nothing(home: Home) -> None:
    before = everything(home)
    for one, other in (("ann@example.com", "ANN@example.com"), ("ann@example.com", "nobody@example.com")):
        with pytest.raises(WrongUse):
            merge(home, one, other)
    with pytest.raises(WrongUse, match="nobody is part of"):
        separate(home, "ann@example.com")
    separate(home, "ann@example.com", "cy@example.com")
    with pytest.raises(AlreadyDone):
        separate(home, "cy@example.com", "ann@example.com")
    assert everything(home)["customers"] == before["customers"]


def test_the_history_names_nobody_by_an_address(home: Home) -> None:
    merged = merge(home, "ann@example.com", "a.lee@example.com")
    entry = table(home, "import_history").filter(import_id=merged.import_id).row(0, named=True)
    assert (entry["status"], entry["imported_by"], entry["format"]) == ("done", "Zoé", "merge")
    assert "@" not in str(entry) and merged.customer_id in entry["message"]


@pytest.mark.slow
def test_payments_of_both_with_one_number_stay_two(home: Home) -> None:
    """Neither a merge nor its undo changes what all spent, whatever their payments are called."""
    text = "email,amount,date,payment id\nann@example.com,50,2026-01-02,p1\na.lee@example.com,50,2026-01-02,p1\n"
    import_text(home, text, name="p.csv", source="till", profile="payments")
    merge(home, "ann@example.com", "a.lee@example.com")
    assert customers(home)["ann@example.com"]["total_spent"] == Decimal("115.500")
    again = "email,amount,date,payment id\na.lee@example.com,50,2026-01-02,p1\nzed@example.com,1,2026-01-03,p2\n"
    import_text(home, again, name="q.csv", source="till", profile="payments")
    assert customers(home)["ann@example.com"]["total_spent"] == Decimal("115.500")


def test_a_list_that_comes_again_is_known_though_its_customers_were_merged(home: Home) -> None:
    merge(home, "ann@example.com", "a.lee@example.com")
    assert import_text(home, LIST + "new@example.com,N,,,,\n", name="b.csv").status == "done"
    same_rows = LIST.replace("Ann Lee,Lyon", "Ann Lee,Lyon ")
    outcome = import_text(home, same_rows, name="c.csv")
    assert outcome.status == "held"


@pytest.mark.slow
def test_accounts_contacts_groups_consents_and_fields_go_with_their_customer(home: Home) -> None:
    text = (
        "email,name,groups,opt-in,contact email,contact reference,Shoe size\n"
        "a.lee@example.com,Ann,vip,no,buyer@client.example,R1,41\nann@example.com,Ann,VIP;Lyon,yes,,,\n"
    )
    import_text(home, text, name="b.csv", source="crm")
    account = Account(
        [charge("1", 1000, "cus_b"), charge("2", 500, None, 3, billing_email="a.lee@example.com")],
        customers=[customer("b", "a.lee@example.com")],
    )
    sync(home, account)
    before, shown = sums(home), {name: len(rows) for name, rows in everything(home).items()}
    merged = merge(home, "ann@example.com", "a.lee@example.com")
    assert sums(home) == before
    ann = customers(home)["ann@example.com"]
    assert ann["opt_in"] is False and ann["groups"] == ["Lyon", "vip"]
    assert set(table(home, "contacts")["customer_id"]) == {ann["customer_id"]}
    assert table(home, "customer_external_ids")["customer_id"].to_list() == [ann["customer_id"]]
    for name in ("stripe_customers", "stripe_payments", "stripe_spend"):
        assert set(table(home, name)["customer_id"]) == {ann["customer_id"]}, name
    payments = table(home, "payments").filter(pl.col("charge_id").is_not_null())
    assert set(payments["customer_id"]) == {ann["customer_id"]} and payments.height == 2
    sync(home, Account([*account.charges, charge("3", 300, "cus_b", 5)], customers=account.customers))
    assert customers(home)["ann@example.com"]["total_spent"] == ann["total_spent"] + 3
    undo(home, merged.import_id)
    assert table(home, "stripe_customers")["customer_id"].to_list() == [
        customers(home)["a.lee@example.com"]["customer_id"]
    ]
    assert {name: len(rows) for name, rows in everything(home).items() if name != "payments"} == {
        name: count for name, count in shown.items() if name != "payments"
    }


def sums(home: Home) -> list[tuple[Any, ...]]:
    with published(home.published) as connection:
        query = "SELECT sum(total_spent), sum(payment_count), sum(refund_volume) FROM customers"
        paid = "SELECT sum(amount_in_base), count(*) FROM payments"
        return [*rows_of(connection, query).rows(), *rows_of(connection, paid).rows()]


def test_a_request_for_access_goes_with_its_customer(home: Home) -> None:
    text = '{"kind": "access_request", "at": "2026-02-01T10:00:00Z", "email": "a.lee@example.com"}\n'
    import_text(home, text, name="e.ndjson", source="web", profile="captured")
    status = customers(home)["a.lee@example.com"]["access_status"]
    merge(home, "ann@example.com", "a.lee@example.com")
    assert customers(home)["ann@example.com"]["access_status"] == status == "pending"
    decide_access(home, "ann@example.com", "approved", "Zoé", NOW)
    assert customers(home)["ann@example.com"]["access_status"] == "approved"


def test_a_clean_up_removes_merged_customers_as_the_one_that_they_are(home: Home) -> None:
    merge(home, "ann@example.com", "a.lee@example.com")
    clean_up(home, Decimal(16), low_spend(home, Decimal(16))[1], "Zoé", NOW)
    assert customers(home) == {}
    outcome = import_text(home, "email,name,total spent\na.lee@example.com,A,1\ncy@example.com,C,1\n", name="b.csv")
    assert set(customers(home)) == {"ann@example.com"} and outcome.customers_kept_away == 1


@pytest.mark.slow
def test_a_survivor_whose_own_rows_are_undone_lives_on_in_those_of_the_other(home: Home) -> None:
    outcome = import_text(home, "email,name,total spent\nb@example.com,B,3\n", name="b.csv")
    identity = customers(home)["b@example.com"]["customer_id"]
    merge(home, "b@example.com", "cy@example.com")
    undo(home, outcome.import_id)
    (cy,) = table(home).filter(pl.col("email") == "cy@example.com").iter_rows(named=True)
    assert cy["customer_id"] == identity and cy["total_spent"] == Decimal("1.000")
    recompute.rebuild(home)
    assert customers(home)["cy@example.com"] == cy


@pytest.mark.slow
def test_a_survivor_keeps_its_address_though_the_others_was_entered_by_hand(home: Home) -> None:
    add(home, email="eve@example.com", name="Eve")
    merged = merge(home, "ann@example.com", "eve@example.com")
    assert set(customers(home)) == {"ann@example.com", "a.lee@example.com", "cy@example.com"}
    assert customers(home)["ann@example.com"]["name"] == "Eve"
    edit(home, "ann@example.com", email="new@example.com")
    assert "new@example.com" in customers(home)
    undo(home, merged.import_id)
    assert set(customers(home)) == {"new@example.com", "a.lee@example.com", "cy@example.com", "eve@example.com"}


@pytest.mark.slow
def test_who_is_added_under_the_address_of_somebody_merged_is_their_own_once_the_merge_is_undone(home: Home) -> None:
    """Nobody is there when they are added: the rows of both were undone."""
    first, second = (
        import_text(home, f"email,name\n{name}@example.com,{name}\n", name=f"{name}.csv") for name in ("b", "d")
    )
    merged = merge(home, "b@example.com", "d@example.com")
    for outcome in (first, second):
        undo(home, outcome.import_id)
    add(home, email="d@example.com", name="Dee")
    undo(home, merged.import_id)
    import_text(home, "email,name,total spent\nb@example.com,Bo,1\nd@example.com,D,2\n", name="e.csv")
    assert {"b@example.com", "d@example.com"} <= set(customers(home))
    assert customers(home)["d@example.com"]["total_spent"] == Decimal("2.000")


@pytest.mark.rule("PIT-70")
def test_what_a_run_decided_that_died_before_it_told_so_is_told_and_not_decided_once_more(home: Home) -> None:
    """Asked again, a separation of somebody who left would let those go who are part of them."""
    merge(home, "a.lee@example.com", "cy@example.com")
    merge(home, "ann@example.com", "a.lee@example.com")
    assert decided_already(home, ["dead"]) is None
    apart = separate_customers(home, "a.lee@example.com", None, Deciding("Zoé", NOW, "dead"))
    assert decided_already(home, ["dead", "another"]) == apart
    assert set(customers(home)) == {"ann@example.com", "a.lee@example.com"}
    undo(home, apart.import_id)
    assert decided_already(home, ["dead"]) is None


@pytest.mark.slow
def test_who_is_joined_by_a_merge_of_somebody_else_since_a_separation_was_undone_leaves_by_that(home: Home) -> None:
    merge(home, "ann@example.com", "a.lee@example.com")
    separation = separate(home, "ann@example.com", "a.lee@example.com")
    alone = everything(home)
    merge(home, "cy@example.com", "a.lee@example.com")
    undo(home, separation.import_id)
    assert [*customers(home)] == ["cy@example.com"], "the first merge counts again, and both are one with Cy"
    apart = separate(home, "ann@example.com")
    assert [*customers(home)] == ["ann@example.com", "cy@example.com"]
    assert customers(home)["ann@example.com"]["total_spent"] == Decimal("15.50")
    separate(home, "ann@example.com")
    assert everything(home) == alone
    undo(home, apart.import_id)
    assert {each: row["total_spent"] for each, row in customers(home).items()} == {
        "ann@example.com": 10,
        "cy@example.com": Decimal("6.50"),
    }
