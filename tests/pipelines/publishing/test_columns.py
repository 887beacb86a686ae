"""What analysts may rely on: columns of every table and view by name, order and type, as `columns.csv` has them."""

import csv
from pathlib import Path

from pipelines.publishing.tables import TABLES, VIEWS
from schemas.base import columns_of

PINNED = Path(__file__).with_name("columns.csv")


def test_no_column_is_renamed_moved_or_of_another_type_unnoticed() -> None:
    """A new column: its line goes into `columns.csv`, and a word into the changelog. Another change breaks queries."""
    with PINNED.open(encoding="utf-8", newline="") as file:
        pinned = [tuple(line.values()) for line in csv.DictReader(file)]
    now = [
        (name, column.name, column.sql_type)
        for name, contract in sorted((TABLES | VIEWS).items())
        for column in columns_of(contract)
    ]
    gone, new = [line for line in pinned if line not in now], [line for line in now if line not in pinned]
    assert not gone, f"queries of analysts name these; they are gone or of another type: {gone}"
    assert not new, f"add them to {PINNED.name}, in their place: {new}"
    assert pinned == now, "a column stands in another place"
