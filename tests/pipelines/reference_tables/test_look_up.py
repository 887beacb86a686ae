"""Managers, plans and groups are looked up; an unknown one costs itself, its row or nothing."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.configuration.sources_file import read_sources
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.models.context import Terms
from pipelines.models.reference_table import ReferenceTable
from pipelines.parsing.emails import parse_emails
from pipelines.reference_tables.read_tables import spelled
from schemas.profiles import PROFILES
from schemas.sentences.note import Note
from tests.support.factories import AS_OF, codes_by_row, texts, validated
from tests.support.flow import import_text, table

MANAGERS = ("ana@example.com", "Bob@example.com")


def knowing(profile: str = "upflow", locale: str = "fr", on_unknown: dict[str, str] | None = None) -> Terms:
    """Terms of a source whose tables know two managers, two plans, two groups and two references."""
    addresses = texts(*MANAGERS)
    lists = {"dunning_plans": ("Standard", "None"), "groups": ("VIP", "Énergie"), "invoice_references": ("C-1", "007")}
    tables = {
        "account_managers": ReferenceTable(Path("m.csv"), "Email", addresses, parse_emails(addresses)[1]),
        **{
            key: ReferenceTable(Path("t.csv"), "Nom", texts(*known), spelled(texts(*known)))
            for key, known in lists.items()
        },
    }
    paths = {key: kept.path for key, kept in tables.items()}
    told: dict[str, Any] = {"profile": profile, "locale": locale, "on_unknown": on_unknown or {}, **paths}
    source = FileSource.model_validate(told)
    return Terms("shop", source, PROFILES[profile], "USD", AS_OF, tables=MappingProxyType(tables))


@pytest.mark.rule("UP-10", "UP-25", "UP-26")
def test_an_assignment_of_two_columns_suffices_and_takes_the_tables_spelling() -> None:
    text = "ID externe;Responsable de compte\nC-1;ANA@Example.com\n007;bob@example.com\n"
    validation = validated(text, knowing())
    assert validation.details["account_manager"].to_list() == ["ana@example.com", "Bob@example.com"]
    assert (validation.rejected_count, validation.warnings) == (0, ())
    assert validated("ID externe;Workflow\nC-1;Standard\n", knowing()).details["dunning_plan"].to_list() == ["Standard"]


@pytest.mark.rule("UP-16", "UP-27")
@pytest.mark.parametrize(
    ("cell", "known"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  ＡＮＡ@example.com ", "ana@example.com"),
        ("Ana Roe <ana@example.com>", "ana@example.com"),
        ("ana@example.com, bob@example.com", "ana@example.com, Bob@example.com"),
        ("bob@example.com;ana@example.com", "Bob@example.com, ana@example.com"),
        ("ana@example.com bob@example.com", "ana@example.com, Bob@example.com"),
        ("Ana <ana@example.com>; Bob <bob@example.com>", "ana@example.com, Bob@example.com"),
        ("ana@example.com, zoe@example.com", None),
        ("zoe@example.com", None),
        ("ana@exemple.com", None),
        ("Ana", None),
    ],
)
def test_a_manager_is_known_by_the_address_as_customers_are(cell: str, known: str | None) -> None:
    validation = validated(f'ID externe|Responsable de compte|Workflow\nC-1|"{cell}"|Standard\n', knowing())
    assert validation.details["account_manager"].to_list() == [known]
    assert validation.details["dunning_plan"].to_list() == ["Standard"]
    assert codes_by_row(validation) == ({} if known else {2: ["ACCOUNT_MANAGER_NOT_FOUND"]})


@pytest.mark.rule("UP-17", "UP-28")
@pytest.mark.parametrize(
    ("cell", "known"),
    [
        ("Standard", True),
        (" Standard  ", True),
        ("None", True),
        ("standard", False),
        ("Standart", False),
        ("VIP", False),
    ],
)
def test_a_plan_is_known_by_its_exact_spelling(cell: str, known: bool) -> None:
    validation = validated(f"ID externe;Workflow;Responsable de compte\nC-1;{cell};ana@example.com\n", knowing())
    assert validation.details["dunning_plan"].to_list() == [cell.strip() if known else None]
    assert codes_by_row(validation) == ({} if known else {2: ["DUNNING_PLAN_NOT_FOUND"]})


@pytest.mark.parametrize("cell", ["-", "n/a", ""])
def test_words_for_nothing_are_no_unknown_plan_and_no_unknown_manager(cell: str) -> None:
    text = f"ID externe;Nom du client;Workflow;Responsable de compte\nC-1;Acme;{cell};{cell}\n"
    validation = validated(text, knowing())
    assert (validation.rejected.height, validation.details.height) == (0, 0)


@pytest.mark.rule("UP-16", "UP-17", "AMB-24")
@pytest.mark.parametrize("locale", ["fr", "en", "pl"])
def test_the_two_messages_are_the_seeds_to_the_letter_and_the_row_is_kept(home: Home, locale: str) -> None:
    (home.root / "members.csv").write_text("Email\nana@example.com\n", "utf-8")
    (home.root / "plans.csv").write_text("Plan\nStandard\n", "utf-8")
    declared = home.root / "sources.yaml"
    declared.write_text(
        f"sources:\n  clients:\n    profile: upflow\n    locale: {locale}\n    account_managers: members.csv\n"
        "    dunning_plans: plans.csv\n",
        "utf-8",
    )
    text = "Nom du client;ID externe;Ville;Responsable de compte;Workflow\nAcme;C-1;Lyon;zoe@example.com;standard\n"
    outcome = import_text(home, text, "clients", sources=read_sources(declared))
    assert (outcome.status, outcome.rows_accepted, outcome.rows_rejected) == ("done_with_rejects", 1, 0)
    customer = table(home).row(0, named=True)
    assert (customer["name"], customer["city"]) == ("Acme", "Lyon")
    rejected = table(home, "rejected_rows").row(0, named=True)
    assert rejected["severity"] == "field"
    assert [
        (reason["field"], reason["header"], reason["value"], reason["message"]) for reason in rejected["reasons"]
    ] == [
        ("account_manager", "Responsable de compte", "zoe@example.com", "Account manager not found, check the email"),
        ("dunning_plan", "Workflow", "standard", "Dunning plan not found, check spelling"),
    ]


@pytest.mark.rule("AMB-36")
def test_an_unknown_group_is_created_or_costs_itself_alone() -> None:
    text = "Nom du client;Nom du groupe\nAcme;VIP, Neu\nBlé;Neu\n"
    created = validated(text, knowing())
    assert created.details["groups"].to_list() == [["VIP", "Neu"], ["Neu"]]
    assert codes_by_row(created) == {}
    refused = validated(text, knowing(on_unknown={"groups": "reject"}))
    assert refused.details["groups"].to_list() == [["VIP"]]
    assert codes_by_row(refused) == {2: ["GROUP_NOT_FOUND"], 3: ["GROUP_NOT_FOUND"]}
    assert refused.accepted.height == 2


@pytest.mark.rule("AMB-24", "AMB-36")
def test_an_unknown_value_may_cost_its_row_or_be_kept_and_told() -> None:
    text = "ID externe;Workflow\nC-1;Standard\nC-2;Neu\nC-3;Neu\n"
    costly = validated(text, knowing(on_unknown={"dunning_plan": "reject_row"}))
    assert (costly.accepted.height, costly.rejected_count) == (1, 2)
    assert codes_by_row(costly) == {3: ["DUNNING_PLAN_NOT_FOUND"], 4: ["DUNNING_PLAN_NOT_FOUND"]}
    kept = validated(text, knowing(on_unknown={"dunning_plan": "keep_as_text"}))
    assert kept.details["dunning_plan"].to_list() == ["Standard", "Neu", "Neu"]
    assert [note.code for note in kept.warnings] == [
        "UNKNOWN_VALUES_KEPT",
        "REFERENCE_NOT_ON_INVOICES",
    ]
    assert kept.warnings[0] == Note("UNKNOWN_VALUES_KEPT", found=2, expected="Neu", header="Workflow")


def test_without_a_table_what_is_written_is_kept_as_text() -> None:
    unknowing = replace(knowing(), tables=MappingProxyType({}))
    text = "ID externe;Responsable de compte;Workflow\nC-1;Jean Dupont;standard\nC-2;ANA@Example.com;-\n"
    validation = validated(text, unknowing)
    assert validation.details["account_manager"].to_list() == ["Jean Dupont", "ANA@Example.com"]
    assert validation.details["dunning_plan"].to_list() == ["standard", None]
    assert (validation.rejected.height, validation.warnings) == (0, ())


@pytest.mark.rule("UP-22")
def test_references_that_no_invoice_bears_are_told_once_with_the_first_of_them() -> None:
    text = "Nom du client;Identifiant externe\nAcme;C-1\nBlé;7\nCid;007\nDup;C-9\nEva;\n"
    told = Note("REFERENCE_NOT_ON_INVOICES", found=2, header="Identifiant externe", expected="7")
    assert validated(text, knowing()).warnings == (told,)


@pytest.mark.parametrize("field", ["account_manager", "dunning_plan", "groups"])
def test_a_policy_for_what_no_table_knows_is_an_error_of_sources_yaml(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} is looked up in no table; name it with {field}s?: FILE"):
        FileSource.model_validate({"on_unknown": {field: "reject"}})
    assert FileSource.model_validate({"on_unknown": {field: "keep_as_text"}}).on_unknown.of(field) == "keep_as_text"


def test_a_relative_path_begins_beside_sources_yaml_and_a_wrong_policy_is_named(tmp_path: Path) -> None:
    declared = tmp_path / "sources.yaml"
    declared.write_text("sources: {crm: {dunning_plans: lists/plans.csv, groups: /else/groups.csv}}", "utf-8")
    tables = read_sources(declared).source("crm").tables
    assert tables == {"dunning_plans": tmp_path / "lists/plans.csv", "groups": Path("/else/groups.csv")}
    declared.write_text("sources: {crm: {dunning_plans: p.csv, on_unknown: {dunning_plan: refuse}}}", "utf-8")
    with pytest.raises(WrongUse, match=r"sources\.crm\.on_unknown\.dunning_plan: .*'reject', 'reject_row'"):
        read_sources(declared)
    declared.write_text("sources: {crm: {dunning_plans: p.csv, on_unknown: {dunning_plans: reject}}}", "utf-8")
    with pytest.raises(WrongUse, match="did you mean dunning_plan"):
        read_sources(declared)


def test_a_table_that_cannot_be_used_stops_the_file_and_nothing_is_written(home: Home) -> None:
    sources = Sources.model_validate({"sources": {"clients": {"profile": "upflow", "dunning_plans": "gone.csv"}}})
    with pytest.raises(WrongUse, match=r"dunning_plans: gone\.csv cannot be read"):
        import_text(home, "ID externe;Workflow\nC-1;Standard\n", "clients", sources=sources)
