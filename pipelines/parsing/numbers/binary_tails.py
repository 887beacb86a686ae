"""Decimals that a program printed from a binary number: `99.98999999999999` is 99.99, as a workbook would show it.

Lives here: knowing such a tail and taking it off. Not here: how many decimals an amount may have (`numbers.py`).
"""

from decimal import Context, Decimal

import polars as pl

SIGNIFICANT = 15
"""Digits that a binary number of 64 bits keeps of any decimal; spreadsheets show no more."""

MOST = 17
"""Digits that tell any such number from its neighbours; programs print no more of it."""

TAIL = r"^-?[0-9]+\.[0-9]*?(?:0{5,}|9{5,})[0-9]{1,3}$"
"""Noise stands behind a run of the same digit; digits that somebody wrote do not."""

FIFTEEN = Context(prec=SIGNIFICANT)


def without_tails(canonical: pl.Series) -> pl.Series:
    """Canonical numbers of 16 digits and more, rounded to 15 where what goes is the noise of a binary number."""
    tailed = canonical.str.contains(TAIL).fill_null(False)
    if not tailed.any():
        return canonical
    at = tailed.arg_true()
    return canonical.scatter(at, pl.Series([_rounded(text) for text in canonical.gather(at)], dtype=pl.String))


def _rounded(text: str) -> str:
    number = Decimal(text)
    # With more digits than a float can tell apart somebody wrote them on purpose.
    if not SIGNIFICANT < len(number.as_tuple().digits) <= MOST:
        return text
    return format(FIFTEEN.plus(number).normalize(), "f")
