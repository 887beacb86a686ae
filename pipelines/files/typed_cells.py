"""Columns of a workbook, where cells that are numbers or dates stand beside cells of text.

Lives here: reading the two apart and putting them together again. Not here: either reading (`numbers.py`,
`dates.py`).
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from pipelines.files.parsing import Parsed, mixed


def read_apart(
    text: pl.Series,
    typed: pl.Series | None,
    read_typed: Callable[[pl.Series], Parsed],
    read_text: Callable[[pl.Series], Parsed],
) -> Parsed:
    """A column whose typed cells are read by the one, all others by the other; style and evidence are those of text."""
    if typed is None or not typed.any():
        return read_text(text)
    here = typed.fill_null(False)
    written, canonical = read_text(text.filter(~here)), read_typed(text.filter(here))
    positions = (~here).arg_true()
    return replace(
        written,
        values=mixed(here, _spread(canonical.values, here), written.values),
        faults=mixed(here, _spread(canonical.faults, here), written.faults),
        evidence=tuple(positions.gather(list(written.evidence)).to_list()),
    )


def _spread(values: pl.Series, here: pl.Series) -> pl.Series:
    """The values at the rows that are here, null elsewhere."""
    return pl.Series([None], dtype=values.dtype).new_from_index(0, len(here)).scatter(here.arg_true(), values)
