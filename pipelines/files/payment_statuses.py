"""What a payment's status says: paid or not, refunded, open, or a part of it (PIT-103).

Lives here: reading a column of statuses by the list of words (`schemas/vocabulary/payment_statuses.csv`). Not here:
what a payment of each status contributes (`payments.py`).
"""

import re
from collections.abc import Iterable
from functools import cache

import polars as pl

from pipelines.files.parsing import Parsed, when
from pipelines.files.title_spelling import normalise
from schemas.wordlists import wordlist

PENDING, PAID, FAILED, CANCELLED, REFUNDED = "pending", "paid", "failed", "cancelled", "refunded"
"""The states of a payment. One that was made and later refunded counts; money that has not come, or has gone again,
does not. They follow each other: pending, paid, refunded or cancelled.
"""
OPEN, PARTLY_PAID, PARTLY_REFUNDED = "open", "partially_paid", "partially_refunded"
"""What needs an amount beside it: `open` is pending, unless what was paid, or is due, says that some was paid."""

UNPAID = (PENDING, FAILED, CANCELLED)
STATES = {OPEN: PENDING, PARTLY_PAID: PAID, PARTLY_REFUNDED: REFUNDED}

PREFIX = re.compile(r"^wc ")
"""WooCommerce's own names in its database: `wc-on-hold`."""
DAYS = re.compile(r"\b\d+ days?\b")
"""`Overdue 12 days`, as QuickBooks writes it."""


def parse_statuses(text: pl.Series, titles: Iterable[str] = ()) -> Parsed:
    """The meaning of each status; a blank one is paid, an unknown one is UNKNOWN_PAYMENT_STATUS.

    Case, accents and separators do not matter. `processing` is a paid order of one tool and an unfinished payment of
    others: such a word means what the other words of the column and the `titles` of the file decide; where they do
    not, it is unknown.

    Args:
        text: trimmed, null where blank.
        titles: of the file's mapped columns.
    """
    words = text.drop_nulls().unique()
    folded = {word: _folded(word) for word in words}
    around = {*folded.values(), *(word for title in titles for word in normalise(title).split())}
    meanings = pl.Series([_meaning(folded[word], around) for word in words], dtype=pl.String)
    values = when(text.is_null(), PAID, text.replace_strict(words, meanings, default=None))
    return Parsed(values, when(values.is_null(), "UNKNOWN_PAYMENT_STATUS", None))


def _folded(word: str) -> str:
    return DAYS.sub("days", PREFIX.sub("", normalise(word)))


def _meaning(word: str, around: set[str]) -> str | None:
    """The meaning of a word: of its senses that need company those that have it, else the one that needs none."""
    senses = _senses().get(word, ())
    met = {meaning for meaning, company in senses if company & around}
    found = met or {meaning for meaning, company in senses if not company}
    return found.pop() if len(found) == 1 else None


@cache
def _senses() -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Each word's senses: its meaning, and the words of which one must stand near it (none: it means that anywhere)."""
    found: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for line in wordlist("payment_statuses"):
        company = frozenset(normalise(word) for word in line["beside"].split("|") if word)
        found.setdefault(normalise(line["word"]), []).append((line["meaning"], company))
    return found
