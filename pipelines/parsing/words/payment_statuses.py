"""What a payment's status says: paid or not, refunded, open, or a part of it (PIT-103).

Lives here: reading a column of statuses by the list of words (`schemas/vocabulary/payment_statuses.csv`). Not here:
what a payment of each status contributes (`pipelines/payments/payments.py`).
"""

import re
from collections.abc import Iterable

import polars as pl

from pipelines.models.parsed_column import Parsed, when
from pipelines.parsing.words.enumerations import meanings_of_words
from pipelines.parsing.words.word_senses import company, folded, sense_of

PENDING, PAID, FAILED, CANCELLED, REFUNDED = "pending", "paid", "failed", "cancelled", "refunded"
"""The states of a payment. One that was made and later refunded counts; money that has not come, or has gone again,
does not. They follow each other: pending, paid, refunded or cancelled.
"""
OPEN, PARTLY_PAID, PARTLY_REFUNDED = "open", "partially_paid", "partially_refunded"
"""What needs an amount beside it: `open` is pending, unless what was paid, or is due, says that some was paid."""

CREDIT_NOTE = "credit_note"
"""A document that takes money back, whose amount says by its sign whether it does so here."""

UNPAID = (PENDING, FAILED, CANCELLED)
STATES = {OPEN: PENDING, PARTLY_PAID: PAID, PARTLY_REFUNDED: REFUNDED, CREDIT_NOTE: PAID}

BELOW_PAID = "title paid"
"""What `yes` and `no` stand beside in the list."""

PREFIX = re.compile(r"^wc ")
"""WooCommerce's own names in its database: `wc-on-hold`."""
DAYS = re.compile(r"\b\d+ days?\b")
"""`Overdue 12 days`, as QuickBooks writes it."""

MOST, HALF, KINDS = 0.8, 0.5, 5
"""The share of known values from which a column is one of statuses; or from which one that sorts its rows into a few
kinds is; how many kinds are few in any case.
"""
MOST_KINDS = 200
"""More kinds than any tool has: a column with more is text, and is not read word by word."""


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
    known = {word: _folded(word) for word in words}
    around = company(known.values(), titles)
    senses = [sense_of(known[word], "payment_statuses", around) for word in words]
    meanings = pl.Series([sense and sense.meaning for sense in senses], dtype=pl.String)
    values = when(text.is_null(), PAID, text.replace_strict(words, meanings, default=None))
    return Parsed(values, when(values.is_null(), "UNKNOWN_PAYMENT_STATUS", None))


def are_statuses(values: pl.Series) -> bool:
    """Whether a column is one of payments' statuses by its values: most of them are known words, of which one is paid
    and another is not, or one is refunded. In a column of a few kinds half of them is enough, for shops name states of
    their own (`Livré`) beside those that all know.

    Args:
        values: trimmed, none of them blank.
    """
    counts = values.value_counts() if 0 < values.n_unique() <= MOST_KINDS else None
    if counts is None:
        return False
    meanings = parse_statuses(counts[values.name]).values
    known = int(counts["count"].filter(meanings.is_not_null()).sum()) / len(values)
    few = counts.height <= max(KINDS, len(values) // KINDS)
    told = set(meanings.drop_nulls())
    speaks = bool(told & {REFUNDED, PARTLY_REFUNDED}) or (PAID in told and len(told) > 1)
    return speaks and known >= (HALF if few else MOST)


def yes_or_no(text: pl.Series) -> pl.Series:
    """Whether each value is a yes, by the words that tell it below `Paid`; null for any other, and for a blank one."""
    words = text.drop_nulls().unique()
    senses = [sense_of(_folded(word), "payment_statuses", [BELOW_PAID]) for word in words]
    said = [sense.meaning == PAID if sense and BELOW_PAID in sense.beside else None for sense in senses]
    return text.replace_strict(words, pl.Series(said, dtype=pl.Boolean), default=None, return_dtype=pl.Boolean)


def _folded(word: str) -> str:
    """A word as the list has it; any yes or no (`yes_no.csv`) as one of two."""
    plain = folded(word)
    return meanings_of_words("yes_no").get(plain) or DAYS.sub("days", PREFIX.sub("", plain))
