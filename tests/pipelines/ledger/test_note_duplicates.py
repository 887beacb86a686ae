"""Possible duplicates in the tables: looked for among what changed, shown as they are today, decided for good."""

from typing import Any

import pytest

from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers, separate_customers
from pipelines.ledger.decisions.note_duplicates import note_duplicates
from tests.support.flow import NOW, first_import, import_text, table, undo

ZOE = Deciding("Zoé", NOW)
LIST = (
    "email,first name,last name,city,phone\n"
    "kasia@example.com,Katarzyna,Wójcik,Łódź,+48 42 630 00 01\n"
    "k.wojcik@example.net,Kasia,Wojcik,Lodz,\n"
    "other@example.com,Olaf,Rund,Bonn,\n"
)


@pytest.fixture
def home(home: Home) -> Home:
    first_import(home, LIST)
    note_duplicates(home)
    return home


def pairs(home: Home) -> list[dict[str, Any]]:
    return table(home, "possible_duplicates").to_dicts()


def test_a_pair_is_shown_with_what_both_say_and_why(home: Home) -> None:
    (pair,) = pairs(home)
    emails = dict(table(home).select("customer_id", "email").iter_rows())
    assert {emails[pair["customer_a"]], emails[pair["customer_b"]]} == {"kasia@example.com", "k.wojcik@example.net"}
    reasons = {each["field"]: (each["grade"], {each["a"], each["b"]}) for each in pair["reasons"]}
    assert reasons["first_name"] == ("variant", {"Katarzyna", "Kasia"})
    assert reasons["last_name"] == ("equal", {"Wójcik", "Wojcik"})
    assert pair["decided"] is None and pair["score"] == pytest.approx(sum(each["points"] for each in pair["reasons"]))


def test_only_what_changed_is_compared_again(home: Home) -> None:
    assert note_duplicates(home).customer_count == 0
    import_text(home, "email,first name,last name,city\nolaf@example.org,Olaf,Rund,Bonn\n", name="b.csv")
    assert note_duplicates(home) == (1, 2)
    assert len(pairs(home)) == 2


def test_a_pair_goes_with_its_customers_at_once_and_a_rebuild_keeps_the_others(home: Home) -> None:
    outcome = import_text(home, "email,first name,last name,city\nolaf@example.org,Olaf,Rund,Bonn\n", name="b.csv")
    note_duplicates(home)
    before = [pair for pair in pairs(home) if "Olaf" not in str(pair)]
    undo(home, outcome.import_id)
    assert pairs(home) == before
    recompute.rebuild(home)
    assert pairs(home) == before


def test_who_is_decided_about_is_shown_as_decided(home: Home) -> None:
    (pair,) = pairs(home)
    apart = separate_customers(home, pair["customer_a"], pair["customer_b"], ZOE)
    note_duplicates(home)
    assert [each["decided"] for each in pairs(home)] == ["separate"]
    undo(home, apart.import_id)
    assert [each["decided"] for each in pairs(home)] == [None]
    merge_customers(home, pair["customer_a"], pair["customer_b"], ZOE)
    note_duplicates(home)
    (merged,) = pairs(home)
    assert merged["decided"] == "merged" and merged["customer_a"] == pair["customer_a"]
