"""Who may be one and the same customer: the pairs whose agreement chance does not explain.

Lives here: the steps from customers to scored pairs, and what a pair needs to be proposed. Not here: each step.

The points of a pair are bits: how much less likely what they share would be of two customers drawn by chance. Among a
million customers chance has more pairs to try than among a thousand, so that what a pair needs grows with the table.
"""

import polars as pl

from pipelines.duplicates.blocks import candidate_pairs
from pipelines.duplicates.comparable import comparable
from pipelines.duplicates.grades import Bits, Grade, graded
from pipelines.duplicates.rarity import USUAL, bits_of, surprise

MOST_OF_A_NAME = 16.0

NAMES_ALONE = 2.5
"""More points that two need who share their names and nothing else: namesakes are more than chance makes."""

OF_A_HOUSEHOLD = frozenset({"phone", "address"})

GRADES = pl.List(pl.Struct({"field": pl.String, "grade": pl.String, "points": pl.Float64}))
PAIRS = {"customer_a": pl.String(), "customer_b": pl.String(), "score": pl.Float64(), "grades": GRADES}


def possible_duplicates(customers: pl.DataFrame, changed: pl.Series | None = None) -> pl.DataFrame:
    """The pairs of customers who may be one: `customer_a`, `customer_b`, `score`, `grades`, the best first.

    Args:
        customers: every customer, as `comparable` takes them.
        changed: the `customer_id` of those of whom each pair has one; all pairs without it.
    """
    compared = comparable(customers.sort("customer_id"))
    bits: Bits = {name: bits_of(compared[name], name) for name in USUAL}
    needed = surprise(compared.height)
    rated = compared.with_columns(bits=_bits_of_names(bits))
    pairs = candidate_pairs(rated, needed, _rows_of(compared, changed))
    there = pl.concat([pairs["a"], pairs["b"]]).unique()
    values = dict(zip(there, compared[there].iter_rows(named=True), strict=True))
    proposed = [
        (*sorted((values[a]["customer_id"], values[b]["customer_id"])), score, [grade._asdict() for grade in grades])
        for a, b in pairs.iter_rows()
        for grades in [graded(values[a], values[b], bits)]
        for score in [round(sum(grade.points for grade in grades), 2)]
        if score >= needed + (NAMES_ALONE if names_alone(grades) else 0) and is_evidence(grades)
    ]
    found = pl.DataFrame(proposed, schema=PAIRS, orient="row")
    return found.sort("score", "customer_a", "customer_b", descending=[True, False, False])


def _rows_of(compared: pl.DataFrame, changed: pl.Series | None) -> pl.Series | None:
    if changed is None:
        return None
    rows = compared.select("customer_id", row=pl.int_range(pl.len(), dtype=pl.UInt32))
    return rows.filter(pl.col("customer_id").is_in(changed.implode()))["row"]


def _bits_of_names(bits: Bits) -> pl.Expr:
    """What a customer's names say at most where another has the same."""
    return pl.sum_horizontal(
        pl.col(name).replace_strict(bits[name], default=0.0, return_dtype=pl.Float64).clip(0, most)
        for name, most in (("first", MOST_OF_A_NAME), ("last", MOST_OF_A_NAME))
    )


def names_alone(grades: list[Grade]) -> bool:
    """Whether nothing but names agrees."""
    return {grade.field for grade in grades if grade.points > 0} <= {"first_name", "last_name"}


def is_evidence(grades: list[Grade]) -> bool:
    """Whether what agrees is about who they are: a name, a company or a mailbox, and something beside it.

    A family shares its last name, its home and its phone, a desk its phone; of two first names that differ nothing else
    makes one person.
    """
    agreeing = {grade.field for grade in grades if grade.points > 0}
    different = {grade.field for grade in grades if grade.grade == "different"}
    if "first_name" in different or "vat_number" in different:
        return False
    if len(agreeing) < 2:
        return False
    if agreeing & {"first_name", "company", "vat_number", "email", "external_id"}:
        return True
    return not agreeing & OF_A_HOUSEHOLD
