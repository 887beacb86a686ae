"""Segments of a deployment: customers who keep conditions, declared in `sources.yaml` (SC-13).

Lives here: the closed list of conditions. Not here: the segments that there are anyway (`schemas/tables/segments.py`),
who is in them (`pipelines/publishing/views/customer_segments.sql`).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from pipelines.configuration.typed import Count, Typed
from schemas.tables.segments import DEFAULT_SEGMENTS, Segments

Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Conditions(Typed):
    """What a customer must keep, all of it, to be in a segment."""

    priority: Literal["high", "medium", "low"] | None = None
    status: Literal["active", "potential"] | None = None
    origin: Literal["file", "stripe", "manual", "captured"] | None = None
    access_status: Literal["pending", "approved", "refused"] | None = None
    opt_in: bool | None = None
    group: Text | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    source: Text | None = None
    spent_at_least: Amount | None = None
    spent_below: Amount | None = None
    payments_at_least: Count | None = None
    first_seen_within_days: Count | None = None
    paid_within_days: Count | None = None
    not_paid_within_days: Count | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(
                f"a segment without a condition is everybody; say one of {', '.join(Conditions.model_fields)}"
            )
        return self


def segment_rows(own: Mapping[str, tuple[Conditions, ...]]) -> pl.DataFrame:
    """Segments: those of the deployment, and those that it does not speak of as they are anyway."""
    told = {name: tuple(each.model_dump() for each in ways) for name, ways in own.items()}
    dtypes = {name: column.dtype.type for name, column in Segments.to_schema().columns.items()}
    return pl.DataFrame(list(_rows({**DEFAULT_SEGMENTS, **told}, dtypes)), schema=dtypes, orient="row")


def _rows(
    segments: Mapping[str, tuple[Mapping[str, object], ...]], columns: Mapping[str, object]
) -> Iterator[tuple[object, ...]]:
    for name, ways in sorted(segments.items()):
        for way in ways:
            yield (name, *(way.get(column) for column in list(columns)[1:]))
