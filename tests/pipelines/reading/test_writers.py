"""The same list by many writers: the customers, rejects and warnings that its CSV gives (`tests/writers/README.md`)."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.models.staged_file import ACCEPTED, DETAILS, REJECTED
from tests.support.flow import file_one
from tests.writers.writing import HERE, PYTHONS

BY_OTHERS = sorted(path.name for path in HERE.iterdir() if path.suffix in (".xlsx", ".xls", ".xlsb", ".ods"))


def outcome(path: Path, home: Home) -> dict[str, Any]:
    sources = Sources(sources={"shop": FileSource(locale="en")})
    staged_file = file_one(home, path, "shop", sources)
    folder = home.staging / staged_file.key
    details = folder / DETAILS
    return {
        "reason": staged_file.reason,
        "accepted": pl.read_parquet(folder / ACCEPTED).rows(named=True),
        "details": pl.read_parquet(details).rows(named=True) if details.exists() else [],
        "rejected": [
            (row["row_number"], [reason["code"] for reason in row["reasons"]])
            for row in pl.read_parquet(folder / REJECTED).iter_rows(named=True)
        ],
        "warnings": staged_file.warnings,
    }


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return outcome(HERE / "list.csv", Home(tmp_path_factory.mktemp("csv")))


def test_the_list_itself_has_customers_and_rejects(expected: dict[str, Any]) -> None:
    assert [row["email"] for row in expected["accepted"]] == [f"{n}@example.com" for n in ("ann", "zoe", "bob", "cy")]
    assert expected["rejected"] == [(4, ["MISSING_EMAIL"]), (6, ["INVALID_EMAIL"])]


@pytest.mark.matrix(2)
@pytest.mark.rule("RF-01")
@pytest.mark.parametrize("name", [*PYTHONS, *BY_OTHERS])
def test_a_list_is_the_same_whoever_wrote_the_workbook(name: str, home: Home, expected: dict[str, Any]) -> None:
    path = home.root / "drops" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(PYTHONS[name]() if name in PYTHONS else (HERE / name).read_bytes())
    assert outcome(path, home) == expected
