"""Where every value of a customer comes from, and that whatever wins is what the tables have."""

import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers
from pipelines.ledger.decisions.note_duplicates import note_duplicates
from pipelines.lineage.customer_values import values_of
from pipelines.lineage.html_report import html_of
from pipelines.lineage.known_now import known_now
from pipelines.lineage.report import report_of
from pipelines.publishing.find_customer import find_customer
from tests.pipelines.stripe.states import Account, charge, customer, refund, sync
from tests.reference.both_ledgers import Both
from tests.reference.steps import STEPS, Step
from tests.support.by_hand import add, edit, release
from tests.support.flow import NOW, first_import, import_text, table, undo
from tests.support.lineage import lineage_agrees
from tests.support.memo import scratch_home

CRM = "Email;Nom;Total dépensé;Société;Groupes\nAna@Example.com;Lima;1 234,50;;vip\nbob@example.com;Stone;12,00;ACME;\n"
SHOP = "email,name,total spent,company\nana@example.com,Ana Lima,10.50,Lima SA\n"
CUSTOMER_LISTS = {"sources": {"crm": {"locale": "fr"}, "shop": {"profile": "askusers"}}}


def sources(**more: object) -> Sources:
    declared = {name: terms | dict(more.get(name, {})) for name, terms in CUSTOMER_LISTS["sources"].items()}  # type: ignore[call-overload]  # each a mapping
    return Sources.model_validate({"sources": declared})


def of(home: Home, who: str, field: str) -> list[dict[str, object]]:
    """The values of one field of a customer, winners first."""
    with known_now(home) as connection:
        values = values_of(connection, home, find_customer(connection, who).customer_id)
    return values.filter(pl.col("field") == field).drop("customer_id", "field").to_dicts()


def two_lists(home: Home) -> tuple[str, str]:
    first = import_text(home, CRM, "crm", sources=sources())
    return first.import_id, import_text(home, SHOP, "shop", "shop.csv", sources=sources()).import_id


@pytest.mark.slow
@pytest.mark.rule("AMB-13")
def test_winners_and_losers_are_told_with_the_cell_that_they_stood_in(home: Home) -> None:
    crm, shop = two_lists(home)
    newest, older = of(home, "ana@example.com", "name")
    assert newest == {
        "item": None,
        "value": "Ana Lima",
        "source": "shop",
        "import_id": shop,
        "row_number": 2,
        "header": "name",
        "raw_value": "Ana Lima",
        "rule": "newest",
        "wins": True,
    }
    assert (older["value"], older["import_id"], older["header"], older["wins"]) == ("Lima", crm, "Nom", False)
    first, later = of(home, "ana@example.com", "email")
    assert (first["value"], first["rule"], first["wins"]) == ("Ana@Example.com", "first_seen", True)
    assert (later["value"], later["wins"]) == ("ana@example.com", False)
    lineage_agrees(home)


def test_money_is_told_addend_by_addend_as_it_was_written(home: Home) -> None:
    two_lists(home)
    addends = of(home, "ana@example.com", "total_spent")
    assert [(each["value"], each["raw_value"], each["wins"]) for each in addends] == [
        ("1234.500", "1 234,50", True),
        ("10.500", "10.50", True),
    ]


@pytest.mark.slow
def test_what_was_entered_by_hand_stood_in_the_field_that_was_stated(home: Home) -> None:
    two_lists(home)
    edit(home, "ana@example.com", name="Ana Maria", city="Lyon", phone="+33612345678", groups="a, b", opt_in="no")
    for field in ("name", "city", "phone", "groups", "opt_in"):
        assert {each["header"] for each in of(home, "ana@example.com", field) if each["source"] == "manual"} == {field}
    assert of(home, "ana@example.com", "name")[1]["header"] in ("Nom", "name"), "what files say keeps their titles"
    add(home, email="eve@example.com", first_name="Eve", last_name="Stein")
    (name,) = of(home, "eve@example.com", "name")
    assert (name["value"], name["header"]) == ("Eve Stein", "first_name | last_name")
    add(home, email="kim@example.com", name="Kim")
    (name,) = of(home, "kim@example.com", "name")
    assert (name["value"], name["header"], name["wins"]) == ("Kim", "name", True)
    lineage_agrees(home)


@pytest.mark.slow
def test_what_an_import_no_longer_says_is_no_value(home: Home) -> None:
    _, shop = two_lists(home)
    undo(home, shop)
    (name,) = of(home, "ana@example.com", "name")
    assert (name["value"], name["wins"]) == ("Lima", True)
    lineage_agrees(home)


def test_the_title_stays_where_the_text_that_was_read_is_gone(home: Home) -> None:
    two_lists(home)
    shutil.rmtree(home.staging)
    assert [(each["header"], each["raw_value"]) for each in of(home, "bob@example.com", "company")] == [
        ("Société", None)
    ]


@pytest.mark.matrix(1)
@pytest.mark.parametrize(
    ("rule", "winner"), [("always", "Lima"), ("if_blank", "Ana Lima"), ("never", "Ana Lima"), ("newest", "Ana Lima")]
)
def test_the_rule_of_a_source_is_the_one_that_is_told(home: Home, rule: str, winner: str) -> None:
    ruled = sources(crm={} if rule == "newest" else {"update": {"name": rule}})
    import_text(home, CRM, "crm", sources=ruled)
    import_text(home, SHOP, "shop", "shop.csv", sources=ruled)
    told = {each["value"]: (each["rule"], each["wins"]) for each in of(home, "ana@example.com", "name")}
    assert told["Lima"] == (rule, winner == "Lima")
    assert told["Ana Lima"] == ("newest", winner == "Ana Lima")
    lineage_agrees(home)


@pytest.mark.slow
@pytest.mark.rule("MO-02", "UP-14")
def test_what_somebody_stated_by_hand_is_told_beside_all_that_it_goes_before(home: Home) -> None:
    two_lists(home)
    who = table(home).filter(name="Ana Lima")["customer_id"][0]
    first = edit(home, who, company="ACME", groups="press", status="potential", opt_in="1", name="Hana")
    edit(home, who, company="", email="ana@new.example")
    lineage_agrees(home)
    companies = [(each["value"], each["rule"], each["wins"]) for each in of(home, who, "company")]
    assert sorted(companies) == [("ACME", "by_hand", False), ("Lima SA", "newest", False)]
    (name, *others) = of(home, who, "name")
    told = (name["value"], name["source"], name["import_id"], name["rule"], name["wins"])
    assert told == ("Hana", "manual", first.import_id, "by_hand", True)
    assert {each["value"] for each in others} == {"Lima", "Ana Lima"}
    release(home, who, "company", "groups", "opt_in", "name")
    assert [each["value"] for each in of(home, who, "company") if each["wins"]] == ["Lima SA"]
    lineage_agrees(home)


@pytest.mark.slow
@pytest.mark.rule("PIT-100")
def test_a_payment_that_is_told_again_adds_once_and_says_why(home: Home) -> None:
    title = "payment id,email,amount,date,status\n"
    payments = Sources.model_validate({"sources": {"till": {"profile": "payments"}}})
    import_text(home, f"{title}p1,ana@example.com,20,2026-01-05,paid\n", "till", sources=payments)
    again = f"{title}p1,ana@example.com,20,2026-01-05,paid\np2,ana@example.com,5,2026-01-06,paid\n"
    import_text(home, again, "till", "again.csv", sources=payments, on_overlap="add")
    told = [(each["value"], each["rule"], each["wins"]) for each in of(home, "ana@example.com", "total_spent")]
    assert sorted(told) == [("20.000", "once", False), ("20.000", "sum", True), ("5.000", "sum", True)]
    assert {each["header"] for each in of(home, "ana@example.com", "total_spent")} == {"amount"}
    lineage_agrees(home)


@pytest.mark.slow
def test_names_of_two_columns_and_the_second_number_say_where_they_stood(home: Home) -> None:
    text = "email,first name,last name,phone,phone 2\nana@example.com,Ana,Lima,12,+33 6 12 34 56 78\n"
    first_import(home, text)
    (name,) = of(home, "ana@example.com", "name")
    assert (name["value"], name["header"], name["raw_value"]) == ("Ana Lima", "first name | last name", "Ana | Lima")
    (phone,) = of(home, "ana@example.com", "phone")
    assert (phone["header"], phone["raw_value"]) == ("phone 2", "+33 6 12 34 56 78")
    lineage_agrees(home)


@pytest.mark.slow
def test_the_values_of_merged_customers_are_told_together(home: Home) -> None:
    two_lists(home)
    merge_customers(home, "ana@example.com", "bob@example.com", Deciding("Eva", NOW))
    assert {each["value"] for each in of(home, "ana@example.com", "total_spent")} == {"1234.500", "10.500", "12.000"}
    lineage_agrees(home)


@pytest.mark.slow
def test_what_an_account_says_of_a_customer_is_one_addend_and_its_charges_are_payments(home: Home) -> None:
    two_lists(home)
    paid = [charge("1", 1250, "cus_ana"), charge("2", 300, "cus_ana", amount_refunded=100), charge("3", 999, "cus_bob")]
    people = [customer("ana", "ana@example.com", "Ana L"), customer("bob", "bob@example.com")]
    refunded = [refund("9", 100, "2")]
    synced = sync(home, Account(paid, refunded, people))
    addends = of(home, "ana@example.com", "total_spent")
    assert [(each["source"], each["value"]) for each in addends if each["wins"]] == [
        ("billing", "15.500"),
        ("crm", "1234.500"),
        ("shop", "10.500"),
    ]
    (account,) = [each for each in addends if each["source"] == "billing"]
    told = (account["import_id"], account["row_number"], account["header"], account["rule"])
    assert told == (synced.import_id, None, None, "sum")
    payments = report_of(home, "ana@example.com").tables["payments"].filter(source="billing")
    assert payments["amount_in_base"].sum() == Decimal("15.500")
    assert payments["refund_in_base"].sum() == Decimal("1.000")
    lineage_agrees(home)


def test_whoever_may_be_the_same_customer_is_shown_by_id_and_reason_alone(home: Home) -> None:
    same = "email,name,phone\nana@example.com,Ana Lima,+33612345678\nana.lima@mail.example,Ana Lima,+33612345678\n"
    first_import(home, same)
    assert report_of(home, "ana@example.com").tables["possible_duplicates"].is_empty()
    note_duplicates(home)
    other = table(home).filter(email="ana.lima@mail.example")["customer_id"][0]
    report = report_of(home, "ana@example.com")
    (pair,) = report.tables["possible_duplicates"].to_dicts()
    assert (pair["other_customer_id"], pair["decided"]) == (other, None)
    assert "phone: equal" in pair["reasons"]
    assert "ana.lima@mail.example" not in html_of(report, "en", NOW)
    merge_customers(home, "ana@example.com", "ana.lima@mail.example", Deciding("Eva", NOW))
    (merged,) = report_of(home, "ana@example.com").tables["possible_duplicates"].to_dicts()
    assert (merged["other_customer_id"], merged["decided"]) == (other, "merged")


@pytest.mark.parametrize("name", ["upflow_clients", "askusers_customers"])
def test_the_lineage_of_realistic_lists_agrees_with_their_tables(home: Home, name: str) -> None:
    case = Path(__file__).parents[2] / "cases" / name
    (path,) = case.glob("input.*")
    profile = name.split("_")[0]
    import_text(home, path.read_text("utf-8"), "list", path.name, profile=profile)
    assert lineage_agrees(home).height


@pytest.mark.slow
def test_whatever_happens_what_wins_is_what_the_tables_have() -> None:
    @settings(max_examples=10, suppress_health_check=list(HealthCheck))
    @given(STEPS, st.integers(0, 3))
    def agrees(steps: list[Step], cut: int) -> None:
        with scratch_home() as home:
            both = Both(home)
            for step in steps[: len(steps) - cut]:
                both.do(step)
            if home.published.exists():
                lineage_agrees(home)

    agrees()
