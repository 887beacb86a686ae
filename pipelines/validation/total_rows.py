"""Rows that add the others up, which stand below many lists and are no customers.

Lives here: knowing them by the words of `schemas/vocabulary/total_rows.csv`, and by what else such a row may say. Not
here: what becomes of it: without a name it is rejected like any row without one.
"""

from collections.abc import Iterable
from functools import cache

import polars as pl

from pipelines.language.spelling import normalise
from schemas.wordlists import words


def total_rows(names: pl.Series, others: Iterable[pl.Series]) -> pl.Series:
    """Where a name is the word for a total and none of the other texts says anything.

    Texts are trimmed, null where blank. A company called Total that has an address or a number is a customer.
    """
    alone = pl.select(pl.all_horizontal(names.is_not_null(), *[text.is_null() for text in others])).to_series()
    totals = [name for name in names.filter(alone).unique() if normalise(name) in _words()]
    return pl.select(alone & names.is_in(totals)).to_series()


@cache
def _words() -> frozenset[str]:
    return frozenset(map(normalise, words("total_rows")))
