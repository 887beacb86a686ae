"""The low-spend clean-up: previewed, confirmed by the preview's mark, and undone by spending (AU-38…41)."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines import booking, cleanup
from pipelines.cleanup import low_spend, named, threshold_of
from pipelines.errors import WrongUse
from pipelines.settings import Home
from tests.flow import NOW, import_text, table, undo
from tests.pipelines.stripe.states import Account, charge, customer, sync

TEN = Decimal(10)
LIST = "email,name,total spent\nlow@example.com,Low,9.99\nexact@example.com,Exact,10.00\nnone@example.com,None,\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "data")
    import_text(home, LIST)
    return home


def emails(home: Home) -> set[str]:
    return set(table(home)["email"])


def clean_up(home: Home, below: Decimal = TEN) -> int:
    return cleanup.clean_up(home, below, low_spend(home, below)[1], "Zoé", NOW)


def test_the_preview_lists_who_is_strictly_under_the_threshold_au_38_au_39_amb_22(home: Home) -> None:
    listed, _ = low_spend(home, TEN)
    assert listed.select("email", "total_spent").rows() == [
        ("none@example.com", None),
        ("low@example.com", Decimal("9.990")),
    ]
    assert listed["reason"].unique().to_list() == ["spent less than 10 in all"]
    assert set(table(home, "low_spend_candidates")["email"]) == {"none@example.com", "low@example.com"}


def test_a_confirmed_clean_up_removes_those_and_only_those_scenario_12(home: Home) -> None:
    assert clean_up(home) == 2
    assert emails(home) == {"exact@example.com"}
    assert table(home, "customer_priority").height == 1


def test_without_its_mark_or_with_an_old_one_nobody_goes_au_41_scenario_49(home: Home) -> None:
    _, mark = low_spend(home, TEN)
    for wrong in ("", "abc", low_spend(home, Decimal(9))[1]):
        with pytest.raises(WrongUse, match="not the mark"):
            cleanup.clean_up(home, TEN, wrong, "Zoé", NOW)
    import_text(home, "email,name,total spent\nnew@example.com,New,1.00\n", name="b.csv")
    with pytest.raises(WrongUse, match=r"3 customers.*Preview again"):
        cleanup.clean_up(home, TEN, mark, "Zoé", NOW)
    assert len(emails(home)) == 4
    assert clean_up(home) == 3


def test_a_removed_customer_stays_away_until_its_total_reaches_the_threshold_amb_23_pit_72(home: Home) -> None:
    account = Account([charge("1", 500, "cus_1")], [], [customer("1", "stripe@example.com")])
    sync(home, account)
    clean_up(home)
    more = [*account.charges, charge("2", 499, "cus_1")]
    sync(home, Account(more, [], account.customers), 31)
    assert emails(home) == {"exact@example.com"}
    booking.rebuild(home)
    assert emails(home) == {"exact@example.com"}
    sync(
        home, Account([*account.charges, charge("2", 499, "cus_1"), charge("3", 1, "cus_1")], [], account.customers), 32
    )
    assert emails(home) == {"exact@example.com", "stripe@example.com"}
    assert table(home).filter(pl.col("email") == "stripe@example.com")["total_spent"].to_list() == [TEN]


def test_an_undo_that_lowers_a_total_hides_the_customer_again(home: Home) -> None:
    clean_up(home)
    more = import_text(home, "email,name,total spent\nlow@example.com,Low,1.00\n", name="b.csv")
    assert "low@example.com" in emails(home)
    undo(home, more.import_id)
    assert emails(home) == {"exact@example.com"}


def test_money_in_an_unknown_currency_is_not_low_spend(home: Home) -> None:
    paid = [charge("1", 90_000, "cus_1", currency="eur")]
    sync(home, Account(paid, [], [customer("1", "euro@example.com")]))
    assert "euro@example.com" not in set(low_spend(home, TEN)[0]["email"])


@pytest.mark.parametrize("text", ["ten", "-1", "0", "NaN", "inf", "1.0001", ""])
def test_what_is_no_threshold_is_told(text: str) -> None:
    with pytest.raises(WrongUse, match=r"write it as 10 or 9\.50"):
        threshold_of(text)


def test_removing_needs_a_name() -> None:
    with pytest.raises(WrongUse, match="--by NAME"):
        named(None)
