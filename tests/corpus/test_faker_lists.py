"""Ordinary lists with the totals that their maker states, and persons of whom many are listed twice.

Statements of `expected.json` that need a word: seven addresses of two lists have two dots in a row, which no mail
standard allows, so that these rows are rejected with their amounts (TWO_DOTS); the list of enterprises is in pounds.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from pipelines.configuration.own_profile import OwnProfile
from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.models.staged_file import REJECTED
from tests.corpus import Line
from tests.support.flow import commit_all, file_one, table

pytestmark = pytest.mark.slow

POUNDS = {"enterprise-customers-100.csv"}
TWO_DOTS: dict[str, tuple[list[int], str]] = {
    "customers-10000.csv": ([1200, 3192, 3705, 4694, 6997, 8659], "9520.85"),
    "kunden-de-1000.csv": ([589], "443.95"),
}
"""Rows whose address is none, and what they hold."""
SPELLINGS = 424
PERSONS = Sources(
    profiles={"persons": OwnProfile(required=("email",), max_reject_ratio=1.0)},
    sources={"shop": FileSource(profile="persons")},
)
Facts = dict[str, Any]


def listed(corpus: Path) -> list[Facts]:
    entries: list[Facts] = json.loads((corpus / "faker-lists" / "expected.json").read_text("utf-8"))
    return entries


def imported(path: Path, sources: Sources) -> Facts:
    """What an import of a list gives, in the words of `expected.json`."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        staged_file = file_one(home, path, "shop", sources)
        rejected = _numbers(home.staging / staged_file.key / REJECTED)
        (outcome,) = commit_all(home, [staged_file])
        customers = table(home) if home.published.exists() else pl.DataFrame()
        return {
            "encoding": (staged_file.dialect or {}).get("encoding"),
            "delimiter": (staged_file.dialect or {}).get("delimiter"),
            "rows": outcome.rows_read,
            "distinct_emails": customers.height,
            "rejected_rows": outcome.rows_rejected,
            "rejected": rejected,
            "merged_rows": outcome.rows_merged,
            "total_spent": outcome.amount_accepted,
        }


def _numbers(path: Path) -> list[int]:
    if not path.exists():
        return []
    rejected: list[int] = pl.read_parquet(path).filter(pl.col("severity") == "row")["row_number"].to_list()
    return rejected


def expected_of(entry: Facts) -> Facts:
    """What is said of a list, with those words about it."""
    told = {
        name: entry[name]
        for name in ("encoding", "delimiter", "rows", "distinct_emails", "rejected_rows")
        if name in entry
    }
    faulty, amount = TWO_DOTS.get(entry["file"], ([], "0"))
    rejected = sorted([*entry.get("rows_without_email", []), *faulty])
    known: Facts = {"distinct_emails": entry["distinct_emails"] - len(faulty)}
    if entry.get("rejected_rows", 0) == 0:
        known |= {"rejected": rejected, "rejected_rows": len(rejected)}
    if "merged_rows" in entry:
        known["merged_rows"] = entry["merged_rows"]
    if "total_spent" in entry:
        known["total_spent"] = Decimal(entry["total_spent"]) - Decimal(amount)
    return told | known


def statements(corpus: Path) -> Iterator[tuple[str, str, object, object]]:
    """File, what is said of it, what is expected, what an import gives."""
    for entry in listed(corpus):
        base = "GBP" if entry["file"] in POUNDS else "USD"
        found = imported(corpus / "faker-lists" / entry["file"], Sources(base_currency=base))
        for name, expected in expected_of(entry).items():
            yield entry["file"], name, expected, found[name]


def persons(corpus: Path) -> tuple[Facts, int]:
    """What an import of the persons gives, and how many spellings of addresses among them are none."""
    path = corpus / "duplicates" / "fake_1000.csv"
    found = imported(path, PERSONS)
    spellings = pl.read_csv(path, infer_schema=False).with_row_index("row", offset=2)
    refused = spellings.filter(pl.col("row").is_in(found["rejected"]))["email"].drop_nulls()
    return found, refused.n_unique()


def measure(corpus: Path) -> list[Line]:
    right = [expected == found for _, _, expected, found in statements(corpus)]
    found, none = persons(corpus)
    joined = found["distinct_emails"] + none == SPELLINGS
    return [
        Line("faker lists", len(right), sum(right), right.count(False)),
        Line(
            "duplicates: spellings of addresses",
            SPELLINGS,
            SPELLINGS * joined,
            SPELLINGS * (not joined),
            f"{none} are no address",
        ),
    ]


@pytest.mark.rule("AU-21", "AU-26")
def test_every_list_gives_what_its_maker_says(corpus: Path) -> None:
    said = list(statements(corpus))
    assert [statement for statement in said if statement[2] != statement[3]] == []
    assert len(said) > 40


@pytest.mark.rule("PIT-50")
def test_persons_are_joined_by_their_exact_address_and_by_nothing_else(corpus: Path) -> None:
    found, none = persons(corpus)
    assert (found["rows"], found["rejected_rows"]) == (1000, 211 + none)
    assert (found["distinct_emails"], none) == (SPELLINGS - 30, 30)
    assert found["merged_rows"] == 789 - SPELLINGS
