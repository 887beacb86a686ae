"""A list of each of the five products, as its sender has it, from the file to the tables that analysts open.

The files are cases (`tests/cases`), made from each product's own list of fields, in its language.
"""

from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from tests.support.flow import import_file, table

CASES = Path(__file__).parents[1] / "cases"
LEA, TOM, NINA = "lea.bernard@example.com", "tom.petit@example.com", "nina.moreau@example.com"


def imported(home: Home, case: str, profile: str, country: str | None = None) -> str:
    """The status of an import of a case's file through a profile."""
    (path,) = (CASES / case).glob("input.*")
    locale = "pl" if profile == "smartcrm" else "fr"
    source = FileSource(profile=profile, locale=locale, default_country=country)
    return import_file(home, path, sources=Sources(sources={"shop": source})).status


def shown(home: Home, columns: str, name: str = "customers") -> set[tuple[object, ...]]:
    return set(table(home, name).select(columns.split()).iter_rows())


@pytest.mark.rule("AU-04", "AU-05", "AU-06", "AU-07", "AU-08", "AU-09", "AU-10", "AU-11", "AU-13", "AU-42", "SC-14")
def test_a_list_of_askusers_gives_totals_days_and_priorities(home: Home) -> None:
    """Two rows of one customer add up; a row without address and one without name are rejected."""
    assert imported(home, "askusers_customers", "askusers") == "done_with_rejects"
    whole = table(home).with_columns(pl.col("^.*(spent|volume|spend|date)$").cast(pl.String))
    money = ["total_spent", "payment_count", "refund_volume", "reported_monthly_spend"]
    days = ["first_payment_date", "last_payment_date"]
    assert set(whole.select("email", "name", *money, *days).iter_rows()) == {
        (LEA, "Léa Bernard-Roux", "1550.500", 15, "25.000", "104.200", "2026-01-31", "2026-11-20"),
        (TOM, "Atelier Petit", "600.000", 6, None, None, "2026-06-15", "2026-11-15"),
        (NINA, "Nina Moreau", "49.990", 1, "0.000", None, "2026-11-20", "2026-11-20"),
    }
    assert shown(home, "email priority months basis", "customer_priority") == {
        (LEA, "high", 9, "computed"),
        (TOM, "high", 5, "computed"),
        (NINA, "low", 1, "computed"),
    }


@pytest.mark.rule("UP-06", "UP-07", "UP-19", "UP-20", "UP-21", "UP-23", "UP-24", "UP-26", "UP-29", "UP-30", "UP-32")
@pytest.mark.rule("UP-34")
def test_a_list_of_upflow_gives_clients_groups_assignments_and_contacts(home: Home) -> None:
    """Two clients share a name and differ by their reference; a contact without a client is rejected, a position
    that is none costs itself.
    """
    assert imported(home, "upflow_clients", "upflow", "FR") == "done_with_rejects"
    assert shown(home, "external_id name accounting_code postal_code city country vat_number") == {
        ("C-0001", "Exemple SARL", "0411001", "01000", "Bourg-en-Bresse", "FR", "FR40303265045"),
        ("C-0002", "Exemple SARL", "0411002", "69002", "Lyon", "FR", None),
        ("C-0003", None, None, None, None, None, None),
    }
    assert shown(home, "external_id address region") == {
        ("C-0001", "12 rue de la Paix", "Auvergne-Rhône-Alpes"),
        ("C-0002", "3 quai Neuf", None),
        ("C-0003", None, None),
    }
    assert shown(home, "row_number severity", "rejected_rows") == {(4, "field"), (6, "row")}
    assert shown(home, "external_id account_manager dunning_plan") >= {
        ("C-0003", "marie.garnier@example.com", "Relance standard")
    }
    assert shown(home, "name reference customer_count", "groups") == {("Groupe Exemple", "G-01", 2)}
    assert shown(home, "email first_name last_name phone reference position is_primary", "contacts") == {
        (LEA, "Léa", "Bernard", "+33199001234", "K-01", "accountant", True),
        (TOM, "Tom", "Petit", None, "K-02", "buyer", False),
        (NINA, "Nina", "Moreau", None, "K-03", None, True),
    }


@pytest.mark.rule("RF-01", "RF-11", "RF-12", "RF-16", "RF-17", "RF-18", "RF-19", "RF-20", "RF-21", "RF-23")
def test_a_list_of_reveal_field_gives_every_number_and_address(home: Home) -> None:
    """Only mobiles can be reached by SMS; a number in the manner of the country gets its code."""
    assert imported(home, "reveal_field_contacts", "reveal_field", "FR") == "done_with_rejects"
    points = table(home, "contact_points").join(table(home).select("customer_id", "name"), on="customer_id")
    assert set(points.select("name", "kind", "rank", "value", "sms_reachable").iter_rows()) == {
        ("Léa Bernard", "email", 1, LEA, False),
        ("Léa Bernard", "email", 2, "lea.b@example.org", False),
        ("Léa Bernard", "phone", 1, "+33199001234", False),
        ("Léa Bernard", "phone", 2, "+33199001235", False),
        ("Léa Bernard", "phone", 3, "+15145550123", False),
        ("Léa Bernard", "mobile", 1, "+33612345678", True),
        ("Léa Bernard", "mobile", 2, "+33612345679", True),
        ("Léa Bernard", "address", 1, "12, rue Principale", False),
        ("Léa Bernard", "address", 2, "3 quai Neuf", False),
        ("Tom Petit", "email", 1, TOM, False),
        ("Tom Petit", "mobile", 1, "+33612345680", True),
        ("Moreau", "phone", 1, "+33199001237", False),
        ("Moreau", "address", 1, "5 place du Marché", False),
    }
    found = points.filter(points["value"] == "+15145550123")["customer_id"]
    assert table(home).filter(table(home)["customer_id"].is_in(found.implode()))["first_import_id"].null_count() == 0


@pytest.mark.rule("SC-01", "SC-02", "SC-03", "SC-04", "SC-09", "SC-10", "SC-11")
def test_a_list_of_smartcrm_gives_customers_with_their_status(home: Home) -> None:
    """Who has no status in the list and paid nothing is potential."""
    assert imported(home, "smartcrm_customers", "smartcrm", "PL") == "done"
    assert shown(home, "name email phone company address status") == {
        (
            "Anna Nowak",
            "anna.nowak@example.com",
            "+48225550123",
            "Przykład sp. z o.o.",
            "ul. Długa 12, 00-001 Warszawa",
            "active",
        ),
        ("Łukasz Żak", "lukasz.zak@example.com", "+48601234567", None, None, "potential"),
        ("Ewa", "ewa.lis@example.com", None, None, None, "potential"),
    }


@pytest.mark.rule("MO-04", "MO-12", "MO-14", "MO-15", "MO-16", "MO-17", "MO-18", "MO-19", "MO-20", "MO-21")
def test_a_workbook_of_the_mono_editor_gives_groups_and_consent(home: Home) -> None:
    """A blank consent and a word that is none say nothing; an area that is no country is a region."""
    imported(home, "mono_editor_customers", "mono_editor", "FR")
    assert shown(home, "first_name company city region country opt_in") == {
        ("Léa", "Exemple SARL", "Bourg-en-Bresse", None, "FR", True),
        ("Tom", None, "Montréal", "Québec", None, False),
        ("Nina", None, None, None, None, None),
        ("Hugo", None, None, None, None, None),
    }
    assert shown(home, "name customer_count", "groups") == {("vip", 2), ("presse", 2)}
