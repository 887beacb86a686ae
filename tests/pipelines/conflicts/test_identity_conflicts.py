"""References and addresses that do not agree: told, never merged or parted in silence (AMB-42)."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers
from pipelines.models.staged_file import Outcome
from pipelines.warehouse.database import working
from tests.pipelines.stripe.states import Account, charge, customer, sync
from tests.support.flow import NOW, commit_all, derived, file_one, table, undo
from tests.support.memo import scratch_home

SOURCES = Sources.model_validate(
    {
        "profiles": {"by_reference": {"key": ["external_id", "email"], "required": ["email"]}},
        "sources": {"erp": {"profile": "by_reference"}, "shop": {}},
    }
)
TITLES = "external_id,email,name,total spent\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


def imported(home: Home, source: str, *rows: str) -> Outcome:
    count = len(table(home, "import_history")) if home.published.exists() else 0
    path = home.root / f"list-{count}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TITLES + "\n".join(rows), "utf-8")
    return commit_all(home, [file_one(home, path, source, SOURCES)])[0]


def warned(outcome: Outcome, code: str) -> str:
    return next((text for text in outcome.warnings if text.startswith(f"{code}: ")), "")


def references(home: Home) -> set[tuple[str, str, str]]:
    named = table(home).select("customer_id", "email").join(table(home, "customer_external_ids"), on="customer_id")
    return {(email, source, external_id) for _, email, source, external_id in named.iter_rows()}


def is_what_a_rebuild_gives(home: Home) -> None:
    before = derived(home) | {"ids": table(home, "customer_external_ids")}
    recompute.rebuild(home)
    after = derived(home) | {"ids": table(home, "customer_external_ids")}
    assert all(rows.equals(after[name]) for name, rows in before.items())


def test_another_address_under_a_reference_is_another_customer_and_both_are_named(home: Home) -> None:
    assert imported(home, "shop", "7,a@example.com,Ana,1").warnings == ()
    told = warned(imported(home, "shop", "9,c@example.com,Cam,1", "7,b@example.com,Ana,1"), "EMAIL_CHANGED")
    assert "7: a@example.com / b@example.com (row 3)" in told
    assert table(home).height == 3


def test_two_addresses_under_a_reference_in_one_file_are_named_with_their_rows(home: Home) -> None:
    told = warned(imported(home, "shop", "7,a@example.com,Ana,1", "7,b@example.com,Ana,1"), "EMAIL_CHANGED")
    assert "7: a@example.com / b@example.com (rows 2, 3)" in told


def test_the_same_reference_in_another_source_is_another_reference(home: Home) -> None:
    imported(home, "shop", "7,a@example.com,Ana,1")
    outcome = imported(home, "other", "7,b@example.com,Bob,1")
    assert outcome.warnings == ()
    assert references(home) == {("a@example.com", "shop", "7"), ("b@example.com", "other", "7")}


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.parametrize("spelling", ["A@Example.com", "a@example.com", " a@example.com "])
def test_another_spelling_is_no_other_address(home: Home, spelling: str) -> None:
    for source in ("shop", "erp"):
        imported(home, source, "7,a@example.com,Ana,1")
        outcome = imported(home, source, f"7,{spelling},Ana,2")
        assert not [text for text in outcome.warnings if text.startswith("EMAIL")][:1] or source == "erp"
    assert "a@example.com" in table(home)["email"].to_list()


def test_an_international_domain_in_its_two_spellings_is_one_address(home: Home) -> None:
    imported(home, "erp", "7,a@b\u00fccher.example,Ana,1")
    imported(home, "erp", "7,a@xn--bcher-kva.example,Ana,2")
    assert table(home)["email"].to_list() == ["a@b\u00fccher.example"]


@pytest.mark.slow
def test_where_the_reference_comes_first_the_customer_has_its_newest_address(home: Home) -> None:
    imported(home, "erp", "7,a@example.com,Ana,1")
    second = imported(home, "erp", "7,B@example.com,Ana,2", "7,b@example.com,Ana,2")
    assert "7: a@example.com → b@example.com (rows 2, 3)" in warned(second, "EMAIL_REPLACED")
    (one,) = table(home).select("email", "external_id", "total_spent").rows()
    assert (one[0], one[1], int(one[2])) == ("B@example.com", "7", 5)
    is_what_a_rebuild_gives(home)
    undo(home, second.import_id)
    assert table(home)["email"].to_list() == ["a@example.com"]


@pytest.mark.slow
def test_one_address_with_two_references_keeps_both_and_warns(home: Home) -> None:
    first = imported(home, "shop", "7,a@example.com,Ana,1")
    second = imported(home, "shop", "8,a@example.com,Ana,1")
    assert (warned(first, "SEVERAL_EXTERNAL_IDS"), table(home).height) == ("", 1)
    assert "a@example.com: 7 / 8 (row 2)" in warned(second, "SEVERAL_EXTERNAL_IDS")
    assert references(home) == {("a@example.com", "shop", "7"), ("a@example.com", "shop", "8")}
    is_what_a_rebuild_gives(home)
    undo(home, first.import_id)
    assert references(home) == {("a@example.com", "shop", "8")}


@pytest.mark.slow
def test_two_references_of_customers_who_were_merged_are_no_news(home: Home) -> None:
    imported(home, "shop", "7,a@example.com,Ana,1", "8,b@example.com,Ana,1")
    merge_customers(home, "a@example.com", "b@example.com", Deciding("Zoé", NOW))
    assert warned(imported(home, "shop", "8,b@example.com,Ana,2"), "SEVERAL_EXTERNAL_IDS") == ""
    assert references(home) == {("a@example.com", "shop", "7"), ("a@example.com", "shop", "8")}
    third = imported(home, "shop", "9,b@example.com,Ana,3")
    assert "a@example.com: 7 / 8 / 9 (row 2)" in warned(third, "SEVERAL_EXTERNAL_IDS")


def test_references_of_two_sources_are_both_kept_without_a_warning(home: Home) -> None:
    imported(home, "shop", "7,a@example.com,Ana,1")
    assert imported(home, "other", "C-9,a@example.com,Ana,2").warnings == ()
    assert references(home) == {("a@example.com", "shop", "7"), ("a@example.com", "other", "C-9")}


def test_an_address_of_two_references_is_one_customers_and_the_other_one_is_named(home: Home) -> None:
    outcome = imported(home, "erp", "7,a@example.com,Ana,1", "8,a@example.com,Bob,2")
    assert (outcome.status, table(home).height) == ("done", 2)
    assert "a@example.com: " in warned(outcome, "EMAIL_TAKEN")
    assert "(rows 2, 3)" in warned(outcome, "EMAIL_TAKEN")
    assert table(home)["email"].null_count() == 1
    assert int(table(home)["total_spent"].sum()) == 3


@pytest.mark.slow
def test_an_address_that_identifies_somebody_stays_with_that_customer(home: Home) -> None:
    reference = imported(home, "erp", "7,a@example.com,Ana,1")
    assert table(home)["email"].to_list() == ["a@example.com"]
    address = imported(home, "shop", ",a@example.com,Ana,2")
    assert warned(address, "EMAIL_TAKEN")
    holders = table(home).select("email", "sources").rows()
    assert sorted(holders, key=str) == [("a@example.com", ["shop"]), (None, ["erp"])]
    assert table(home, "customer_priority")["email"].null_count() == 1
    is_what_a_rebuild_gives(home)
    undo(home, address.import_id)
    assert table(home)["email"].to_list() == ["a@example.com"]
    undo(home, reference.import_id)
    assert table(home).is_empty()


@pytest.mark.slow
def test_stripes_ids_of_customers_are_references_too(home: Home) -> None:
    imported(home, "shop", "7,a@example.com,Ana,1")
    people = [customer("1", "a@example.com"), customer("2", "b@example.com")]
    sync(home, Account([charge("1", 500, "cus_1")], [], people))
    expected = {
        ("a@example.com", "shop", "7"),
        ("a@example.com", "billing", "cus_1"),
        ("b@example.com", "billing", "cus_2"),
    }
    assert references(home) == expected
    is_what_a_rebuild_gives(home)
    sync(home, Account([charge("1", 500, "cus_1")], [], [*people, customer("3", "a@example.com")]), 31)
    assert references(home) == expected | {("a@example.com", "billing", "cus_3")}
    is_what_a_rebuild_gives(home)


@pytest.mark.slow
def test_an_older_ledger_learns_whom_an_address_does_not_identify(home: Home) -> None:
    imported(home, "erp", "7,a@example.com,Ana,1")
    imported(home, "shop", ",z@example.com,Zoe,1")
    with working(home.working) as connection:
        connection.execute("DROP TABLE ledger.addresses; UPDATE ledger.shape SET digest = 'older'")
    assert warned(imported(home, "shop", ",a@example.com,Ana,2"), "EMAIL_TAKEN")
    assert table(home).filter(email="a@example.com")["sources"].to_list() == [["shop"]]


ROWS = st.lists(st.tuples(st.sampled_from("78"), st.sampled_from("abc")), min_size=1, max_size=3)
STEPS = st.lists(st.tuples(st.sampled_from(("erp", "erp", "shop", "undo")), ROWS), min_size=3, max_size=7)


History = list[tuple[str, list[tuple[str, str]]]]
"""Imports of a source with rows of a reference and a name, and undos."""

TOLD: list[History] = [
    [("erp", [("7", "a"), ("8", "a")]), ("shop", [("7", "a")]), ("erp", [("7", "b")]), ("undo", []), ("undo", [])],
    [("shop", [("8", "c"), ("7", "b")]), ("erp", [("7", "c")]), ("undo", []), ("erp", [("8", "c"), ("8", "b")])],
]


def plays(steps: History) -> None:
    with scratch_home() as home:
        for number, (kind, rows) in enumerate(steps):
            live = table(home, "import_history").filter(pl.col("status") == "done") if home.published.exists() else None
            if kind != "undo":
                imported(home, kind, *(f"{ref},{name}@example.com,{name},{number}" for ref, name in rows))
            elif live is not None and live.height:
                undo(home, live["import_id"][number % live.height])
        if home.published.exists():
            is_what_a_rebuild_gives(home)


@pytest.mark.slow
@pytest.mark.parametrize("steps", TOLD)
def test_imports_and_undos_leave_each_address_to_one_and_a_rebuild_gives_the_same(steps: History) -> None:
    plays(steps)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_whatever_comes_and_goes_each_address_is_one_customers_and_a_rebuild_gives_the_same(steps: History) -> None:
    plays(steps)
