"""Rules of the five products that hang on several steps: from the file, or from two ways in, to the tables."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.intake.attempts import begun
from pipelines.intake.import_request import Options, Request, content_of
from pipelines.intake.inbox import waiting
from pipelines.intake.process_file import process_file
from pipelines.intake.run_folders import claimed
from pipelines.ledger import commit_imports
from pipelines.models.staged_file import attempt_of
from pipelines.progress import Report
from schemas.profiles import PROFILES
from tests.pipelines.stripe.states import Account, charge, sync
from tests.pipelines.stripe.sync.account_tables import ANA
from tests.support.flow import AS_OF, NOW, derived, drop, import_file, import_text, run_inbox, table

CASES = Path(__file__).parents[1] / "cases"
LIST = "email,name,total spent\nana@example.com,Ana,10\nbob@example.com,Bob,20\n"
SEEDS = {
    "askusers": "askusers_customers",
    "upflow": "upflow_clients",
    "reveal_field": "reveal_field_contacts",
    "smartcrm": "smartcrm_customers",
    "mono_editor": "mono_editor_customers",
}
"""A realistic list of each product, by its profile."""


UPFLOW = Sources(sources={"crm": FileSource(profile="upflow", locale="fr", default_country="FR")})
ALL = Sources(
    sources={
        profile: FileSource(profile=profile, locale="pl" if profile == "smartcrm" else "fr", default_country="FR")
        for profile in SEEDS
    }
)


def tables_of(home: Home) -> list[dict[str, object]]:
    return [rows.to_dict(as_series=False) for rows in derived(home).values()]


@pytest.mark.rule("AU-12")
def test_a_file_that_is_named_and_one_that_is_dropped_give_the_same_tables(tmp_path: Path) -> None:
    named, dropped = Home(tmp_path / "named"), Home(tmp_path / "dropped")
    import_text(named, LIST, "shop")
    drop(dropped, LIST, "shop")
    run_inbox(dropped, "run")
    assert tables_of(named) == tables_of(dropped)


@pytest.mark.slow
@pytest.mark.rule("UP-08", "UP-11")
def test_titles_of_any_kind_with_a_mapping_give_the_tables_of_usual_ones(tmp_path: Path) -> None:
    usual, free = Home(tmp_path / "usual"), Home(tmp_path / "free")
    import_text(usual, "Nom du client;ID externe;Ville\nAcme;C-1;Lyon\n", "crm", profile="upflow")
    mapping = {"Spalte A": "name", "?": "external_id", "zzz": "city"}
    import_text(free, "Spalte A;?;zzz\nAcme;C-1;Lyon\n", "crm", profile="upflow", mapping=mapping)
    without_ids = [
        [{name: told for name, told in rows.items() if not name.endswith("import_id")} for rows in tables_of(home)]
        for home in (usual, free)
    ]
    assert without_ids[0] == without_ids[1]


@pytest.mark.rule("AU-20", "AU-22")
def test_an_import_says_how_many_rows_it_merged_with_each_other_and_with_customers_that_were_there(home: Home) -> None:
    import_text(home, "email,name\nana@example.com,Ana\n", name="a.csv")
    rows = "ana@example.com,Anna\nANA@example.com,Anna\nbob@example.com,Bob\nbob@example.com,Bob\nnew@example.com,New\n"
    outcome = import_text(home, f"email,name\n{rows}nobody,Eve\n", name="b.csv")
    counts = (outcome.rows_read, outcome.rows_accepted, outcome.rows_rejected, outcome.rows_merged)
    assert counts == (6, 5, 1, 2)
    assert (outcome.customers_created, outcome.customers_updated) == (2, 1)
    entry = table(home, "import_history").filter(import_id=outcome.import_id).row(0, named=True)
    assert (entry["rows_merged"], entry["customers_created"], entry["customers_updated"]) == (2, 2, 1)


@pytest.mark.rule("AU-18")
def test_an_import_says_where_it_is_and_how_many_rows_it_has(home: Home) -> None:
    told: list[str] = []
    report: Report = told.append
    drop(home, LIST)
    attempt = attempt_of("run")
    with begun(home, "run", {}):
        (arrival,) = waiting(home.inbox)
        content = content_of(arrival)
        with claimed(home, home.staging / attempt / content.key):
            request = Request(arrival, "tester", NOW, AS_OF, Options(), attempt)
            process_file(request, content, home, Sources(), report)
        commit_imports.commit_waiting(home, "run", NOW, report)
    assert told[:2] == ["reading list.csv", "validating list.csv: 2 rows"]
    assert [step for step in told if step in ("folding customers", "checking", "publishing")] == told[-3:]


@pytest.mark.slow
@pytest.mark.rule("UP-18")
def test_each_column_of_a_list_of_upflow_changes_its_own_field_and_no_other(home: Home) -> None:
    """What identifies a row stays: the client's reference, the contact's address."""
    profile = PROFILES["upflow"]
    keys = ("external_id", "contact_email")
    others = {
        "vat_number": "DE136695976",
        "country": "Allemagne",
        "contact_phone": "+33199005678",
        "position": "Finance",
        "account_manager": "eva@example.com",
        "is_primary": "0",
    }
    first = {column.title: column.example or "x" for column in profile.template} | {"Workflow": "Standard"}
    first |= {"Responsable de compte": "ana@example.com"}
    import_text(home, _csv(first), "crm", "first.csv", sources=UPFLOW)
    last = ("groups", "name")
    changeable = sorted(
        (column for column in profile.template if column.field not in keys),
        key=lambda column: (*last, column.field).index(column.field) if column.field in last else -1,
    )
    for number, column in enumerate(changeable):
        before = _of_upflow(home)
        text = _csv({title: first[title] for title in KEPT} | {column.title: others.get(column.field, "Other")})
        outcome = import_text(home, text, "crm", f"{number}.csv", sources=UPFLOW)
        assert outcome.rows_accepted == 1, (column.title, outcome)
        changed = {name for name, value in _of_upflow(home).items() if value != before[name]}
        assert changed == {column.field}, column.title


KEPT = ("Nom du client", "Identifiant externe", "Nom du groupe", "Adresse mail")
"""The client's name and reference, the contact's address, and what a reference of a group needs beside it."""


def _csv(cells: dict[str, str]) -> str:
    return ";".join(cells) + "\n" + ";".join(cells.values()) + "\n"


def _of_upflow(home: Home) -> dict[str, object]:
    """What the tables say of the one client and its contact, by field."""
    client, contact = table(home).row(0, named=True), table(home, "contacts").row(0, named=True)
    group = table(home, "customer_groups")["reference"].drop_nulls().to_list()
    names = {"email": "contact_email", "first_name": "contact_first_name", "last_name": "contact_last_name"}
    names |= {"phone": "contact_phone", "reference": "contact_reference", "position": "position"}
    told = {field: contact[name] for name, field in (names | {"is_primary": "is_primary"}).items()}
    details = ("name", "external_id", "accounting_code", "vat_number", "address", "postal_code", "city", "region")
    own = {name: client[name] for name in (*details, "country", "account_manager", "dunning_plan", "groups")}
    return {**told, **own, "group_reference": group}


@pytest.mark.slow
@pytest.mark.rule("SC-02")
@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("Imię;Email;Telefon\nAna;ana@example.com;+48225550123\n", "done", None),
        ("Imię;Email\nAna;ana@example.com\n", "done", "NO_RECOMMENDED_COLUMN"),
        ("Imię;Telefon\nAna;+48225550123\n", "refused", "MISSING_REQUIRED_COLUMN"),
        ("Nazwisko;Email\nNowak;ana@example.com\n", "refused", "MISSING_REQUIRED_COLUMN"),
        ("Imię;Email\n;ana@example.com\n", "refused", "REJECT_RATIO_EXCEEDED"),
    ],
)
def test_smartcrm_asks_for_a_first_name_and_an_address_and_recommends_a_phone(
    home: Home, text: str, status: str, code: str | None
) -> None:
    outcome = import_text(home, text, "crm", profile="smartcrm", locale="pl")
    told = [reason.code for reason in outcome.reasons] + [warning.split(":")[0] for warning in outcome.warnings]
    assert outcome.status == status
    assert (code in told) if code else not told


@pytest.mark.slow
@pytest.mark.rule("AU-42", "SC-09", "SC-14", "MO-01")
def test_all_customers_of_all_ways_in_stand_in_one_table_with_how_they_came_first(home: Home) -> None:
    """The lists of the five products, a website's events, an account; people whom several know are there once."""
    for profile, case in SEEDS.items():
        (path,) = (CASES / case).glob("input.*")
        import_file(home, path, profile, sources=ALL)
    line = '{"kind": "form", "at": "2026-05-04T09:30:00Z", "email": "eva@example.com", "name": "Eva", "form": "x"}\n'
    import_text(home, line, "website", "events.ndjson")
    sync(home, Account([charge("1", 6000, "cus_ana")], customers=[ANA]))
    customers = table(home)
    assert customers["email"].drop_nulls().is_unique().all()
    assert set(table(home, "customer_priority")["customer_id"]) == set(customers["customer_id"]), "each has a priority"
    assert dict(customers.group_by("origin").agg(pl.len()).iter_rows()) == {"file": 11, "captured": 1, "stripe": 1}
    lea = customers.filter(email="lea.bernard@example.com").row(0, named=True)
    assert set(lea["sources"]) >= {"askusers", "mono_editor", "reveal_field"}
    assert set(customers["sources"].explode()) == {*SEEDS, "website", "billing"}
