"""Amounts of our tables as files hold them: with the decimals of their currency, and that currency beside them.

Lives here: money as text for exports. Not here: reading amounts (`pipelines/parsing/numbers/numbers.py`), writing files
(`exports.py`).
"""

from decimal import Decimal

import polars as pl

from schemas.base import MONEY
from schemas.currencies import decimals_of

CURRENCY = "currency"
OF_BASE, IN_BASE = "base_", "_in_base"
"""How columns begin, or end, that are in the base currency although a currency stands beside them."""

MOST_IN_A_CELL = 10**12
"""Amounts from here on, with three decimals, have more digits than a cell of a workbook keeps."""


def amount_text(amount: Decimal, currency: str | None) -> str:
    """An amount of a sentence with the decimals of its currency and its name: `180.50 EUR`; without one, with two."""
    decimals = 2 if currency is None else decimals_of(currency)
    told = f"{amount:.3f}" if amount != round(amount, decimals) else f"{amount:.{decimals}f}"
    return f"{told} {currency}" if currency else told


def with_currency(rows: pl.DataFrame, base: str) -> pl.DataFrame:
    """The rows with a column `currency` after the others, where they have amounts and none; `base`: the home's."""
    if CURRENCY in rows.columns or not _amounts(rows):
        return rows
    return rows.with_columns(pl.lit(base).alias(CURRENCY))


def money_as_text(rows: pl.DataFrame, base: str) -> pl.DataFrame:
    """Every amount as text with the decimals of its currency: `12.50`, `1200`, `1.250`; one with more keeps them."""
    own = rows[CURRENCY].unique().to_list() if CURRENCY in rows.columns else []
    decimals = pl.col(CURRENCY).replace_strict(own, [decimals_of(code or base) for code in own]) if own else pl.lit(0)
    return rows.with_columns(
        _text(name, pl.lit(decimals_of(base)) if _is_in_base(name) else decimals) for name in _amounts(rows)
    )


def large_money_as_text(rows: pl.DataFrame) -> pl.DataFrame:
    """Columns of amounts too large for a number of a workbook as text; the others stay numbers."""
    large = [name for name in _amounts(rows) if (rows[name].abs() >= MOST_IN_A_CELL).any()]
    return rows.with_columns(pl.col(large).cast(pl.String)) if large else rows


def _is_in_base(name: str) -> bool:
    return name.startswith(OF_BASE) or name.endswith(IN_BASE)


def _amounts(rows: pl.DataFrame) -> list[str]:
    return [name for name, dtype in rows.schema.items() if dtype == MONEY]


def _text(name: str, decimals: pl.Expr) -> pl.Expr:
    whole = pl.col(name).cast(pl.String)
    two = whole.str.replace("0$", "")
    none = whole.str.replace(r"\.?0+$", "")
    return pl.when(decimals == 0).then(none).when(decimals == 2).then(two).otherwise(whole).alias(name)
