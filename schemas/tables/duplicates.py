"""Customers who may be one, or are decided to be one or two, as analysts read them (AMB-42).

Lives here: their contracts. Not here: who is compared and how (`pipelines/duplicates/`).
"""

from typing import Annotated

import pandera.polars as pa
import polars as pl

from schemas.base import Contract

_ID = {"sql": "UUID"}
_POINTS = {"sql": "DOUBLE"}
DECIDED = ("merged", "separate")

GRADE_PARTS = {"field": pl.String(), "grade": pl.String(), "points": pl.Float64()}
Grades = Annotated[pl.List, pl.Struct(GRADE_PARTS)]
GRADES_SQL = 'STRUCT("field" VARCHAR, grade VARCHAR, points DOUBLE)[]'
Reasons = Annotated[
    pl.List,
    pl.Struct({"field": pl.String(), "grade": pl.String(), "a": pl.String(), "b": pl.String(), "points": pl.Float64()}),
]
_REASONS_SQL = 'STRUCT("field" VARCHAR, grade VARCHAR, a VARCHAR, b VARCHAR, points DOUBLE)[]'


class DuplicatePairs(Contract):
    """One row per pair of customers who may be one, as they were last compared; `possible_duplicates` shows them."""

    customer_a: str = pa.Field(metadata=_ID, description="One customer")
    customer_b: str = pa.Field(metadata=_ID, description="The other one")
    score: float = pa.Field(metadata=_POINTS, description="Points of all grades")
    grades: Grades = pa.Field(metadata={"sql": GRADES_SQL}, description="How each field agrees, and its points")


class PairDecisions(Contract):
    """One row per pair that somebody decided about: two who are one, or who are two though they look alike."""

    customer_a: str = pa.Field(metadata=_ID, description="Who stays of a merge; of two who are kept apart the one")
    customer_b: str = pa.Field(metadata=_ID, description="Who is part of it now and has no row in customers; the other")
    decided: str = pa.Field(isin=DECIDED, description="merged or separate")


class PossibleDuplicates(Contract):
    """One row per pair of customers who may be one and the same, and per pair that somebody decided about."""

    customer_a: str = pa.Field(metadata=_ID, description="One customer; of a merge who stays")
    customer_b: str = pa.Field(metadata=_ID, description="The other one; of a merge who is part of it")
    score: float = pa.Field(
        nullable=True,
        metadata=_POINTS,
        description="Points in bits, each one halves the chance; null: only decided about",
    )
    reasons: Reasons = pa.Field(
        nullable=True,
        metadata={"sql": _REASONS_SQL},
        description="By field how both agree, what they say today, and the points for that",
    )
    decided: str = pa.Field(nullable=True, isin=DECIDED, description="What somebody decided; null: nobody did yet")
