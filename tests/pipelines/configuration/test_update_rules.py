"""Update rules and ownership in `sources.yaml`: what may be said, and what is an error that names what is allowed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.configuration.settings import FileSource
from pipelines.configuration.sources_file import read_sources
from pipelines.configuration.update_rules import BLOCKS, SEVERAL, SINGLE, source_systems
from pipelines.errors import WrongUse
from schemas.ledger import NEWEST

CELLS = {
    "native": (False, False, True),
    "api": (True, True, True),
    "salesforce_native": (False, False, False),
    "salesforce_api": (True, False, False),
}


@pytest.mark.rule("UP-02", "UP-03", "UP-04", "UP-05")
@pytest.mark.parametrize("system", CELLS)
@pytest.mark.parametrize(("place", "block"), list(enumerate(("details", "contacts", "account_managers"))))
def test_the_matrix_says_of_each_system_and_block_whether_an_import_may_change_it(
    system: str, place: int, block: str
) -> None:
    rules = FileSource.model_validate({"ownership": system}).rules("clients")
    assert {name: rules.get(name, "newest") for name in BLOCKS[block]} == dict.fromkeys(
        BLOCKS[block], "newest" if CELLS[system][place] else "never"
    )
    assert set(source_systems()) == set(CELLS)


def test_a_default_is_of_all_fields_and_one_that_is_named_wins() -> None:
    source = FileSource.model_validate({"update": {"default": "if_blank", "phone": "newest", "name": "always"}})
    rules = source.rules("crm")
    assert {rules[name] for name in SINGLE if name not in ("phone", "name")} == {"if_blank"}
    assert (rules.get("phone"), rules["name"]) == (None, "always")
    assert not set(SEVERAL) & rules.keys(), "what a customer has several of adds up"


@pytest.mark.rule("UP-10")
def test_a_source_that_only_assigns_can_be_declared() -> None:
    source = FileSource.model_validate(
        {"update": {"default": "never", "account_manager": "newest", "dunning_plan": "newest"}, "creates": False}
    )
    assert set(source.rules("crm")) == {*SINGLE, *SEVERAL} - {"account_manager", "dunning_plan"}
    assert FileSource().rules("crm") == {}


def test_a_matrix_of_ones_own_goes_before_that_of_the_system_and_nobody_owns_against_himself() -> None:
    source = FileSource.model_validate({"ownership": "native", "owned_by": {"phone": "crm", "dunning_plan": "erp"}})
    assert {name: source.owners("clients")[name] for name in ("phone", "name", "dunning_plan")} == {
        "phone": "crm",
        "name": "native",
        "dunning_plan": "erp",
    }
    assert "phone" not in source.owners("crm")
    assert source.rules("crm").get("phone") is None
    assert source.rules("clients")["phone"] == "never"


def test_a_reference_and_amounts_are_nobodys_details() -> None:
    assert set(NEWEST) - set(BLOCKS["details"]) == {"external_id", "reported_monthly_spend"}


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"update": {"phone": "sometimes"}}, r"update\.phone: .*'newest', 'always', 'if_blank' or 'never'"),
        ({"update": {"total_spent": "never"}}, "'total_spent' has no rule: amounts, counts and dates"),
        ({"update": {"email": "never"}}, "'email' has no rule"),
        ({"update": {"opt_in": "always"}}, "consent has rules of its own"),
        ({"update": {"groups": "always"}}, "write groups: newest, or never"),
        ({"update": {"contact_phone": "if_blank"}}, "write contact_phone: newest, or never"),
        ({"ownership": "sap"}, "known are native, api, salesforce_native, salesforce_api"),
        ({"owned_by": {"fone": "crm"}}, "'fone' has no rule"),
        ({"creates": False, "updates": False}, "leave nothing that an import could do"),
        ({"updates": False, "amounts": "snapshot"}, "updates: false goes with amounts: cumulative"),
    ],
)
def test_what_cannot_be_kept_is_an_error_that_says_what_can(tmp_path: Path, told: dict[str, Any], fault: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": {"crm": told}}), "utf-8")
    with pytest.raises(WrongUse, match=f"sources.crm.*{fault}"):
        read_sources(path)
