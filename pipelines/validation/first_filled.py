"""Several columns of one field: which cell of each row is the customer's (AMB-43, RF-11, RF-18).

Lives here: choosing by rank, row by row. Not here: which columns share a field (`pipelines/mapping/map_columns.py`),
keeping all of them (`contributions.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from pipelines.validation.parse_columns import Column, Columns


def primary_columns(columns: Columns) -> dict[str, Column]:
    """One column for each field: that of its name, in each row with the cell of the first rank that is filled.

    Of phone numbers it is the first valid one, if there is any: whichever it is, it reaches the customer. An e-mail
    address is who the customer is, so that the first one written decides, right or wrong: if another took its place,
    the same customer would be two as soon as the first is mended.
    """
    return {name: _joined(ranked)[0] if len(ranked) > 1 else ranked[0] for name, ranked in _by_field(columns).items()}


def in_their_places(faults: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Faults of rows, each under the name of the column whose cell is at fault."""
    placed = [faults]
    for name, ranked in _by_field(columns).items():
        if len(ranked) > 1 and (faults["field"] == name).any():
            names = _joined(ranked)[1]
            here = placed[-1]
            own = names.gather(here["row"].cast(pl.UInt32))
            placed.append(here.with_columns(field=pl.when(pl.col("field") == name).then(own).otherwise("field")))
    return placed[-1]


def _by_field(columns: Columns) -> dict[str, list[Column]]:
    found: dict[str, list[Column]] = {}
    for column in columns.columns:
        found.setdefault(column.field.name, []).append(column)
    return found


def _joined(ranked: Sequence[Column]) -> tuple[Column, pl.Series]:
    """The column of all ranks together, and in each row the name of the one whose cell it has."""
    first, frame = (
        ranked[0],
        pl.DataFrame(
            [
                series.alias(f"{part} {place}")
                for place, column in enumerate(ranked)
                for part, series in (
                    ("text", column.text),
                    ("value", column.parsed.values),
                    ("fault", column.parsed.faults),
                )
            ]
        ),
    )
    # First every column's valid number, then every column's text: a fault is told only where no number is valid.
    usable = ["value", "text"] if first.field.kind == "phone" else ["text"]
    wanted = [(part, place) for part in usable for place in range(len(ranked))]
    taken = pl.coalesce([pl.when(pl.col(f"{part} {place}").is_not_null()).then(place) for part, place in wanted])
    chosen = frame.select(taken.fill_null(0).alias("taken"))["taken"]
    text, value, fault = (_picked(frame, chosen, part, len(ranked)) for part in ("text", "value", "fault"))
    names = chosen.replace_strict(list(range(len(ranked))), [column.name for column in ranked])
    return replace(first, text=text, parsed=replace(first.parsed, values=value, faults=fault)), names


def _picked(frame: pl.DataFrame, chosen: pl.Series, part: str, count: int) -> pl.Series:
    """The part of each row that stands in the column chosen for it."""
    picked = pl.col(f"{part} 0")
    for place in range(1, count):
        picked = pl.when(pl.lit(chosen) == place).then(pl.col(f"{part} {place}")).otherwise(picked)
    return frame.select(picked.alias(part)).to_series()
