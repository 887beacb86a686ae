"""The ground of every contract: strict pandera models whose columns also describe a DuckDB table.

Lives here: the base class and the reading of a model's columns. Not here: any table of its own.
"""

from typing import Annotated, NamedTuple

import pandera.polars as pa
import polars as pl
from pandera.engines import polars_engine

MONEY = pl.Decimal(18, 3)
INSTANT = pl.Datetime("us", "UTC")

Money = Annotated[pl.Decimal, 18, 3]
Instant = Annotated[pl.Datetime, "us", "UTC"]
Texts = Annotated[pl.List, pl.String]
"""The same types, and a list of texts, as a model's annotations name them."""

SQL_TYPES: dict[str, str] = {
    str(pl.String): "VARCHAR",
    str(pl.Int64): "BIGINT",
    str(pl.UInt64): "UBIGINT",
    str(pl.Boolean): "BOOLEAN",
    str(pl.Date): "DATE",
    str(pl.List(pl.String)): "VARCHAR[]",
    str(MONEY): "DECIMAL(18,3)",
    str(INSTANT): "TIMESTAMPTZ",
}


class Contract(pa.DataFrameModel):
    """A table: its columns, in order, and nothing else. Values are never coerced."""

    class Config:
        strict = True
        ordered = True
        coerce = False


class Column(NamedTuple):
    """One column of a contract, as a database and a catalogue need it."""

    name: str
    sql_type: str
    description: str
    nullable: bool
    unique: bool


def summary_of(contract: type[Contract]) -> str:
    """What a contract says of itself, in one sentence or two."""
    return " ".join((contract.__doc__ or "").split())


def columns_of(contract: type[Contract]) -> list[Column]:
    """The columns of a contract in order, with their DuckDB type and description."""
    return [
        Column(
            name=name,
            sql_type=(column.metadata or {}).get("sql") or SQL_TYPES[_polars_type(column.dtype)],
            description=column.description or "",
            nullable=column.nullable,
            unique=column.unique,
        )
        for name, column in contract.to_schema().columns.items()
    ]


def _polars_type(dtype: object) -> str:
    return str(dtype.type) if isinstance(dtype, polars_engine.DataType) else str(dtype)
