"""The ground of every contract: strict pandera models whose columns also describe a DuckDB table.

Lives here: the base class and the reading of a model's columns. Not here: any table of its own.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, NamedTuple

import pandera.polars as pa
import polars as pl
from pandera.engines import polars_engine

# Three decimals for the currencies that have them (ISO 4217: KWD, TND …); never a float, whose sums depend on order.
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


DECLARED_TYPES: dict[object, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    bool: "BOOLEAN",
    pl.UInt64: "UBIGINT",
    pl.Date: "DATE",
    Texts: "VARCHAR[]",
    Money: SQL_TYPES[str(MONEY)],
    Instant: SQL_TYPES[str(INSTANT)],
}
"""The same by how a model's annotations name them."""

HOLDS: dict[str, Callable[..., pl.Expr]] = {
    "isin": lambda column, allowed_values: column.is_in(allowed_values),
    "greater_than_or_equal_to": lambda column, min_value: column >= min_value,
    "less_than_or_equal_to": lambda column, max_value: column <= max_value,
    "str_matches": lambda column, pattern: column.str.contains(rf"\A(?:{pattern})"),
}
"""By pandera's name of a check and its terms, what holds of each value."""


class Contract(pa.DataFrameModel):
    """A table: its columns, in order, and nothing else. Values are never coerced."""

    class Config:
        strict = True
        ordered = True
        # With `coerce` pandera 0.35 turns what it cannot read into null, and reports nulls as failures that are none.
        coerce = False

    @classmethod
    def validate(cls, check_obj: pl.DataFrame, *args: Any, **options: Any) -> pl.DataFrame:  # type: ignore[override]
        """The frame, an eager one, which keeps the contract. Raises what pandera raises for one that does not.

        One query finds that a frame keeps all of it. Pandera 0.35 asks several of each column, 20 ms for 30 columns of
        one row, so it is only asked of what is not plainly right: it says what is wrong.
        """
        told: pl.DataFrame = check_obj if _keeps(cls, check_obj) else super().validate(check_obj, *args, **options)
        return told


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
    return list(_declared(contract) or _built(contract))


@cache
def _declared(contract: type[Contract]) -> list[Column]:
    """The columns as the class itself declares them; none where only pandera can say the type of one.

    Pandera 0.35 takes 0.2 ms to build a column, 50 ms for the tables of an import of one row.
    """
    classes = [vars(each) for each in reversed(contract.__mro__) if issubclass(each, Contract)]
    fields = {name: members.get(name) for members in classes for name in members.get("__annotations__", {})}
    kinds = {name: kind for members in classes for name, kind in members.get("__annotations__", {}).items()}
    columns = []
    for name, field in fields.items():
        sql_type = (getattr(field, "metadata", None) or {}).get("sql") or DECLARED_TYPES.get(kinds[name])
        if field is None or sql_type is None:
            return []
        columns.append(Column(name, sql_type, field.description or "", field.nullable, field.unique))
    return columns


def _built(contract: type[Contract]) -> list[Column]:
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


def _keeps(contract: type[Contract], frame: pl.DataFrame) -> bool:
    """Whether a frame plainly keeps its contract; false too where only pandera can say it."""
    plain = _plain_terms(contract)
    if plain is None or frame.schema != plain[0]:
        return False
    return bool(frame.select(pl.all_horizontal(pl.lit(True), *plain[1])).item())


@cache
def _plain_terms(contract: type[Contract]) -> tuple[pl.Schema, list[pl.Expr]] | None:
    """The types of a contract, and what holds of a frame that keeps it; None where it asks for more than HOLDS."""
    schema = contract.to_schema()
    columns = schema.columns.values()
    if schema.checks or any(check.name not in HOLDS for column in columns for check in column.checks):
        return None
    unique = [~pl.struct(schema.unique).is_duplicated().any()] if schema.unique else []
    unique += [~pl.col(column.name).is_duplicated().any() for column in columns if column.unique]
    filled = [pl.col(column.name).null_count() == 0 for column in columns if not column.nullable]
    checked = [
        HOLDS[check.name](pl.col(column.name), **check.statistics).all()  # of a null nothing is asked
        for column in columns
        for check in column.checks
    ]
    return pl.Schema({column.name: column.dtype.type for column in columns}), [*unique, *filled, *checked]


def _polars_type(dtype: object) -> str:
    return str(dtype.type) if isinstance(dtype, polars_engine.DataType) else str(dtype)
