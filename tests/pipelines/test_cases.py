"""A case is a folder: a faulty file and what an import of it must give (`tests/cases/README.md`)."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.models.staged_file import ACCEPTED, DETAILS, REJECTED, StagedFile
from schemas.ledger import OF_A_PAYMENT
from tests.support.flow import file_one
from tests.support.marked_rules import shown

TESTS = Path(__file__).parents[1]
CASES = sorted(path.parent for path in (TESTS / "cases").glob("*/expected.json"))
ASKED = {"about", "pits", "profile", "locale"}
TOLD = {"country", "currency", "base_currency"}
"""What may be told of a case's source beside its profile and locale."""

FOUND = {
    "delimiter",
    "encoding",
    "header_row",
    "rows_read",
    "rows_blank",
    "rows_accepted",
    "rows_rejected",
    "customers",
    "total_spent",
    "accepted",
    "rejects",
    "warnings",
    "notes",
}
FAULTS = [f"PIT-{number:02}" for number in range(1, 63)]
"""Faults that were known before any outside data."""

FOUND_LATER = {f"PIT-{number}" for number in range(100, 112)}
"""Faults that were found with outside data (section 5.8 of the requirements)."""


def expectation(case: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((case / "expected.json").read_text("utf-8"))
    return found


def input_of(case: Path) -> Path:
    (path,) = case.glob("input.*")
    return path


def outcome(case: Path, asked: dict[str, Any], home: Home) -> dict[str, Any]:
    """What an import of a case's file gives, in the words of `expected.json`."""
    source = FileSource(
        profile=asked["profile"],
        locale=asked["locale"],
        currency=asked.get("currency"),
        default_country=asked.get("country"),
    )
    sources = Sources(base_currency=asked.get("base_currency", "USD"), sources={"shop": source})
    staged_file = file_one(home, input_of(case), "shop", sources)
    assert staged_file.result != "failed", staged_file.message
    if staged_file.reason is not None:
        return {"refused": staged_file.reason.code}
    return {"refused": None} | _as_read(staged_file) | _as_validated(staged_file, home.staging / staged_file.key)


def _as_read(staged_file: StagedFile) -> dict[str, Any]:
    dialect = staged_file.dialect or {}
    return {
        "delimiter": dialect.get("delimiter"),
        "encoding": dialect.get("encoding"),
        "header_row": dialect.get("header_row"),
        "rows_read": staged_file.rows_read,
        "rows_blank": staged_file.rows_blank,
        "rows_accepted": staged_file.rows_accepted,
        "rows_rejected": staged_file.rows_rejected,
        "total_spent": plain(staged_file.amount_accepted),
        "warnings": sorted(warning.partition(": ")[0] for warning in staged_file.warnings),
        "notes": staged_file.warnings,
    }


def _as_validated(staged_file: StagedFile, folder: Path) -> dict[str, Any]:
    accepted = pl.read_parquet(folder / ACCEPTED)
    details = folder / DETAILS
    beside = pl.read_parquet(details).rows_by_key("row_number", named=True, unique=True) if details.exists() else {}
    values = {
        row["row_number"]: row | beside.get(row["row_number"], {})
        for row in accepted.select(pl.exclude("id_high", "id_low", *OF_A_PAYMENT[1:])).iter_rows(named=True)
    }
    rejected = pl.read_parquet(folder / REJECTED)
    return {
        "customers": accepted.select("id_high", "id_low").n_unique() if accepted.height else 0,
        "accepted": {str(row): dict(_filled(cells)) for row, cells in values.items()},
        "rejects": {
            str(row["row_number"]): [reason["code"] for reason in row["reasons"]]
            for row in rejected.iter_rows(named=True)
        },
    }


def _filled(cells: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in cells.items():
        if value is not None and name != "row_number":
            yield name, plain(value)


def plain(value: Any) -> Any:
    """A value as JSON has it: an amount without zeros at its end, a date as `2024-01-31`."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [list(each.values()) if isinstance(each, dict) else each for each in value]
    return value


@pytest.mark.matrix(40)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_comes_out_as_expected(case: Path, home: Home) -> None:
    expected = expectation(case)
    found = outcome(case, expected, home)
    words, sentences = expected.pop("notes", []), found.pop("notes", [])
    assert found == {name: value for name, value in expected.items() if name not in ASKED | TOLD}
    assert [word for word in words if not any(word in sentence for sentence in sentences)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_everything_and_nothing_else(case: Path) -> None:
    expected = expectation(case)
    said = expected.keys() - TOLD
    assert said == ASKED | {"refused"} | (set() if expected["refused"] else FOUND)
    assert set(expected["pits"]) <= {*FAULTS, *FOUND_LATER}


def test_every_early_fault_has_a_case_or_a_test() -> None:
    cases = {pit for case in CASES for pit in expectation(case)["pits"]}
    assert set(FAULTS) - cases - {each.id for each in shown("rule")} == set()


def test_the_readme_lists_the_cases_of_every_fault() -> None:
    listed = (TESTS / "cases" / "README.md").read_text("utf-8")
    rows = {row[1]: set(re.findall(r"`(\w+)`", row[2])) for row in re.finditer(r"(?m)^\| (PIT-\d\d) \|(.*)$", listed)}
    shown = {pit: {case.name for case in CASES if pit in expectation(case)["pits"]} for pit in FAULTS}
    assert {pit: cases - rows.get(pit, set()) for pit, cases in shown.items() if cases - rows.get(pit, set())} == {}
    assert rows.keys() == set(FAULTS)
