"""What the analyst's page shows: the selected customers, their money, the imports, one of them."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.errors import WrongUse
from pipelines.exploring.overview import choices, exported, one_customer, overview
from pipelines.exploring.pictures import cohorts_by_first_payment, quality_of_imports, spend_over_time
from pipelines.home import Home
from pipelines.publishing.selection import EVERYBODY, Selection
from tests.support.flow import import_text
from tests.support.homes import once

PAID = (
    "email,name,amount,date\n"
    "ana@example.com,Ana,1200.10,2026-01-05\nana@example.com,Ana,0.20,2026-04-05\nbo@example.com,=Bo,7,2026-04-03\n"
    "bo@example.com,Bo,-2,2026-05-03\ncy,Cy,5,2026-04-03\n"
)
LISTED = "email,name,phone,groups\nbo@example.com,Bo,+33199001234,VIP\n"
CLIENTS = "Nom du client;Identifiant externe;Adresse mail;Contact principal\nExemple SARL;C-1;lea@example.com;1\n"


@once
def fill(home: Home) -> None:
    import_text(home, PAID, "till", "till.csv", profile="payments")
    import_text(home, LISTED, "crm", "crm.csv")
    import_text(home, CLIENTS, "clients", "clients.csv", profile="upflow")


@pytest.fixture
def filled(home: Home) -> Home:
    fill(home)
    return home


@pytest.mark.slow
def test_everybody_is_counted_whether_or_not_they_have_an_address(filled: Home) -> None:
    seen = overview(filled.published, EVERYBODY)
    counts = {name: seen.sums[name] for name in ("customers", "spent", "refunded", "currency")}
    assert counts == {"customers": 3, "spent": Decimal("1207.300"), "refunded": Decimal(2), "currency": "USD"}
    assert seen.customers.height == 3 and seen.customers["email"].to_list().count(None) == 1


@pytest.mark.parametrize(
    ("selection", "emails"),
    [
        (Selection(source="till"), ["ana@example.com", "bo@example.com"]),
        (Selection(source="crm"), ["bo@example.com"]),
        (Selection(source="clients"), [None]),
        (Selection(group="VIP"), ["bo@example.com"]),
        (Selection(segment="high_value"), ["ana@example.com"]),
        (Selection(source="till", group="VIP"), ["bo@example.com"]),
    ],
)
def test_a_selection_leaves_its_customers_and_their_money(
    filled: Home, selection: Selection, emails: list[str | None]
) -> None:
    seen = overview(filled.published, selection)
    assert set(seen.customers["email"]) == set(emails)
    assert seen.sums["customers"] == len(emails)
    assert sum(seen.spend["spent"], Decimal(0)) == seen.sums["spent"], "these lists tell payments alone"


def test_there_is_to_choose_what_the_customers_have_and_nothing_else_is_taken(filled: Home) -> None:
    assert vars(choices(filled.published)) == {
        "priority": ["high", "medium", "low"],
        "segment": ["high_value", "new"],
        "source": ["clients", "crm", "till"],
        "group": ["VIP"],
    }
    with pytest.raises(WrongUse, match="there is no source 'tell'; did you mean --source 'till'"):
        overview(filled.published, Selection(source="tell"))


def test_months_cohorts_and_imports_are_counted_to_the_cent(filled: Home) -> None:
    seen = overview(filled.published, EVERYBODY)
    assert seen.spend.rows() == [
        (date(2026, 1, 1), "till", 1, Decimal("1200.100"), Decimal(0)),
        (date(2026, 4, 1), "till", 2, Decimal("7.200"), Decimal(0)),
        (date(2026, 5, 1), "till", 0, Decimal(0), Decimal(2)),
    ]
    cohorts = seen.cohorts.select("first_payment", "customers", "paid_again_later", "spent").rows()
    assert cohorts == [(date(2026, 1, 1), 1, 1, Decimal("1200.300")), (date(2026, 4, 1), 1, 0, Decimal(7))]
    told = seen.imports.select("source", "rows_read", "rows_accepted", "rows_rejected", "commonest_reason").rows()
    assert sorted(told) == [
        ("clients", 1, 1, 0, None),
        ("crm", 1, 1, 0, None),
        ("till", 5, 4, 1, "INVALID_EMAIL"),
    ]


def test_a_chart_has_a_name_a_bar_for_each_month_and_escapes_what_it_tells(filled: Home) -> None:
    seen = overview(filled.published, EVERYBODY)
    odd = seen.spend.with_columns(source=pl.lit("<script>"))
    drawn = spend_over_time(odd, "USD")
    assert 'role="img" aria-label="Paid by month and source"' in drawn
    assert drawn.count("<rect") == 5, "months without payments are there"
    assert "<title>2026-01, &lt;script&gt;: 1,200.100 USD</title>" in drawn and "<script>" not in drawn
    assert "paid again in a later month: 1" in cohorts_by_first_payment(seen.cohorts)
    assert "rejected: 1 rows" in quality_of_imports(seen.imports)


def test_nothing_to_draw_is_no_chart(filled: Home) -> None:
    seen = overview(filled.published, Selection(priority="medium"))
    assert seen.sums["customers"] == 0
    assert (spend_over_time(seen.spend, "USD"), cohorts_by_first_payment(seen.cohorts)) == ("", "")
    assert quality_of_imports(seen.imports.clear()) == ""


def test_one_customer_is_shown_with_all_that_the_file_tells(filled: Home) -> None:
    seen = overview(filled.published, Selection(group="VIP"))
    known = one_customer(filled.published, seen.customers["customer_id"][0])
    assert {"Its row", "Priority over time", "Payments", "Addresses and numbers"} <= known.keys()
    assert ("total_spent", "7.000") in known["Its row"].rows() and ("groups", "VIP") in known["Its row"].rows()
    assert known["Payments"].height == 2
    assert one_customer(filled.published, "00000000-0000-0000-0000-000000000000") == {}


def test_the_export_of_a_selection_is_that_of_the_command(filled: Home) -> None:
    csv = exported(filled.published, Selection(source="till"), "csv").decode("utf-8-sig")
    assert csv.splitlines()[0].startswith("customer_id,email,name") and len(csv.splitlines()) == 3
    assert "1200.30" in csv
    assert exported(filled.published, Selection(group="VIP"), "xlsx")[:2] == b"PK"
