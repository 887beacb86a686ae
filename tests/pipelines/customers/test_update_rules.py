"""Update rules: whose value counts is a function of the rows and rules that are live, in whatever order they came."""

from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.configuration.settings import Sources
from pipelines.customers.merge import fold
from pipelines.home import Home
from pipelines.ledger import recompute
from tests.support.factories import contributions
from tests.support.flow import derived, import_text, table, undo

RULES = ("newest", "always", "if_blank", "never")


@dataclass(frozen=True)
class Told:
    """What one import says of a customer's city, and by which rule."""

    rule: str
    values: tuple[str | None, ...]


def rules_of(told: list[Told], field: str = "city") -> pl.DataFrame:
    listed = [(place, field, each.rule) for place, each in enumerate(told, 1) if each.rule != "newest"]
    return pl.DataFrame(listed, schema={"import_seq": pl.Int64, "field": pl.String, "rule": pl.String}, orient="row")


def folded(told: list[Told]) -> Any:
    rows = [
        {"import_seq": place, "row_number": row, "city": value}
        for place, each in enumerate(told, 1)
        for row, value in enumerate(each.values, 2)
    ]
    return fold(contributions(*rows), rules=rules_of(told))["city"].item()


def expected(told: list[Told]) -> str | None:
    said = [(each.rule, value) for each in told for value in each.values if value]
    for rule, wanted in (("always", -1), ("newest", -1), ("if_blank", 0)):
        values = [value for own, value in said if own == rule]
        if values:
            return values[wanted]
    return None


IMPORTS = st.builds(
    Told,
    st.sampled_from(RULES),
    st.lists(st.sampled_from((None, "Lyon", "Nice", "Łódź")), min_size=1, max_size=3).map(tuple),
)


@pytest.mark.rule("AMB-13")
@given(st.lists(IMPORTS, min_size=1, max_size=6))
def test_always_goes_before_newest_and_newest_before_if_blank(told: list[Told]) -> None:
    assert folded(told) == expected(told)


@pytest.mark.parametrize("rule", RULES)
def test_a_customer_of_one_row_has_its_value_unless_the_source_never_sets_it(rule: str) -> None:
    assert folded([Told(rule, ("Lyon",))]) == (None if rule == "never" else "Lyon")


def test_rules_of_other_imports_and_fields_change_nothing() -> None:
    rows = contributions({"email": "a@x.fr", "city": "Lyon", "name": "Ana"}, {"city": "Nice", "row_number": 3})
    rules = pl.DataFrame({"import_seq": [7, 1], "field": ["city", "name"], "rule": ["never", "never"]})
    assert fold(rows, rules=rules).select("city", "name").rows() == [("Nice", None)]
    assert fold(rows).equals(fold(rows, rules=rules.clear()))


@pytest.mark.rule("PIT-49")
@pytest.mark.parametrize("field", ["name", "external_id", "phone", "mobile"])
def test_whom_nobody_else_knows_is_called_as_the_rows_call_them(field: str) -> None:
    rules = pl.DataFrame({"import_seq": [1, 1], "field": [field, "city"], "rule": ["never", "never"]})
    alone = fold(contributions({field: "X", "city": "Lyon"}, {field: "Y"}), rules=rules)
    assert alone.select(field, "city").rows() == [("Y", None)]
    known = fold(contributions({field: "X"}, {"import_seq": 2, "email": "a@x.fr"}), rules=rules)
    assert known.select(field, "email").rows() == [(None, "a@x.fr")]


SOURCES = Sources.model_validate(
    {
        "sources": {
            "boss": {"update": {"city": "always"}},
            "filler": {"update": {"default": "if_blank"}},
            "mute": {"update": {"city": "never", "phone": "if_blank"}},
        }
    }
)
LISTS = {
    "shop": "email,name,city,phone\nana@example.com,Ana,Lyon,+33 1 99 00 12 34\n",
    "boss": "email,name,city\nana@example.com,Ana B,Nice\n",
    "filler": "email,name,city,company\nana@example.com,Anna,Paris,ACME\nbob@example.com,Bob,Łódź,\n",
    "mute": "email,name,city,phone\nana@example.com,Ana C,Metz,+33 1 99 00 56 78\n",
}


def said(home: Home) -> dict[str, tuple[object, ...]]:
    rows = table(home).select("email", "name", "city", "company", "phone").iter_rows()
    return {email: values for email, *values in rows for values in [tuple(values)]}


@pytest.mark.slow
@pytest.mark.rule("AMB-13")
def test_any_order_of_imports_undos_and_a_rebuild_give_what_the_live_rules_give(home: Home) -> None:
    ids = {name: import_text(home, text, name, sources=SOURCES).import_id for name, text in LISTS.items()}
    assert said(home) == {
        "ana@example.com": ("Ana C", "Nice", "ACME", "+33199001234"),
        "bob@example.com": ("Bob", "Łódź", None, None),
    }
    undo(home, ids["boss"])
    assert said(home)["ana@example.com"] == ("Ana C", "Lyon", "ACME", "+33199001234")
    undo(home, ids["shop"])
    assert said(home)["ana@example.com"] == ("Ana C", "Paris", "ACME", "+33199005678")
    before = derived(home)
    recompute.rebuild(home)
    assert all(before[name].equals(after) for name, after in derived(home).items())
    undo(home, ids["filler"])
    assert said(home) == {"ana@example.com": ("Ana C", None, None, "+33199005678")}


def test_what_a_source_never_sets_is_told_with_its_count(home: Home) -> None:
    outcome = import_text(home, LISTS["mute"], "mute", sources=SOURCES)
    assert outcome.status == "done"
    assert outcome.warnings[-1].startswith("VALUES_NOT_TAKEN: 1 value of “city” was left out")


DETAILS = "email,name,account manager,dunning plan,status,groups,contact email,phone,phone 2\n"
DETAILED = {
    "shop": DETAILS
    + "ana@example.com,Ana,m1@example.com,Standard,active,VIP,c1@example.com,+33 1 99 00 12 34,+33 1 99 00 12 35\n",
    "boss": DETAILS + "ana@example.com,Ana,m2@example.com,Strict,potential,Gold,c2@example.com,,\n",
    "filler": DETAILS
    + "ana@example.com,Ana,m3@example.com,Soft,active,,,,\nbob@example.com,Bob,m3@example.com,Soft,,,,,\n",
    "mute": DETAILS
    + "ana@example.com,Ana,m4@example.com,Hard,active,Mute,c4@example.com,+33 1 99 00 56 78,+33 1 99 00 56 79\n",
}
OF_DETAILS = Sources.model_validate(
    {
        "sources": {
            "boss": {"update": {"account_manager": "always", "groups": "never"}},
            "filler": {"update": {"default": "if_blank"}},
            "mute": {"update": {"default": "never", "dunning_plan": "newest"}, "default_country": "FR"},
        }
    }
)


def detailed(home: Home) -> tuple[object, ...]:
    customer = table(home).filter(email="ana@example.com").row(0, named=True)
    contacts = sorted(email[:2] for email in table(home, "contacts")["email"])
    points = table(home, "contact_points").filter(pl.col("contact_id").is_null(), kind="phone")["value"].to_list()
    names = ("account_manager", "dunning_plan", "status", "groups")
    return (*(customer[name] for name in names), contacts, sorted(point[-2:] for point in points))


@pytest.mark.slow
def test_details_contacts_groups_and_numbers_follow_the_rules_too(home: Home) -> None:
    ids = {name: import_text(home, text, name, sources=OF_DETAILS).import_id for name, text in DETAILED.items()}
    assert detailed(home) == ("m2@example.com", "Hard", "potential", ["VIP"], ["c1", "c2"], ["34", "35"])
    undo(home, ids["boss"])
    assert detailed(home) == ("m1@example.com", "Hard", "active", ["VIP"], ["c1"], ["34", "35"])
    undo(home, ids["shop"])
    assert detailed(home) == ("m3@example.com", "Hard", "active", None, [], [])
    undo(home, ids["mute"])
    assert detailed(home) == ("m3@example.com", "Soft", "active", None, [], [])
