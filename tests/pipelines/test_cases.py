"""A case is a folder: a nasty file and what an import of it must give."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import FileRefused
from pipelines.files.reading import read_file
from tests.factories import codes_by_row, judged, terms

CASES = sorted(path.parent for path in (Path(__file__).parents[1] / "cases").glob("*/expected.json"))
KEYS = {"profile", "locale", "delimiter", "rows_accepted", "rows_rejected", "rejects", "total_spent", "refused"}


def expectation(case: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((case / "expected.json").read_text("utf-8"))
    return found


def outcome(content: bytes, profile: str, locale: str | None) -> dict[str, Any]:
    """What an import of these bytes gives, in the words of `expected.json`."""
    on = terms(profile, locale)
    try:
        verdict = judged(content, on)
    except FileRefused as refusal:
        return dict.fromkeys(KEYS - {"profile", "locale"}) | {"refused": refusal.reason.code}
    return {
        "delimiter": read_file(content).dialect.delimiter,
        "rows_accepted": verdict.accepted.height,
        "rows_rejected": verdict.rejected.height,
        "rejects": {str(number): codes for number, codes in codes_by_row(verdict).items()},
        "total_spent": verdict.amount_accepted,
        "refused": None,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_comes_out_as_expected(case: Path) -> None:
    expected = expectation(case)
    profile, locale = expected.pop("profile"), expected.pop("locale")
    if expected["total_spent"] is not None:
        expected["total_spent"] = Decimal(expected["total_spent"])
    assert outcome((case / "input.csv").read_bytes(), profile, locale) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_everything_and_nothing_else(case: Path) -> None:
    assert expectation(case).keys() == KEYS


def test_there_are_cases() -> None:
    assert len(CASES) > 15
