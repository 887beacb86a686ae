"""How much an agreement says: a rare value that two share tells more than a common one.

Lives here: how often values are, as bits: log2 of one in how many. Not here: what agrees (`grades.py`).

Two customers drawn by chance share a value of a customer's with the probability that another one has it. In a small
table nothing is common yet; a hundred imagined customers with usual names stand beside the real ones.
"""

import math

import polars as pl

IMAGINED = 100

USUAL = {
    "first": 1 / 60,
    "last": 1 / 400,
    "company": 1 / 2000,
    "address": 1 / 2000,
    "postal_code": 1 / 200,
    "city": 1 / 50,
    "email": 1 / 5000,
    "mailbox": 1 / 1000,
    "provider": 1 / 10,
    "vat_number": 1 / 5000,
    "numbers": 1 / 5000,
    "references": 1 / 2000,
}
"""How often a value of a column is where nothing is known of the table: an estimate, outweighed by 100 customers."""

LISTS = ("numbers", "references")
NAMES = ("first", "last")
Rare = dict[str, pl.DataFrame]
"""By column of lists the bits of each value."""

MOST_OF_A_NAME = 16.0


def rated(compared: pl.DataFrame) -> pl.DataFrame:
    """Comparable customers with `COLUMN_bits` of each column of one value, and `bits`: what their names say at most.

    A name is as rare as where it is most common: a first name in the column of last ones is none the rarer.
    """
    singles = [name for name in USUAL if name not in LISTS]
    there = compared.with_columns(
        pl.when(pl.col(name).is_not_null())
        .then(_of_count(pl.len().over(name), name, compared.height))
        .alias(f"{name}_bits")
        for name in singles
    )
    most = pl.sum_horizontal(pl.col(f"{name}_bits").clip(0, MOST_OF_A_NAME) for name in NAMES)
    names = pl.concat(there.select(name=name, least=f"{name}_bits") for name in NAMES).drop_nulls()
    least = names.group_by("name").agg(pl.col("least").min())
    there = there.with_columns(bits=most)
    for name in NAMES:
        there = there.join(least, left_on=name, right_on="name", how="left", maintain_order="left")
        there = there.with_columns(pl.col("least").alias(f"{name}_bits")).drop("least")
    return there


def rare_in_lists(compared: pl.DataFrame) -> Rare:
    """Of each column of lists every `value` with its `bits`; of several that a customer has each counts once."""
    listed = {name: compared.select(value=pl.col(name).explode()).drop_nulls() for name in LISTS}
    return {
        name: values.group_by("value").agg(bits=_of_count(pl.len(), name, compared.height))
        for name, values in listed.items()
    }


def _of_count(count: pl.Expr, column: str, total: int) -> pl.Expr:
    """The bits of a value that so many customers have."""
    # Less one: how many others have it.
    return -((count.cast(pl.Int64) - 1 + IMAGINED * USUAL[column]) / (total + IMAGINED)).log(2)


LEAST_NEEDED = 9.5
BITS_PER_DOUBLING = 2.3
SMALL = 1000


def surprise(count: int) -> float:
    """The points that a pair needs among so many customers.

    Twice the customers have four times the pairs and twice the duplicates, so that a bit more would do, were fields
    independent. Namesakes of one town and relatives are not: with more than a second one, precision on made customers
    (`bench/duplicate_customers.py`) was 99.9 % of a million. Below a thousand nothing is taken off.
    """
    return LEAST_NEEDED + BITS_PER_DOUBLING * math.log2(max(count, SMALL) / SMALL)
