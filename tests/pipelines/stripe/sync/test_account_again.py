"""An account that is synced again, under other rules, from another place, or taken out."""

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from pipelines.errors import AccountChanged, AccountTaken, WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.take_out_account import take_out
from pipelines.publishing.queries import read as read_table
from pipelines.stripe.sync.context import Synced
from tests.pipelines.stripe.states import Account, charge, customer, refund, sync, terms
from tests.pipelines.stripe.sync.account_tables import ANA, GUEST, ONE_CHARGE, emails, of, totals
from tests.support.flow import NOW, import_text, table, undo
from tests.support.homes import once


@once
def of_ana(home: Home) -> Synced:
    """An account of one customer with one charge, synced."""
    return sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))


def everything(home: Home) -> dict[str, pl.DataFrame]:
    names = ("customers", "customer_priority", "stripe_charges", "stripe_refunds", "stripe_customers", "stripe_spend")
    return {name: table(home, name) for name in (*names, "stripe_apart", "import_history", "spend_by_currency")}


def same(left: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame]) -> bool:
    return all(left[name].equals(right[name]) for name in left)


@pytest.mark.scenario(34)
def test_nothing_changed_means_that_nothing_is_written(home: Home) -> None:
    account = Account([charge("1", 1000, "cus_ana"), GUEST], [refund("1", 100, of="1")], [ANA])
    sync(home, account)
    before, file = everything(home), home.published.stat()
    for day, full in ((31, True), (32, False), (33, True)):
        assert sync(home, account, day, full=full).import_id is None
    assert same(before, everything(home))
    assert home.published.stat().st_mtime_ns == file.st_mtime_ns, "not even the snapshot is made anew"


@pytest.mark.rule("PIT-87")
@pytest.mark.scenario(42)
def test_live_and_test_objects_never_meet(home: Home) -> None:
    of_ana(home)
    before = everything(home)
    with pytest.raises(AccountChanged, match="live mode and in test mode"):
        sync(home, Account([charge("2", 1000, "cus_ana", livemode=True)]), 31, full=False)
    assert same(before, everything(home))


@pytest.mark.scenario(43)
def test_a_charge_that_vanished_is_another_account(home: Home) -> None:
    of_ana(home)
    before = everything(home)
    with pytest.raises(AccountChanged, match=r"ch_1.*customers stripe connect billing"):
        sync(home, Account([charge("2", 1000, "cus_ana")], customers=[ANA]), 31)
    assert same(before, everything(home))


@pytest.mark.scenario(44)
def test_a_surprising_object_is_rejected_with_its_reason_and_once(home: Home) -> None:
    account = Account([charge("1", 1000, "cus_ana"), charge("2", -5, "cus_ana", currency="dollars")], [], [ANA])
    assert sync(home, account).objects_rejected == 1
    assert sync(home, account, 31).import_id is None
    found = table(home, "rejected_reasons").row(0, named=True)
    assert (found["code"], found["value"]) == ("SURPRISING_OBJECT", "ch_2")
    assert "amount is -0.05" in found["message"] and "currency is DOLLARS" in found["message"]
    assert totals(home)[:2] == ("10.000", 1)
    history = table(home, "import_history").row(0, named=True)
    assert (history["status"], history["rows_read"], history["rows_accepted"]) == ("done_with_rejects", 3, 2)


@pytest.mark.scenario(44)
def test_an_object_that_becomes_surprising_is_neither_vanished_nor_deleted(home: Home) -> None:
    of_ana(home)
    odd = [
        {"stream": "charges", "id": "ch_1", "reason": "amount is a text", "row": '{"id": "ch_1"}'},
        {"stream": "customers", "id": "cus_ana", "reason": "email is a number", "row": '{"id": "cus_ana"}'},
    ]
    assert sync(home, Account(surprises=odd), 31).objects_rejected == 2
    assert totals(home)[:2] == ("10.000", 1)
    assert of(home, "ana@example.com")["name"] == "Ana Lima"


@pytest.mark.slow
@pytest.mark.scenario(50)
def test_switching_the_minimum_and_back_gives_the_same_tables(home: Home) -> None:
    paid = [charge("1", 999, "cus_ana"), charge("2", 5000, "cus_bo")]
    account = Account(paid, customers=[ANA, customer("bo", "bo@example.com")])
    sync(home, account)
    before = table(home).drop("first_import_id", "last_import_id", "created_at", "updated_at")
    sync(home, Account(), 31, full=False, min_spend=Decimal(10))
    assert emails(home) == {"bo@example.com"}
    sync(home, Account(), 32, full=False)
    assert table(home).drop("first_import_id", "last_import_id", "created_at", "updated_at").equals(before)


def test_other_rules_for_counting_count_what_is_known_again(home: Home) -> None:
    paid = [charge("1", 1000, "cus_ana", captured=False), charge("2", 500, "cus_ana")]
    sync(home, Account(paid, customers=[ANA]))
    sync(home, Account(), 31, full=False, count_charges="succeeded")
    assert totals(home)[:2] == ("15.000", 2)
    assert table(home, "stripe_charges")["counted"].all()


@pytest.mark.slow
@pytest.mark.rule("PIT-101")
@pytest.mark.scenario(66)
def test_an_account_belongs_to_one_source(home: Home) -> None:
    sync(home, ONE_CHARGE)
    before = table(home)
    second = replace(terms(), source="billing_again")
    with pytest.raises(AccountTaken, match="under the source billing"):
        sync(home, Account([charge("1", 1000, "cus_ana"), charge("9", 1)], customers=[]), on=second)
    with pytest.raises(AccountTaken, match="cus_ana"):
        sync(home, Account([], customers=[ANA]), on=second)
    assert table(home).equals(before)
    take_out(home, "billing", "Zoé", NOW)
    assert sync(home, ONE_CHARGE, on=second).import_id


def test_a_sync_cannot_be_undone_like_a_file(home: Home) -> None:
    synced = of_ana(home)
    assert synced.import_id
    with pytest.raises(WrongUse, match="the account's next one replaces it"):
        undo(home, synced.import_id)


@pytest.mark.slow
def test_an_account_is_taken_out_exactly_and_comes_back_whole(home: Home) -> None:
    import_text(home, "email,name,total spent\nana@example.com,Ana,5.00\n")
    before = table(home)
    account = Account([charge("1", 1000, "cus_ana"), GUEST], [refund("1", 100, of="1")], [ANA, customer("b", "b@c.de")])
    sync(home, account)
    after = table(home).drop("last_import_id")
    assert take_out(home, "billing", "Zoé", NOW) == 1
    assert table(home).equals(before)
    assert all(table(home, name).is_empty() for name in ("stripe_charges", "stripe_spend", "stripe_unattributed"))
    history = table(home, "import_history").filter(pl.col("source") == "billing").row(0, named=True)
    assert (history["status"], history["undone_by"], history["undone_count"]) == ("undone", "Zoé", 1)
    sync(home, account)
    assert table(home).drop("last_import_id", "first_import_id").equals(after.drop("first_import_id"))
    with pytest.raises(WrongUse, match="never synced"):
        take_out(home, "other", "Zoé", NOW)


def test_the_ledger_keeps_its_currency(home: Home) -> None:
    of_ana(home)
    with pytest.raises(WrongUse, match="every amount in the ledger is in USD"):
        sync(home, Account([charge("2", 1000, "cus_ana")]), 31, full=False, base="EUR")


@pytest.mark.slow
def test_rebuild_gives_the_same_tables(home: Home) -> None:
    import_text(home, "email,name,total spent\nguest@example.com,Gil,5.00\n")
    sync(home, Account([charge("1", 1000, "cus_ana"), GUEST], [refund("1", 100, of="1")], [ANA]))
    before = everything(home)
    recompute.rebuild(home)
    assert same(before, everything(home))
    assert read_table(home.published, "FROM deployment").rows() == [("USD",)]
