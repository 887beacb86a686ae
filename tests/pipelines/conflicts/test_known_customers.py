"""Sources that only update, and sources that only add: judged by who is there when an import comes."""

from decimal import Decimal

import openpyxl
import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from tests.support.by_hand import add, edit
from tests.support.flow import commit_all, file_one, first_import, import_file, import_text, table, undo

SOURCES = Sources.model_validate(
    {
        "sources": {
            "updater": {"creates": False, "locale": "fr"},
            "adder": {"updates": False},
            "assigner": {"profile": "upflow", "creates": False},
            "states": {"creates": False, "amounts": "snapshot"},
        }
    }
)
SHOP = "email,name,total spent\nana@example.com,Ana,10\nbob@example.com,Bob,20\n"
MIXED = "email,name,city,total spent\nana@example.com,Ana,Lyon,5\ncid@example.com,Cid,Metz,7\ndee@example.com,Dee,,9\n"


def people(home: Home) -> dict[str, Decimal]:
    return dict(table(home).select(pl.col("email").str.slice(0, 3), "total_spent").iter_rows())


def test_rows_of_nobody_are_rejected_and_listed_where_a_source_only_updates(home: Home) -> None:
    first_import(home, SHOP)
    outcome = import_text(home, MIXED, "updater", sources=SOURCES)
    assert (outcome.status, outcome.rows_accepted, outcome.rows_rejected) == ("done_with_rejects", 1, 2)
    assert (outcome.reject_codes, outcome.amount_accepted) == ({"CUSTOMER_NOT_KNOWN": 2}, 5)
    assert people(home) == {"ana": 15, "bob": 20}
    rejected = table(home, "rejected_rows")
    assert rejected["severity"].to_list() == ["row", "row"]
    reason = rejected["reasons"][0][0]
    assert (reason["field"], reason["header"], reason["value"]) == ("email", "email", "cid@example.com")
    assert reason["message"].startswith("«\u202fcid@example.com\u202f» n'est personne dans la table")
    assert rejected["row"][0] == '{"email":"cid@example.com","name":"Cid","city":"Metz","total spent":"7"}'
    assert table(home, "import_history").filter(source="updater")["rows_rejected"].item() == 2


@pytest.mark.slow
def test_a_change_by_hand_of_somebody_whom_the_replaced_list_alone_knew_makes_nobody_known(home: Home) -> None:
    rows = "".join(f"c{n}@example.com,Cam,{n + 1}\n" for n in range(12))
    import_text(home, f"email,name,total spent\nana@example.com,Ana,10\n{rows}")
    edit(home, "ana@example.com", company="Hand SA")
    add(home, email="bob@example.com", name="Bob")
    again = f"email,name,total spent\nana@example.com,Ana,10\nbob@example.com,Bob,20\n{rows}"
    outcome = import_text(home, again, "updater", on_overlap="replace", sources=SOURCES)
    assert (outcome.rows_accepted, outcome.reject_codes) == (1, {"CUSTOMER_NOT_KNOWN": 13})
    assert people(home) == {"bob": 20}


@pytest.mark.slow
def test_a_rejected_row_comes_back_once_its_customer_is_there(home: Home) -> None:
    first_import(home, SHOP)
    outcome = import_text(home, MIXED, "updater", sources=SOURCES)
    import_text(home, "email,name\ncid@example.com,Cid\n", name="later.csv")
    assert outcome.reject_file
    again = import_file(home, home.rejects / f"{outcome.import_id}.xlsx", "updater", sources=SOURCES)
    assert (again.rows_accepted, again.rows_rejected) == (1, 1)
    assert people(home) == {"ana": 15, "bob": 20, "cid": 7}
    rejected = table(home, "rejected_rows").filter(import_id=outcome.import_id)
    assert rejected["resolved_by_import_id"].to_list() == [again.import_id, None]


def test_rows_of_those_who_are_there_are_skipped_and_told_where_a_source_only_adds(home: Home) -> None:
    first_import(home, SHOP)
    outcome = import_text(home, MIXED, "adder", sources=SOURCES)
    assert (outcome.status, outcome.rows_accepted, outcome.rows_skipped) == ("done", 2, 1)
    assert people(home) == {"ana": 10, "bob": 20, "cid": 7, "dee": 9}
    assert outcome.warnings == (
        "KNOWN_CUSTOMERS_SKIPPED: 1 row, row 2, is of a customer who is there already, and this source only adds new "
        "ones. Left out, with 5.00 in all.",
    )
    longer = import_text(home, MIXED + "eva@example.com,Eva,,1\n", "adder", name="longer.csv", sources=SOURCES)
    assert (longer.status, longer.rows_accepted, longer.rows_skipped) == ("done", 1, 3)
    assert people(home) == {"ana": 10, "bob": 20, "cid": 7, "dee": 9, "eva": 1}


def test_rows_of_one_file_about_one_new_customer_are_all_taken(home: Home) -> None:
    text = "email,name,total spent\nana@example.com,Ana,1\nANA@example.com,Ana,2\n"
    outcome = import_text(home, text, "adder", sources=SOURCES)
    assert (outcome.rows_accepted, people(home)) == (2, {"ana": 3})


@pytest.mark.slow
def test_files_of_one_commit_are_judged_in_their_order(home: Home) -> None:
    paths = {}
    for source, text in (("adder", SHOP), ("updater", MIXED)):
        paths[source] = home.root / f"{source}.csv"
        paths[source].write_text(text, "utf-8")
    for order, accepted in ((("updater", "adder"), [0, 2]), (("adder", "updater"), [2, 1])):
        outcomes = commit_all(home, [file_one(home, paths[source], source, SOURCES) for source in order])
        assert [outcome.rows_accepted for outcome in outcomes] == accepted
        for outcome in outcomes:
            undo(home, outcome.import_id)
        if order[0] == "updater":
            assert table(home).height == 0


def test_who_is_known_is_asked_of_what_is_live(home: Home) -> None:
    first = first_import(home, SHOP)
    undo(home, first.import_id)
    assert import_text(home, SHOP, "updater", sources=SOURCES).rows_accepted == 0
    assert import_text(home, SHOP, "adder", sources=SOURCES).rows_accepted == 2


@pytest.mark.slow
def test_a_state_that_only_updates_keeps_whom_it_updated_before(home: Home) -> None:
    shop = first_import(home, SHOP)
    import_text(home, "email,name,total spent\nana@example.com,Ana,5\n", "states", sources=SOURCES)
    second = import_text(home, "email,name,total spent\nana@example.com,Ana,6\n", "states", "b.csv", sources=SOURCES)
    assert (second.rows_accepted, people(home)) == (1, {"ana": 16, "bob": 20})
    undo(home, shop.import_id)
    third = import_text(home, "email,name,total spent\nana@example.com,Ana,7\n", "states", "c.csv", sources=SOURCES)
    assert third.rows_rejected == 1, "what the third replaces makes nobody known"


@pytest.mark.rule("UP-10")
def test_an_assignment_to_a_client_who_is_not_there_names_the_reference(home: Home) -> None:
    outcome = import_text(home, "ID externe;Workflow\nC-1;Standard\n", "assigner", sources=SOURCES)
    assert outcome.rows_rejected == 1
    reason = table(home, "rejected_rows")["reasons"][0][0]
    assert (reason["code"], reason["field"], reason["value"]) == ("CUSTOMER_NOT_KNOWN", "external_id", "C-1")


def test_a_value_that_was_lost_before_is_one_more_reason_of_its_row(home: Home) -> None:
    text = "email,name,phone\nana@example.com,Ana,12\n"
    outcome = import_text(home, text, "updater", sources=SOURCES)
    assert outcome.reject_codes == {"INVALID_PHONE": 1, "CUSTOMER_NOT_KNOWN": 1}
    rejected = table(home, "rejected_rows")
    assert (rejected.height, rejected["severity"].item()) == (1, "row")
    assert [reason["code"] for reason in rejected["reasons"][0]] == ["INVALID_PHONE", "CUSTOMER_NOT_KNOWN"]
    assert outcome.reject_file
    assert openpyxl.load_workbook(outcome.reject_file).active.max_row == 2
