"""Rows without those at some positions.

Lives here: parting accepted rows from others. Not here: which rows are at fault (`validate.py`).
"""

import polars as pl

from schemas.files import FAULT


def rows_but(rows: pl.DataFrame, positions: pl.Series) -> pl.DataFrame:
    """The rows without those at these positions."""
    return rows.filter(pl.repeat(True, rows.height, dtype=pl.Boolean, eager=True).scatter(positions.unique(), False))


def accepted_rows(rows: pl.DataFrame, positions: pl.Series) -> pl.DataFrame:
    """The same, without the columns that hold faults."""
    return rows_but(rows.select(pl.exclude(f"^.*{FAULT}$")), positions)
