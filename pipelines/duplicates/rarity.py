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


def bits_of(values: pl.Series, column: str) -> dict[str, float]:
    """For each value its bits; of several that a customer has in a list each counts once."""
    told = values.explode() if values.dtype == pl.List else values
    counted = told.drop_nulls().value_counts()
    total = len(values) + IMAGINED
    chance = (pl.col("count") - 1 + IMAGINED * USUAL[column]) / total
    return dict(counted.select(told.name, (-chance.log(2)).alias("bits")).iter_rows())


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
