"""The same money in a file and in an account is told, and different money is not (PIT-100)."""

from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.ledger.undo import undo_import
from tests.pipelines.stripe.states import Account, charge, customer, sync
from tests.pipelines.stripe.sync.account_tables import ANA, ONE_CHARGE
from tests.support.flow import NOW, import_text

PAYMENTS = "email,amount,date,payment id\nana@example.com,10.00,2026-01-02,ch_1\nbo@example.com,2.00,2026-01-02,x\n"


LIST = "email,name,total spent\nana@example.com,Ana,10.00\nbo@example.com,Bo,2.00\n"


@pytest.mark.slow
@pytest.mark.rule("AMB-10")
@pytest.mark.parametrize(("text", "profile"), [(PAYMENTS, "payments"), (LIST, "default")])
def test_the_same_money_in_a_file_and_in_stripe_is_told(tmp_path: Path, text: str, profile: str) -> None:
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    import_text(one, text, profile=profile)
    later = sync(one, ONE_CHARGE).warnings
    sync(other, ONE_CHARGE)
    earlier = import_text(other, text, profile=profile).warnings
    for warnings in (later, earlier):
        (told,) = [warning for warning in warnings if warning.startswith("POSSIBLE_DOUBLE_COUNT")]
        assert "1 customer " in told and "ana@example.com" in told and "bo@" not in told


def test_different_money_in_a_file_and_in_stripe_is_no_double(home: Home) -> None:
    import_text(home, LIST.replace("10.00", "10.01"))
    assert sync(home, ONE_CHARGE).warnings == []


@pytest.mark.slow
def test_what_a_customer_paid_as_guest_and_under_two_rows_is_added_before_it_is_compared(tmp_path: Path) -> None:
    guest = charge("2", 500, None, 3, billing_email="ana@example.com")
    again = charge("3", 200, "cus_b", 4)
    account = Account([charge("1", 1000, "cus_ana"), guest, again], customers=[ANA, customer("b", "ana@example.com")])
    text = "email,name,total spent\nana@example.com,Ana,17.00\nbo@example.com,Bo,2.00\n"
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    import_text(one, text)
    sync(other, account)
    for warnings in (sync(one, account).warnings, import_text(other, text).warnings):
        assert any(told.startswith("POSSIBLE_DOUBLE_COUNT: 1 ") for told in warnings)


@pytest.mark.slow
def test_the_files_of_several_months_are_added_before_they_are_compared(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana"), charge("2", 500, "cus_ana", 40)], customers=[ANA]))
    titles = "email,amount,date\n"
    first = import_text(home, titles + "ana@example.com,10,2026-01-02\n", profile="payments")
    assert import_text(home, titles + "ana@example.com,5,2026-02-10\n", name="b.csv", profile="payments").warnings
    assert first.warnings == ()


@pytest.mark.slow
def test_an_undo_after_which_a_file_and_an_account_agree_says_so(home: Home) -> None:
    import_text(home, LIST)
    other = import_text(home, "email,name,total spent\nana@example.com,Ana,1.00\n", name="b.csv")
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    undone = undo_import(home, other.import_id, "tester", NOW)
    assert any(told.startswith("POSSIBLE_DOUBLE_COUNT: 1 ") for told in undone.warnings)
