"""Ownership: a value of a field that another system owns is not taken, and is told where it says something new."""

import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from tests.support.flow import import_text, table, undo
from tests.support.homes import once

SYSTEMS = ("native", "api", "salesforce_native", "salesforce_api")
SOURCES = Sources.model_validate(
    {
        "sources": {
            "shop": {"profile": "upflow", "locale": "fr"},
            **{name: {"profile": "upflow", "locale": "fr", "ownership": name} for name in SYSTEMS},
            "crm": {"owned_by": {"phone": "erp", "groups": "erp"}, "locale": "en"},
        }
    }
)
TITLES = {
    "details": "Nom du client;ID externe;Ville;Nom du groupe",
    "contacts": "ID externe;Adresse mail;Prénom;Contact principal",
    "account_managers": "ID externe;Responsable de compte;Workflow",
}
OLD = {
    "details": "Acme;C-1;Lyon;VIP",
    "contacts": "C-1;ana@example.com;Ana;1",
    "account_managers": "C-1;m1@example.com;Standard",
}
NEW = {
    "details": "Acme SA;C-1;Nice;Gold",
    "contacts": "C-1;ana@example.com;Anne;0",
    "account_managers": "C-1;m2@example.com;Strict",
}
OFFENCES = {
    "details": {"name", "city", "groups"},
    "contacts": {"contact_first_name", "is_primary"},
    "account_managers": {"account_manager"},
}
MAY = {
    "native": {"account_managers"},
    "api": set(TITLES),
    "salesforce_native": set(),
    "salesforce_api": {"details"},
}


def shown(home: Home) -> dict[str, tuple[object, ...]]:
    customer = table(home).row(0, named=True)
    return {
        "details": (customer["name"], customer["city"], tuple(customer["groups"] or ())),
        "contacts": tuple(table(home, "contacts").select("email", "first_name", "is_primary").iter_rows()),
        "account_managers": (customer["account_manager"],),
    }


def told(home: Home, import_id: str) -> set[str]:
    """The fields of values that an import did not take."""
    rejected = table(home, "rejected_rows").filter(import_id=import_id)
    assert set(rejected["severity"]) <= {"field"}
    reasons = [reason for row in rejected["reasons"] for reason in row]
    assert {reason["code"] for reason in reasons} <= {"FIELD_OWNED_BY_SOURCE"}
    return {reason["field"] for reason in reasons}


@once
def prepared(home: Home, system: str) -> None:
    """The client as it is: of the same source's earlier, free import, so that it is the same client."""
    free = Sources.model_validate({"sources": {system: {"profile": "upflow", "locale": "fr"}}})
    for block, titles in TITLES.items():
        import_text(home, f"{titles}\n{OLD[block]}\n", system, f"old {block}.csv", sources=free)


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.rule("UP-01", "UP-02", "UP-03", "UP-04", "UP-05", "UP-10")
@pytest.mark.parametrize("block", TITLES)
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_cell_of_the_matrix_takes_the_value_or_tells_of_it(home: Home, system: str, block: str) -> None:
    prepared(home, system)
    before = shown(home)
    outcome = import_text(home, f"{TITLES[block]}\n{NEW[block]}\n", system, sources=SOURCES)
    after = shown(home)
    allowed = block in MAY[system]
    assert (after[block] != before[block]) is allowed
    assert {other: after[other] for other in TITLES if other != block} == {
        other: before[other] for other in TITLES if other != block
    }
    assert told(home, outcome.import_id) == (set() if allowed else OFFENCES[block])
    assert (outcome.status, outcome.rows_accepted) == ("done" if allowed else "done_with_rejects", 1)
    if block == "account_managers":
        assert table(home)["dunning_plan"].to_list() == ["Strict"], "a plan is nobody's"


@pytest.mark.slow
@pytest.mark.rule("UP-01")
def test_a_value_that_is_there_anyway_is_no_offence(home: Home) -> None:
    prepared(home, "salesforce_native")
    for block, titles in TITLES.items():
        text = f"{titles}\n{OLD[block].replace('VIP', 'vip').replace('ana@', 'ANA@')}\n\n"
        outcome = import_text(home, text, "salesforce_native", f"{block}.csv", sources=SOURCES, on_overlap="add")
        assert (outcome.status, outcome.reject_codes) == ("done", {})
        assert told(home, outcome.import_id) == set()


@pytest.mark.rule("UP-01")
def test_the_reason_names_field_owner_and_value_beside_what_else_the_row_lost(home: Home) -> None:
    import_text(home, "email,name,phone\nana@example.com,Ana,+33 1 99 00 12 34\n", "shop2")
    text = "email,name,phone,groups,vat number\nana@example.com,Ana B,+33 1 99 00 56 78,VIP,FR00\n"
    outcome = import_text(home, text, "crm", sources=SOURCES)
    assert outcome.reject_codes == {"INVALID_VAT_NUMBER": 1, "FIELD_OWNED_BY_SOURCE": 2}
    rejected = table(home, "rejected_rows")
    assert (rejected.height, rejected["severity"].to_list()) == (1, ["field"])
    owned = [reason for reason in rejected["reasons"][0] if reason["code"] == "FIELD_OWNED_BY_SOURCE"]
    assert [(reason["field"], reason["header"], reason["value"]) for reason in owned] == [
        ("phone", "phone", "+33 1 99 00 56 78"),
        ("groups", "groups", "VIP"),
    ]
    assert owned[0]["message"] == (
        "“+33 1 99 00 56 78” in “phone” was not taken: “erp” owns the field phone and would overwrite it. Change it "
        "there."
    )
    assert table(home).select("name", "phone").row(0) == ("Ana B", "+33199001234")


def test_an_undo_of_the_owner_leaves_the_field_blank_and_a_new_client_is_still_known_by_name(home: Home) -> None:
    first = import_text(home, "email,name,phone\nana@example.com,Ana,+33 1 99 00 12 34\n", "shop2")
    import_text(home, "email,name,phone\nana@example.com,Ana,+33 1 99 00 12 34\n", "crm", sources=SOURCES)
    undo(home, first.import_id)
    assert table(home).select("name", "phone").row(0) == ("Ana", None)
    outcome = import_text(home, "Nom du client;Ville\nBlé;Lyon\n", "native", sources=SOURCES)
    assert outcome.rows_accepted == 1
    assert table(home).filter(sources=["native"]).select("name", "city").rows() == [("Blé", None)]
