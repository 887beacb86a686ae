"""The fold: live contributions in, customers out.

Lives here: how contributions of one customer become one row (`schemas/ledger.py` names each column's rule).
Not here: which contributions are live (the warehouse's view), priority.
"""

import polars as pl

from schemas.base import MONEY
from schemas.customers import FoldedCustomers
from schemas.ledger import EARLIEST, FIRST_SEEN, LATEST, NEWEST, SUMMED

KEY = "customer_key"


def fold(contributions: pl.DataFrame) -> pl.DataFrame:
    """Fold contributions into customers: FoldedCustomers, one row per `customer_key`.

    In: the columns of AcceptedRows but `payment_id`, with `source` and `import_seq`, in any order: "newest"
    and "first" are meant in the order (`import_seq`, `row_number`) (AMB-13, PIT-68).
    Out: amounts and counts added, dates widened, newest non-blank text (AU-23…AU-26, AMB-06, AMB-07,
    AMB-12). A customer with one contribution is that contribution: most are, and they skip the grouping.
    """
    alone = contributions[KEY].is_unique()
    folded = pl.concat([_single(contributions.filter(alone)), _grouped(contributions.filter(~alone))])
    return folded.select(*FoldedCustomers.to_schema().columns)


def _single(contributions: pl.DataFrame) -> pl.DataFrame:
    return contributions.select(
        KEY,
        *_columns(),
        pl.concat_list("source").alias("sources"),
        pl.col("import_seq").cast(pl.Int64).alias("first_import"),
        pl.col("import_seq").cast(pl.Int64).alias("last_import"),
    )


def _grouped(contributions: pl.DataFrame) -> pl.DataFrame:
    return (
        contributions.sort("import_seq", "row_number")
        .group_by(KEY, maintain_order=True)
        .agg(
            *_folds(),
            pl.col("source").unique().sort().alias("sources"),
            pl.col("import_seq").min().cast(pl.Int64).alias("first_import"),
            pl.col("import_seq").max().cast(pl.Int64).alias("last_import"),
        )
    )


def _columns() -> list[pl.Expr]:
    return [pl.col(name) for name in (*FIRST_SEEN, *NEWEST, *SUMMED, *EARLIEST, *LATEST)]


def _folds() -> list[pl.Expr]:
    """The rule of each column; the sum of nothing but blanks is blank (PIT-27)."""
    known = [pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()) for name in SUMMED]
    summed = [
        sum_.cast(pl.Int64 if name == "payment_count" else MONEY).alias(name)
        for name, sum_ in zip(SUMMED, known, strict=True)
    ]
    return [
        *(pl.col(name).first(ignore_nulls=True) for name in FIRST_SEEN),
        *(pl.col(name).last(ignore_nulls=True) for name in NEWEST),
        *summed,
        *(pl.col(name).min() for name in EARLIEST),
        *(pl.col(name).max() for name in LATEST),
    ]
