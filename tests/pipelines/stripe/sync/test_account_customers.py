"""Who an account's customers are: addresses that change, payers, guests, the deleted, names."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.pipelines.stripe.states import Account, charge, customer, sync
from tests.pipelines.stripe.sync.account_tables import ANA, GUEST, emails, of, totals
from tests.support.flow import import_text, table, undo


@pytest.mark.rule("PIT-85")
@pytest.mark.scenario(14)
def test_customers_of_one_address_are_one(home: Home) -> None:
    """stripe.md D7."""
    both = [customer("1", "A@x.example ", "Old", day=1), customer("2", "a@x.example", "New", day=2)]
    paid = [charge("1", 1000, "cus_1", day=3), charge("2", 500, "cus_2", day=8)]
    sync(home, Account(paid, customers=both))
    assert totals(home, "A@x.example")[:2] == ("15.000", 2)
    assert of(home, "A@x.example")["name"] == "New", "the name of the customer with the latest payment"
    ids = table(home, "stripe_customers").select("stripe_customer_id", "customer_id")
    assert ids["customer_id"].n_unique() == 1 and ids.height == 2


@pytest.mark.slow
@pytest.mark.scenario(15)
def test_an_address_that_changed_takes_its_money_along(home: Home) -> None:
    import_text(home, "email,name,total spent\nold@example.com,Ana,5.00\n")
    paid = [charge("1", 1000, "cus_ana"), charge("2", 200, "cus_bo")]
    people = [customer("ana", "old@example.com", "Ana"), customer("bo", "bo@example.com")]
    sync(home, Account(paid, customers=people))
    assert totals(home, "old@example.com")[0] == "15.000"
    sync(
        home,
        Account([], [], [customer("ana", "new@example.com", "Ana"), customer("bo", "bob@example.com")]),
        40,
        full=False,
    )
    assert totals(home, "old@example.com")[0] == "5.000", "what the file said stays"
    assert totals(home, "new@example.com")[:2] == ("10.000", 1)
    assert emails(home) == {"old@example.com", "new@example.com", "bob@example.com"}


@pytest.mark.rule("AU-34")
@pytest.mark.scenario(16)
def test_a_customer_without_address_takes_the_payers(home: Home) -> None:
    """stripe.md D8."""
    paid = [
        charge("1", 1000, "cus_1", day=1, receipt_email="older@example.com"),
        charge("2", 500, "cus_1", day=5, receipt_email="newer@example.com"),
        charge("3", 700, "cus_2", receipt_email="no address"),
        charge("4", 900, "cus_3", receipt_email="other@example.com"),
    ]
    owners = [customer("1", None), customer("2", None, "Nobody"), customer("3", "own@example.com")]
    sync(home, Account(paid, customers=owners))
    assert totals(home, "newer@example.com")[:2] == ("15.000", 2)
    assert totals(home, "own@example.com")[:2] == ("9.000", 1)
    assert emails(home) == {"newer@example.com", "own@example.com"}
    apart = table(home, "stripe_unattributed").select("charge_id", "reason", "amount").rows()
    assert apart == [("ch_3", "customer_without_email", Decimal("7.000"))]


@pytest.mark.rule("PIT-84")
@pytest.mark.scenario(17)
@pytest.mark.parametrize(("guests", "counted"), [("attach", False), ("create", True), ("park", False)])
def test_a_guest_is_never_lost(home: Home, guests: str, counted: bool) -> None:
    """stripe.md D9."""
    synced = sync(home, Account([GUEST, charge("1", 100, "cus_ana")], customers=[ANA]), guests=guests)
    assert any(warning.startswith("CHARGES_APART: 1 ") for warning in synced.warnings) is not counted
    assert ("Guest@Example.com" in emails(home)) is counted
    apart = [row[0] for row in table(home, "stripe_unattributed").select("amount").rows()]
    assert apart == ([] if counted else [Decimal("7.000")])


@pytest.mark.slow
def test_a_guest_counts_as_soon_as_a_file_knows_the_address_and_no_longer(home: Home) -> None:
    sync(home, Account([GUEST], customers=[ANA]))
    told = import_text(home, "email,name,total spent\nguest@example.com,Gil,5.00\n")
    assert totals(home, "guest@example.com") == ("12.000", 1, "0.000")
    assert of(home, "guest@example.com")["origin"] == "file"
    assert table(home, "stripe_unattributed").is_empty()
    undo(home, told.import_id)
    assert emails(home) == {"ana@example.com"}
    assert table(home, "stripe_unattributed")["charge_id"].to_list() == ["ch_g"]


@pytest.mark.slow
def test_the_order_of_file_and_sync_changes_nothing(tmp_path: Path) -> None:
    text = "email,name,total spent\nguest@example.com,Gil,5.00\nana@example.com,Anna,1.00\n"
    account = Account([GUEST, charge("1", 100, "cus_ana")], [], [ANA])
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    sync(one, account)
    import_text(one, text)
    import_text(other, text)
    sync(other, account)
    money = ("total_spent", "payment_count", "refund_volume", "sources", "first_payment_date", "last_payment_date")
    assert table(one).select("customer_id", *money).equals(table(other).select("customer_id", *money))


@pytest.mark.scenario(18)
def test_a_guest_who_becomes_a_customer_moves_and_is_not_counted_twice(home: Home) -> None:
    sync(home, Account([GUEST], customers=[ANA]))
    sync(home, Account([GUEST | {"customer": "cus_ana"}]), 31, full=False)
    assert totals(home)[:2] == ("7.000", 1)
    assert table(home, "stripe_unattributed").is_empty()


@pytest.mark.slow
@pytest.mark.rule("PIT-86")
@pytest.mark.scenario(19)
def test_a_deleted_customer_goes_but_its_money_stays(home: Home) -> None:
    """stripe.md D13."""
    import_text(home, "email,name,total spent\nbo@example.com,Bo,5.00\n")
    paid = [charge("1", 1000, "cus_ana", billing_email="ana@example.com"), charge("2", 200, "cus_bo")]
    sync(home, Account(paid, customers=[ANA, customer("bo", "bo@example.com")]))
    assert totals(home, "bo@example.com")[0] == "7.000"
    stubs = [customer(name, None, created=None, livemode=None, deleted=True) for name in ("ana", "bo")]
    sync(home, Account(paid, customers=stubs), 40)
    assert emails(home) == {"bo@example.com"}
    assert totals(home, "bo@example.com")[0] == "7.000", "a file knows Bo, so what he paid counts"
    gone = table(home, "stripe_customers").select("email", "name", "deleted").unique().rows()
    assert gone == [(None, None, True)]
    assert table(home, "stripe_charges")["billing_email"].null_count() == 2
    assert table(home, "stripe_unattributed").select("reason", "amount").rows() == [
        ("deleted_customer", Decimal("10.000"))
    ]
    assert not sync(home, Account(paid, customers=stubs), 41).objects_changed, "a second look finds it as it is"


@pytest.mark.scenario(19)
def test_an_incremental_sync_deletes_nobody(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    sync(home, Account(), 40, full=False)
    assert emails(home) == {"ana@example.com"}


@pytest.mark.scenario(20)
def test_the_stub_of_a_deleted_customer_is_understood(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    stub = customer("ana", None, created=None, livemode=None, deleted=True)
    sync(home, Account(customers=[stub]), 40, full=False)
    assert emails(home) == set()
    assert table(home, "stripe_unattributed")["reason"].to_list() == ["deleted_customer"]


def test_deleted_customers_stay_where_the_source_says_so(home: Home) -> None:
    """stripe.md D13."""
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]), deleted_customers="keep")
    stub = customer("ana", None, created=None, livemode=None, deleted=True)
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[stub]), 40, deleted_customers="keep")
    assert totals(home)[0] == "10.000"


@pytest.mark.scenario(21)
def test_a_charge_of_an_unknown_customer_is_not_lost(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_nobody")]))
    assert table(home, "stripe_unattributed").select("reason", "amount").rows() == [
        ("customer_without_email", Decimal("10.000"))
    ]


@pytest.mark.rule("AMB-09", "AU-01")
@pytest.mark.scenario(22)
def test_a_file_and_a_sync_add_up_and_a_second_sync_does_not(home: Home) -> None:
    import_text(home, "email,name,total spent\nana@example.com,Ana,50.00\n")
    account = Account([charge("1", 6000, "cus_ana")], customers=[ANA])
    for day in (30, 31, 32):
        sync(home, account, day)
        assert totals(home)[0] == "110.000"


@pytest.mark.scenario(23)
@pytest.mark.parametrize("name", ["Zoë 🦊 «Łódź»", '=cmd|"/c calc"!A1', "O'Brien; DROP TABLE customers"])
def test_a_name_is_stored_as_it_is(home: Home, name: str) -> None:
    sync(home, Account([charge("1", 100, "cus_1")], customers=[customer("1", "a@example.com", name)]))
    assert of(home, "a@example.com")["name"] == name


@pytest.mark.rule("AMB-20", "AU-35")
def test_names_fall_back_and_a_guess_gives_way_to_what_anyone_says(home: Home) -> None:
    people = [
        customer("1", "one@example.com", individual_name="Una"),
        customer("2", "two@example.com", business_name="Duo Ltd"),
        customer("3", "three@example.com"),
        customer("4", "four.last@example.com"),
        customer("5", "five@example.com"),
        customer("6", "six@example.com", "Sixta", individual_name="Other"),
    ]
    import_text(home, "email,name,total spent\nthree@example.com,Drei,1.00\n")
    paid = [charge(number, 100, f"cus_{number}", billing_name=f"Payer {number}") for number in "256"]
    sync(home, Account(paid, customers=people))
    named = {row["email"]: row["name"] for row in table(home).iter_rows(named=True)}
    assert named == {
        "one@example.com": "Una", "two@example.com": "Duo Ltd", "three@example.com": "Drei",
        "four.last@example.com": "four.last", "five@example.com": "Payer 5", "six@example.com": "Sixta",
    }  # fmt: skip
