"""Every column of the ledger and the snapshot is known to be about a person or not: a new one fails until it is.

`person`: what somebody is known by, which goes with their rows; `id`: under which the row goes; `text`: a sentence or a
document that may name somebody, which is cleared; `no`: it tells nobody from another.
"""

import csv
from pathlib import Path

from pipelines.publishing.tables import TABLES, VIEWS
from pipelines.warehouse.ledger_tables import columns_of_ledger
from schemas.base import columns_of

LISTED = Path(__file__).with_name("personal_columns.csv")
TEXTS = ("VARCHAR", "JSON")


def classified() -> dict[tuple[str, str, str], str]:
    with LISTED.open(encoding="utf-8") as file:
        return {(row["schema"], row["table"], row["column"]): row["personal"] for row in csv.DictReader(file)}


def test_every_column_is_known_to_be_personal_or_not() -> None:
    ledger = {("ledger", table, column) for table, column, _ in columns_of_ledger()}
    contracts = (TABLES | VIEWS).items()
    shown = {("main", table, column.name) for table, contract in contracts for column in columns_of(contract)}
    assert classified().keys() == ledger | shown, f"say in {LISTED.name} what the columns are that differ"
    assert {*classified().values()} == {"person", "id", "text", "no"}


def test_an_erasure_reaches_what_is_personal_by_the_type_of_its_column() -> None:
    """Rows go under any id, and every text is cleared: `pipelines/erasure/erase_facts.py` goes by the types."""
    kinds = {("ledger", table, column): kind for table, column, kind in columns_of_ledger()}
    ledger = {place: said for place, said in classified().items() if place[0] == "ledger"}
    ids = {place: kinds[place] for place, said in ledger.items() if said == "id"}
    assert {*ids.values()} == {"UUID"}
    named = [place for place, said in ledger.items() if said == "text"]
    assert [place for place in named if not any(text in kinds[place] for text in TEXTS)] == []
