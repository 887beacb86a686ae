"""The low-spend clean-up: previewed, confirmed by the preview's mark, undone by spending or by name (AU-38…41)."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions import low_spend_cleanup
from pipelines.ledger.decisions.low_spend_cleanup import CleanedUp, low_spend, named, threshold_of
from pipelines.ledger.undo import rehearse_undo, undo_import
from pipelines.warehouse.database import working
from tests.pipelines.stripe.states import Account, charge, customer, sync
from tests.support.flow import NOW, derived, first_import, import_text, table, undo

TEN = Decimal(10)
LIST = "email,name,total spent\nlow@example.com,Low,9.99\nexact@example.com,Exact,10.00\nnone@example.com,None,\n"


@pytest.fixture
def home(home: Home) -> Home:
    first_import(home, LIST)
    return home


def emails(home: Home) -> set[str]:
    return set(table(home)["email"])


def clean_up(home: Home, below: Decimal = TEN) -> CleanedUp:
    return low_spend_cleanup.clean_up(home, below, low_spend(home, below)[1], "Zoé", NOW)


def entry(home: Home, import_id: str | None) -> dict[str, Any]:
    return table(home, "import_history").filter(import_id=import_id).row(0, named=True)


@pytest.mark.rule("AU-38", "AU-39", "AU-40")
def test_the_preview_lists_who_is_strictly_under_the_threshold(home: Home) -> None:
    listed, _ = low_spend(home, TEN)
    assert listed.select("email", "total_spent").rows() == [("low@example.com", Decimal("9.990"))]
    assert listed["reason"].unique().to_list() == ["spent less than 10 in all"]
    assert set(table(home, "low_spend_candidates")["email"]) == {"low@example.com"}


@pytest.mark.slow
@pytest.mark.rule("AMB-22")
def test_a_total_that_nobody_told_is_not_zero(home: Home) -> None:
    for name, text in {
        "no column": "email,name\ncontact@example.com,Contact\n",
        "blank": "email,name,total spent\nblank@example.com,Blank,\n",
        "an average": "email,name,monthly spend\nmean@example.com,Mean,3.00\n",
        "zero": "email,name,total spent\nzero@example.com,Zero,0\n",
    }.items():
        import_text(home, text, name=f"{name}.csv")
    assert set(low_spend(home, TEN)[0]["email"]) == {"low@example.com", "zero@example.com"}
    clean_up(home)
    known = {"exact@example.com", "none@example.com", "contact@example.com", "blank@example.com", "mean@example.com"}
    assert emails(home) == known


@pytest.mark.rule("AMB-22")
def test_a_stripe_customer_without_a_charge_has_spent_nothing_and_that_is_known(home: Home) -> None:
    sync(home, Account([], [], [customer("1", "never@example.com"), customer("2", "none@example.com")]))
    assert set(low_spend(home, TEN)[0]["email"]) == {"low@example.com", "never@example.com", "none@example.com"}


@pytest.mark.rule("AU-33", "AU-38")
@pytest.mark.scenario(12)
def test_a_confirmed_clean_up_removes_those_and_only_those(home: Home) -> None:
    assert clean_up(home).removed_count == 1
    assert emails(home) == {"exact@example.com", "none@example.com"}
    assert table(home, "customer_priority").height == 2


def test_a_clean_up_is_an_entry_of_the_history(home: Home) -> None:
    told = entry(home, clean_up(home).import_id)
    assert {name: told[name] for name in ("format", "status", "imported_by", "customers_removed", "started_at")} == {
        "format": "cleanup",
        "status": "done",
        "imported_by": "Zoé",
        "customers_removed": 1,
        "started_at": NOW,
    }
    assert told["file_name"] == "customers who spent less than 10"
    assert (told["rows_read"], told["amount_accepted"]) == (0, 0)


def test_its_undo_brings_exactly_those_back_and_a_second_one_has_its_own(home: Home) -> None:
    before = derived(home)
    first = clean_up(home).import_id or ""
    second = clean_up(home, Decimal("10.01")).import_id or ""
    assert emails(home) == {"none@example.com"}
    effect = undo_import(home, first, "Ola", NOW)
    assert (effect.customers_returned, effect.customers_removed, effect.amount_change) == (1, 0, Decimal("9.990"))
    assert emails(home) == {"low@example.com", "none@example.com"}
    told = entry(home, first)
    assert (told["status"], told["undone_by"], told["undone_count"], told["customers_removed"]) == (
        "undone",
        "Ola",
        1,
        1,
    )
    undo_import(home, second, "Ola", NOW)
    assert derived(home)["customers"].equals(before["customers"])
    with pytest.raises(WrongUse, match="undone already"):
        undo_import(home, second, "Ola", NOW)
    assert clean_up(home).import_id not in (first, second, None)


def test_an_undo_of_a_clean_up_can_be_tried_first(home: Home) -> None:
    identity = clean_up(home).import_id or ""
    effect = rehearse_undo(home, identity, NOW)
    assert (effect.customers_returned, effect.is_cleanup) == (1, True)
    assert "low@example.com" not in emails(home)


@pytest.mark.slow
def test_undos_of_imports_and_clean_ups_come_to_the_same_in_any_order(home: Home) -> None:
    more = import_text(home, "email,name,total spent\nlow@example.com,Low,20\nnew@example.com,New,5\n", name="b.csv")
    removed = clean_up(home, Decimal(30)).import_id or ""
    undo(home, more.import_id)
    undo(home, removed)
    one_order = derived(home)["customers"]
    recompute.rebuild(home)
    assert derived(home)["customers"].equals(one_order)
    assert emails(home) == {"low@example.com", "exact@example.com", "none@example.com"}


def test_a_clean_up_of_nobody_is_no_entry(home: Home) -> None:
    assert clean_up(home, Decimal("0.001")) == CleanedUp(None, 0)
    assert table(home, "import_history").height == 1


@pytest.mark.slow
def test_who_is_removed_and_then_pays_in_a_currency_without_a_rate_is_back(home: Home) -> None:
    paid = [charge("1", 500, "cus_1")]
    sync(home, Account(paid, [], [customer("1", "stripe@example.com")]))
    clean_up(home)
    assert "stripe@example.com" not in emails(home)
    sync(
        home,
        Account([*paid, charge("2", 90_000, "cus_1", currency="eur")], [], [customer("1", "stripe@example.com")]),
        31,
    )
    assert "stripe@example.com" in emails(home)
    before = derived(home)
    recompute.rebuild(home)
    assert derived(home)["customers"].equals(before["customers"])


@pytest.mark.rule("PIT-111")
def test_an_import_says_whom_a_clean_up_keeps_away_and_counts_as_the_table_does(home: Home) -> None:
    identity = clean_up(home).import_id
    again = "email,name,total spent\nLow@example.com,Low,0.00\nnew@example.com,New,50\nexact@example.com,Exact,\n"
    outcome = import_text(home, again, name="b.csv")
    counts = (outcome.customers_created, outcome.customers_unchanged, outcome.customers_kept_away)
    assert (outcome.rows_accepted, outcome.rows_merged, *counts) == (3, 0, 1, 1, 1)
    assert outcome.customers_updated == 0
    assert "kept away by a clean-up" in outcome.message
    (warning,) = [text for text in outcome.warnings if text.startswith("CUSTOMERS_KEPT_AWAY")]
    assert "low@example.com" in warning
    assert str(identity) in warning
    history = table(home, "import_history")
    created = int(history["customers_created"].sum()) - int(history["customers_removed"].sum())
    assert created == table(home).height


def test_the_rows_that_bring_a_removed_customer_to_the_threshold_create_it_anew(home: Home) -> None:
    clean_up(home)
    outcome = import_text(home, "email,name,total spent\nlow@example.com,Low,0.01\n", name="b.csv")
    assert (outcome.customers_created, outcome.customers_kept_away, outcome.warnings) == (1, 0, ())


@pytest.mark.rule("AU-33", "PIT-111")
def test_a_sync_says_whom_a_clean_up_keeps_away(home: Home) -> None:
    account = Account([charge("1", 500, "cus_1")], [], [customer("1", "stripe@example.com")])
    sync(home, account)
    assert "stripe@example.com" in emails(home)
    assert clean_up(home).removed_count == 2
    sync(home, Account([*account.charges, charge("2", 100, "cus_1")], [], account.customers), 31)
    told = table(home, "import_history").filter(format="stripe").sort("finished_at", "started_at").row(-1, named=True)
    assert (told["customers_created"], told["customers_updated"], told["customers_kept_away"]) == (0, 0, 1)
    assert emails(home) == {"exact@example.com", "none@example.com"}
    assert any(text.startswith("CUSTOMERS_KEPT_AWAY: 1 ") and "stripe@example.com" in text for text in told["warnings"])


def test_an_older_ledger_gets_the_entries_of_its_clean_ups_and_they_can_be_undone(home: Home) -> None:
    clean_up(home)
    with working(home.working) as connection:
        connection.execute(
            "DELETE FROM ledger.imports WHERE format = 'cleanup'; ALTER TABLE ledger.tombstones DROP COLUMN import_seq;"
            "ALTER TABLE ledger.imports DROP COLUMN customers_removed;"
            "ALTER TABLE ledger.imports DROP COLUMN customers_kept_away; UPDATE ledger.shape SET digest = 'older'"
        )
    recompute.publish(home)
    assert emails(home) == {"exact@example.com", "none@example.com"}
    history = table(home, "import_history")
    assert history.filter(format="csv")["customers_kept_away"].to_list() == [0]
    (identity,) = history.filter(format="cleanup", customers_removed=1, imported_by="Zoé")["import_id"]
    undo(home, identity)
    assert "low@example.com" in emails(home)


@pytest.mark.rule("AU-41")
@pytest.mark.scenario(49)
def test_without_its_mark_or_with_an_old_one_nobody_goes(home: Home) -> None:
    _, mark = low_spend(home, TEN)
    for wrong in ("", "abc", low_spend(home, Decimal(9))[1]):
        with pytest.raises(WrongUse, match="not the mark"):
            low_spend_cleanup.clean_up(home, TEN, wrong, "Zoé", NOW)
    import_text(home, "email,name,total spent\nnew@example.com,New,1.00\n", name="b.csv")
    with pytest.raises(WrongUse, match=r"2 customers.*Preview again"):
        low_spend_cleanup.clean_up(home, TEN, mark, "Zoé", NOW)
    assert len(emails(home)) == 4
    assert clean_up(home).removed_count == 2


@pytest.mark.slow
@pytest.mark.rule("AU-33", "AU-38", "AMB-23", "PIT-72")
def test_a_removed_customer_stays_away_until_its_total_reaches_the_threshold(home: Home) -> None:
    account = Account([charge("1", 500, "cus_1")], [], [customer("1", "stripe@example.com")])
    sync(home, account)
    clean_up(home)
    more = [*account.charges, charge("2", 499, "cus_1")]
    sync(home, Account(more, [], account.customers), 31)
    assert emails(home) == {"exact@example.com", "none@example.com"}
    recompute.rebuild(home)
    assert emails(home) == {"exact@example.com", "none@example.com"}
    sync(
        home, Account([*account.charges, charge("2", 499, "cus_1"), charge("3", 1, "cus_1")], [], account.customers), 32
    )
    assert emails(home) == {"exact@example.com", "none@example.com", "stripe@example.com"}
    assert table(home).filter(pl.col("email") == "stripe@example.com")["total_spent"].to_list() == [TEN]


def test_an_undo_that_lowers_a_total_hides_the_customer_again(home: Home) -> None:
    clean_up(home)
    more = import_text(home, "email,name,total spent\nlow@example.com,Low,1.00\n", name="b.csv")
    assert "low@example.com" in emails(home)
    undo(home, more.import_id)
    assert emails(home) == {"exact@example.com", "none@example.com"}


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
