"""Who may be one and the same customer: the pairs whose agreement chance does not explain.

Lives here: the steps from customers to scored pairs, and what a pair needs to be proposed. Not here: each step.

The points of a pair are bits: how much less likely what they share would be of two customers drawn by chance. Among a
million customers chance has more pairs to try than among a thousand, so that what a pair needs grows with the table.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.duplicates.blocks import candidate_pairs
from pipelines.duplicates.comparable import comparable
from pipelines.duplicates.grades import FIELDS, graded, points_of
from pipelines.duplicates.rarity import Rare, rare_in_lists, rated, surprise

NAMES_ALONE = 2.5
"""More points that two need who share their names and nothing else: namesakes are more than chance makes."""

OF_A_HOUSEHOLD = frozenset({"phone", "address"})

PART = 100_000
"""So many pairs are compared at once: more take more memory and no less time."""

GRADES = pl.List(pl.Struct({"field": pl.String, "grade": pl.String, "points": pl.Float64}))
PAIRS = {"customer_a": pl.String(), "customer_b": pl.String(), "score": pl.Float64(), "grades": GRADES}


def possible_duplicates(customers: pl.DataFrame, changed: pl.Series | None = None) -> pl.DataFrame:
    """The pairs of customers who may be one: `customer_a`, `customer_b`, `score`, `grades`, the best first.

    Args:
        customers: every customer, as `comparable` takes them.
        changed: the `customer_id` of those of whom each pair has one; all pairs without it.
    """
    # Sorted, so that the same customers give the same pairs in the same order.
    compared = rated(comparable(customers.sort("customer_id")))
    rare, needed = rare_in_lists(compared), surprise(compared.height)
    pairs = candidate_pairs(compared, needed, _rows_of(compared, changed))
    parts = (_proposed(part, compared, rare, needed) for part in pairs.iter_slices(PART))
    found = pl.concat([pl.DataFrame(schema=PAIRS), *parts])
    return found.sort("score", "customer_a", "customer_b", descending=[True, False, False])


def _rows_of(compared: pl.DataFrame, changed: pl.Series | None) -> pl.Series | None:
    if changed is None:
        return None
    rows = compared.select("customer_id", row=pl.int_range(pl.len(), dtype=pl.UInt32))
    return rows.filter(pl.col("customer_id").is_in(changed.implode()))["row"]


def _proposed(pairs: pl.DataFrame, compared: pl.DataFrame, rare: Rare, needed: float) -> pl.DataFrame:
    """Those of some pairs that are worth proposing."""
    both = pl.concat([compared[pairs["a"]], compared[pairs["b"]].select(pl.all().name.suffix("_"))], how="horizontal")
    told = graded(both, rare).with_columns(
        customer_a=both["customer_id"],
        customer_b=both["customer_id_"],
        score=pl.sum_horizontal(points_of(field) for field in FIELDS).round(2),
    )
    worth = pl.col("score") >= needed + pl.when(_names_alone()).then(NAMES_ALONE).otherwise(0)
    grades = pl.concat_list(FIELDS).list.drop_nulls()
    return told.filter(worth & _is_evidence()).select("customer_a", "customer_b", "score", grades=grades)


def _names_alone() -> pl.Expr:
    """Whether nothing but names agrees."""
    return ~_any_agrees({*FIELDS} - {"first_name", "last_name"})


def _is_evidence() -> pl.Expr:
    """Whether what agrees is about who they are: a name, a company or a mailbox, and something beside it.

    A family shares its last name, its home and its phone, a desk its phone; of two first names that differ nothing else
    makes one person.
    """
    others = pl.any_horizontal(
        (pl.col(field).struct.field("grade") == "different").fill_null(value=False)
        for field in ("first_name", "vat_number")
    )
    two = pl.sum_horizontal((points_of(field) > 0).cast(pl.UInt8) for field in FIELDS) >= 2
    who = _any_agrees({"first_name", "company", "vat_number", "email", "external_id"})
    return ~others & two & (who | ~_any_agrees(OF_A_HOUSEHOLD))


def _any_agrees(fields: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal(points_of(field) > 0 for field in fields)
