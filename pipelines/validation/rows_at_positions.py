"""Rows without those at some positions.

Lives here: parting accepted rows from others. Not here: which rows are at fault (`validate.py`).
"""

import polars as pl

from schemas.files import FAULT


def all_but(height: int, positions: pl.Series) -> pl.Series:
    """Of so many rows those that stand at none of these positions."""
    return pl.repeat(True, height, dtype=pl.Boolean, eager=True).scatter(positions.unique(), False)


def rows_but(rows: pl.DataFrame, positions: pl.Series) -> pl.DataFrame:
    """The rows without those at these positions."""
    return rows.filter(all_but(rows.height, positions))


def without_faults(rows: pl.DataFrame, *beside: pl.Series) -> pl.DataFrame:
    """Rows without the columns that hold faults, with further columns."""
    # Column by column: to select them, polars would make one copy of all that lies in other chunks than its neighbour.
    return pl.DataFrame([*(column for column in rows if not column.name.endswith(FAULT)), *beside])
