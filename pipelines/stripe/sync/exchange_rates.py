"""Rates: what an amount of another currency is in the base currency, by a dated table that the deployment keeps.

Lives here: reading the table, converting with it. Not here: where the table lies (`sources.yaml`, key `rates`).
"""

from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.errors import WrongUse
from pipelines.language.languages import currency_codes
from schemas.base import MONEY

DECIMALS = 10
RATE = pl.Decimal(20, DECIMALS)
WRITTEN = rf"^\d{{1,10}}(?:\.\d{{1,{DECIMALS}}}0*)?$"
"""A rate that is kept as it was written: no exponent, and no digit is rounded away."""

IN_UNITS = 10**DECIMALS
THOUSANDTH = Decimal("0.001")
COLUMNS = {"date": pl.Date(), "currency": pl.String(), "rate": RATE}


def read_rates(path: Path | None, base_currency: str) -> pl.DataFrame:
    """One row per day and currency: `date`, `currency`, `rate`, the base currency's worth of one unit (AMB-19).

    The table is a CSV with these titles; the base currency itself is always worth 1. Raises WrongUse naming the file
    and the first line that is none: a day or currency that does not exist, a rate of more than ten decimals, a day of a
    currency twice.
    """
    # From the first day there is: an amount in the base currency always has its rate.
    own = pl.DataFrame({"date": ["0001-01-01"], "currency": [base_currency], "rate": ["1"]})
    if path is None:
        return _typed(own)
    try:
        told = pl.read_csv(path, infer_schema=False)  # a rate that went through a float has digits that nobody wrote
        rates = _typed(told.select(pl.col(name).str.strip_chars() for name in COLUMNS))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise WrongUse(f"{path}: no table of rates with the columns date, currency, rate: {error}") from error
    wrong = rates.with_row_index("line", 2).filter(
        pl.any_horizontal(pl.col(*COLUMNS).is_null())
        | (pl.col("rate") <= 0)
        | ~pl.col("currency").is_in(list(currency_codes()))
        | pl.struct("date", "currency").is_duplicated()
    )
    if wrong.height:
        line = wrong["line"][0]
        raise WrongUse(
            f"{path}, line {line}: write a day as 2026-01-31, a currency by its ISO 4217 code as EUR, a rate above 0 "
            f"with a point and at most {DECIMALS} decimals, each day of a currency once"
        )
    return pl.concat([rates.filter(pl.col("currency") != base_currency), _typed(own)])


def _typed(told: pl.DataFrame) -> pl.DataFrame:
    return told.select(
        pl.col("date").str.to_date("%Y-%m-%d", strict=False),
        pl.col("currency").str.to_uppercase(),
        pl.when(pl.col("rate").str.contains(WRITTEN)).then(pl.col("rate")).cast(RATE, strict=False),
    )


def with_rates(charges: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Add `rate` to rows with `currency` and `created_at`: the latest on or before their day; null where none is."""
    dated = charges.with_columns(pl.col("created_at").dt.date().alias("date")).sort("date")
    return dated.join_asof(
        # polars warns that it cannot check the order within groups; both sides are sorted here.
        rates.sort("date"),
        on="date",
        by="currency",
        strategy="backward",
        check_sortedness=False,
    ).drop("date")


def converted(amount: str) -> pl.Expr:
    """An amount times its `rate`, rounded once, half away from zero, to a thousandth; null where there is no rate.

    In whole units: a product of decimals keeps only the larger scale of the two and rounds half to even before anybody
    asks (polars 2.1.0: 0.300 times 0.0049999999 is 0.0015, which then becomes 0.002; exact is 0.00149999997).
    """
    product: pl.Expr = pl.col(amount).cast(pl.Decimal(38, 3)).to_physical() * pl.col("rate").cast(RATE).to_physical()
    rounded: pl.Expr = (product.abs() + IN_UNITS // 2) // IN_UNITS * product.sign()
    return (rounded.cast(pl.Decimal(38, 0)) * THOUSANDTH).cast(MONEY)
