"""Identifiers as text, but for those that a spreadsheet shortened: they are no keys (PIT-106).

Lives here: numbers that lost digits, `4,11E+12` and whole numbers beyond 15 digits. Not here: words that stand for no
identifier (`pipelines/parsing/words/placeholders.py`), whether a row without it is accepted (`schemas/files.py`).
"""

import polars as pl

from pipelines.models.parsed_column import Parsed, no_faults, nowhere, when

SIGNIFICANT = 15
"""Digits that a spreadsheet keeps of a number."""

EXPONENT = r"(?i)^[+-]?\d{1,3}(?:[.,]\d+)?\s?E\s?[+-]\d{2,3}$"
POINTED = r"(?i)^[+-]?\d{1,3}[.,]\d+\s?E\s?[+-]?\d{1,3}$"
"""As Excel, R and Python write it, with the sign; as Java does, without one, but never without decimals."""

OF_CODES = r"(?i)^\d{1,3}[A-DF-Z][+-]?\d{1,3}$"
"""A code of the form that `5E-01` has too."""

LONG, AS_DECIMAL = r"^[+-]?\d{16,}(?:\.0+)?$", r"^\d{16,}[.,]0+$"
ROUND = rf"^\d{{{SIGNIFICANT}}}0+$"
ENOUGH_ZEROS = 4
"""Zeros beyond the fifteenth digit, of all long numbers of a column together, that are no chance (1 in 10,000)."""


def parse_identifiers(text: pl.Series, typed: pl.Series | None) -> Parsed:
    """Identifiers as written; none where digits were lost, for then strangers share one.

    `text` is cleaned, null where blank; `typed` says where a workbook's cell was a number. A text such as `1E5` or
    `12E3` is a code and stays; so does `5E-01` among codes with other letters. Faults: SCIENTIFIC_NOTATION,
    PRECISION_LOST.
    """
    long = _beyond_fifteen(text, typed)
    exponent = _exponents(text)
    if not (long.any() or exponent.any()):
        return Parsed(text, no_faults(text))
    faults = when(exponent, "SCIENTIFIC_NOTATION", when(long, "PRECISION_LOST", None))
    return Parsed(when(faults.is_null(), text, None), faults)


def _exponents(text: pl.Series) -> pl.Series:
    exponent = text.str.contains(EXPONENT).fill_null(False)
    pointed = text.str.contains(POINTED).fill_null(False)
    whole = exponent & ~pointed
    # `5E-01` among `5D-01` is a code, while a number with decimals never is one.
    return pointed if whole.any() and text.str.contains(OF_CODES).any() else exponent | pointed


def _beyond_fifteen(text: pl.Series, typed: pl.Series | None) -> pl.Series:
    """Numbers of workbooks, floats of programs, and whole numbers that all end in zeros where digits were."""
    long = text.str.contains(LONG).fill_null(False)
    if not long.any():
        return nowhere(text)
    numbers = long & typed.fill_null(False) if typed is not None else nowhere(text)
    floats = text.str.contains(AS_DECIMAL).fill_null(False)
    distinct = text.filter(long & ~numbers & ~floats).unique()
    # One long number that ends in zeros may be real; all of a column hardly.
    zeros = int((distinct.str.len_bytes() - SIGNIFICANT).sum()) if len(distinct) else 0
    rounded = len(distinct) > 1 and zeros >= ENOUGH_ZEROS and distinct.str.contains(ROUND).all()
    return long if rounded else numbers | floats
