"""The low-spend clean-up as people ask for it: a preview of the published customers, and what confirms it.

Lives here: reading what they typed, the preview. Not here: who is a candidate (`customers/cleaning.py`), removing them
(`booking.py`).
"""

from decimal import Decimal, InvalidOperation

import polars as pl

from pipelines.customers.cleaning import candidates, mark_of
from pipelines.errors import WrongUse
from pipelines.settings import Home
from pipelines.warehouse import published


def threshold_of(text: str) -> Decimal:
    """The threshold that somebody typed. Raises WrongUse for what is no amount."""
    try:
        below = Decimal(text)
    except InvalidOperation:
        below = Decimal(-1)
    if not (below.is_finite() and below > 0 and below == round(below, 3)):
        raise WrongUse(f"the threshold {text!r} is no amount; write it as 10 or 9.50")
    return below


def named(by: str | None) -> str:
    """Who decides. Raises WrongUse where nobody is named."""
    if not by:
        raise WrongUse("removing customers needs a name that stays with the decision: --by NAME")
    return by


def low_spend(home: Home, below: Decimal) -> tuple[pl.DataFrame, str]:
    """LowSpendCandidates as published now, and the mark of this list. Raises WrongUse before the first import."""
    with published(home.published) as connection:
        listed = candidates(connection, "main", below)
    return listed, mark_of(listed, below)
