"""Sample imports that shops, mail programs and CRMs ship: what `expected.json` says of each comes out of an import.

One statement is not ours: Ghost pads a short row, PIT-10 rejects it (EXCEPTIONS).
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import polars as pl
import pytest

from pipelines.configuration.own_profile import OwnProfile
from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.models.sheet import Sheet
from pipelines.models.staged_file import DETAILS, REJECTED, StagedFile
from pipelines.reading.read_file import read_file
from tests.corpus import Line
from tests.support.flow import commit_all, file_one, table

pytestmark = pytest.mark.slow

ADDRESSES = OwnProfile(description="Lists of addresses, with or without names", required=("email",), recommended=())
SOURCES = Sources(profiles={"addresses": ADDRESSES}, sources={"shop": FileSource(profile="addresses")})
OURS = {"full_name": "name", "street": "address", "group": "groups", "email_2": "email"}
"""Fields that have another name in `expected.json`; a second address is our field of addresses too."""
TITLES = {"civicrm_invalid_email.csv": {"Dads email": "email"}}
"""Titles that nobody can know: the sender says what they mean, as in the program that the file is from."""

POLICIES = {"civicrm_org_duplicates.csv": {"customers": 1, "missing_email_rows": [2]}}
"""What `policy` says in words."""

EXCEPTIONS = {("ghost_members_ragged_row.csv", "customers")}


class Made(NamedTuple):
    """What became of a file: as read, as validated, its rejected rows, the details of the others, its customers."""

    sheet: Sheet
    staged_file: StagedFile
    rejected: pl.DataFrame | None
    details: pl.DataFrame | None
    customers: int


Statement = tuple[str, str, object, object]


def listed(corpus: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((corpus / "product-samples" / "expected.json").read_text("utf-8"))
    return entries


def statements(corpus: Path) -> Iterator[Statement]:
    """File, what is said of it, what is expected, what an import gives."""
    for entry in listed(corpus):
        path = corpus / "product-samples" / entry["file"]
        made = imported(path, TITLES.get(path.name, {}))
        for name, expected in (entry["ours"] | POLICIES.get(path.name, {})).items():
            if name in FOUND:
                yield path.name, name, _in_our_words(name, expected), FOUND[name](made, expected)


def imported(path: Path, mapping: dict[str, str]) -> Made:
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        staged_file = file_one(home, path, "shop", SOURCES, mapping=mapping)
        staged = home.staging / staged_file.key
        frames = [pl.read_parquet(staged / name) if (staged / name).exists() else None for name in (REJECTED, DETAILS)]
        commit_all(home, [staged_file])
        customers = table(home).height if staged_file.result == "validated" else 0
        return Made(read_file(path.read_bytes()), staged_file, frames[0], frames[1], customers)


def _in_our_words(name: str, expected: Any) -> object:
    return {title: OURS.get(field, field) for title, field in expected.items()} if name == "header" else expected


def _header(made: Made, expected: Any) -> dict[str, str]:
    columns: Any = (made.staged_file.mapping or {}).get("columns", [])
    return {column["title"]: column["field"] for column in columns if column["title"] in expected}


def _rejected(made: Made, expected: Any) -> list[int] | None:
    if made.rejected is None:
        return None
    rows: list[int] = made.rejected.filter(pl.col("severity") == "row")["row_number"].to_list()
    return rows


def _cells(made: Made, expected: Any) -> list[list[str]]:
    return [list(row[1:]) for row in made.sheet.rows.rows()]


def _groups(made: Made, expected: Any) -> dict[str, list[str]]:
    """The groups of the rows whose cell is one of the expected."""
    if made.details is None:
        return {}
    title = next(title for title, field in _header(made, made.sheet.titles).items() if field == "groups")
    both = made.sheet.rows.select("row_number", cell=title).join(made.details, on="row_number")
    return {cell: groups for cell, groups in both.select("cell", "groups").iter_rows() if cell in expected}


FOUND: dict[str, Callable[[Made, Any], object]] = {
    "rows": lambda made, _: made.sheet.row_count,
    "delimiter": lambda made, _: made.sheet.dialect.delimiter,
    "header": _header,
    "rejected_rows": _rejected,
    "missing_email_rows": _rejected,
    "customers": lambda made, _: made.customers,
    "duplicates_merged": lambda made, _: made.staged_file.rows_accepted - made.customers,
    "cells": _cells,
    "groups": _groups,
}


def measure(corpus: Path) -> list[Line]:
    said = list(statements(corpus))
    right = sum(found == expected for _, _, expected, found in said)
    left = sum((file, name) in EXCEPTIONS for file, name, expected, found in said if found != expected)
    return [Line("product samples", len(said), right, len(said) - right - left, "one short row is rejected (PIT-10)")]


@pytest.mark.rule("PIT-10", "PIT-44", "PIT-61", "PIT-62")
def test_every_sample_gives_what_is_said_of_it(corpus: Path) -> None:
    said = list(statements(corpus))
    wrong = {(file, name): (expected, found) for file, name, expected, found in said if found != expected}
    assert wrong == {("ghost_members_ragged_row.csv", "customers"): (2, 1)}
    assert {file for file, *_ in said} == {entry["file"] for entry in listed(corpus)}


def test_a_password_of_a_sample_is_kept_nowhere(corpus: Path) -> None:
    """`magento_customers_to_import.csv`: `password_hash must not be kept`."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        commit_all(
            home, [file_one(home, corpus / "product-samples" / "magento_customers_to_import.csv", "shop", SOURCES)]
        )
        everything = "".join(str(table(home, name).rows()) for name in ("customers", "rejected_rows", "import_history"))
    assert "6a9c9bfb2ba88a6ad2a64e7402df44a763e0c48cd21d7af9e7e796cd4677ee28" not in everything
