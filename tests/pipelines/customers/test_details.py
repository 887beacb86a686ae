"""Account managers, plans, statuses, consent and groups of customers, whatever is imported or undone when."""

from pathlib import Path

import pytest

from pipelines.customers import batches
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.publishing.exports import Wanted, export
from tests.support.flow import derived, first_import, import_file, import_text, table, undo

FIRST = (
    "email,name,account manager,dunning plan,status,opt-in,groups\n"
    'ana@example.com,Ana,boss@example.com,Standard,Active,1,"vip, Retail"\n'
    "bob@example.com,Bob,,,,,\n"
    'cam@example.com,Cam,,,Potential,0,"VIP,"\n'
)
SECOND = (
    "email,name,account manager,dunning plan,status,opt-in,groups,total spent\n"
    'Ana@Example.com,Ana,,Strict,,,"VIP;""Łódź, centre""",12\n'
    "bob@example.com,Bob,boss@example.com,,,0,retail,5\n"
    "cam@example.com,Cam,,,,1,,10\n"
)
NOBODY = (None, None, "potential", None, None)


def details(home: Home) -> dict[str, tuple[object, ...]]:
    """What the table says of each customer by the first letter of its address."""
    told = table(home).select("email", "account_manager", "dunning_plan", "status", "opt_in", "groups")
    return {email[0].lower(): values for email, *values in told.iter_rows() for values in [tuple(values)]}


@pytest.mark.rule("UP-27", "UP-28", "UP-29", "SC-10", "AMB-38")
def test_the_newest_statement_counts_and_a_blank_takes_none_back(home: Home) -> None:
    first_import(home, FIRST, name="a.csv")
    assert details(home) == {
        "a": ("boss@example.com", "Standard", "active", True, ["Retail", "vip"]),
        "b": NOBODY,
        "c": (None, None, "potential", False, ["VIP"]),
    }
    import_text(home, SECOND, name="b.csv")
    assert details(home) == {
        "a": ("boss@example.com", "Strict", "active", True, ["Retail", "vip", "Łódź, centre"]),
        "b": ("boss@example.com", None, "active", False, ["retail"]),
        "c": (None, None, "potential", False, ["VIP"]),
    }


@pytest.mark.slow
def test_an_undo_in_any_order_leaves_what_the_others_say(home: Home, tmp_path: Path) -> None:
    first = first_import(home, FIRST, name="a.csv")
    before = details(home)
    second = import_text(home, SECOND, name="b.csv")
    undo(home, first.import_id)
    assert details(home)["a"] == (None, "Strict", "active", None, ["VIP", "Łódź, centre"])
    assert details(home)["c"] == (None, None, "active", True, None)
    undo(home, second.import_id)
    assert details(home) == {}
    import_text(home, FIRST, name="a.csv")
    assert details(home) == before


@pytest.mark.rule("AMB-44")
def test_who_paid_is_active_where_nobody_states_a_status(home: Home) -> None:
    import_text(
        home, "email,name,total spent,payment count\na@example.com,A,0,0\nb@example.com,B,0,1\nc@example.com,C,3,\n"
    )
    assert {name: told[2] for name, told in details(home).items()} == {"a": "potential", "b": "active", "c": "active"}


def test_a_change_of_nothing_but_details_updates_a_customer(home: Home) -> None:
    import_text(home, "email,name,status\na@example.com,A,active\nb@example.com,B,\n", name="a.csv")
    outcome = import_text(
        home, "email,name,status\na@example.com,A,potential\nb@example.com,B,potential\n", name="b.csv"
    )
    assert (outcome.customers_updated, outcome.customers_unchanged) == (1, 1)


@pytest.mark.rule("AU-19")
@pytest.mark.parametrize("batch", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_batches_and_a_rebuild_give_the_same_details(home: Home, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("a.csv", FIRST), ("b.csv", SECOND)):
        import_text(home, text, name=name)
    before = derived(home)
    monkeypatch.setattr(batches, "BATCH", batch)
    recompute.rebuild(home)
    assert all(rows.equals(derived(home)[name]) for name, rows in before.items())


@pytest.mark.slow
@pytest.mark.rule("PIT-62")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_comes_back_whole(home: Home, tmp_path: Path, kind: str) -> None:
    first_import(home, FIRST, name="a.csv")
    import_text(home, SECOND, name="b.csv")
    target = tmp_path / f"customers.{kind}"
    export(home.published, Wanted("customers", kind), target)
    fresh = Home(tmp_path / "fresh")
    outcome = import_file(fresh, target, "back")
    assert (outcome.status, outcome.rows_rejected) == ("done", 0)
    assert [warning.partition(":")[0] for warning in outcome.warnings] == ["NEW_GROUPS"]
    assert details(fresh) == details(home)


@pytest.mark.matrix(2)
@pytest.mark.rule("AMB-44", "SC-10", "SC-11")
@pytest.mark.parametrize("title", ["Verified", "Vérifié", "Zweryfikowany", "is_verified"])
def test_who_was_verified_is_active_unless_a_status_says_otherwise(home: Home, title: str) -> None:
    import_text(
        home,
        f"email,name,{title},status\na@example.com,A,1,\nb@example.com,B,0,\nc@example.com,C,true,potencjalny\n"
        "d@example.com,D,,Actif\ne@example.com,E,perhaps,\n",
    )
    told = {name: told[2] for name, told in details(home).items()}
    assert told == {"a": "active", "b": "potential", "c": "potential", "d": "active", "e": "potential"}
    import_text(home, f"email,name,{title}\na@example.com,A,0\ne@example.com,E,1\n", name="later.csv")
    assert (details(home)["a"][2], details(home)["e"][2]) == ("active", "active")
