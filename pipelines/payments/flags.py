"""Columns of yes and no, or of days, that say of a payment that it went back or never counted (PIT-102).

Lives here: recognising such a column (`Refunded`, `Cancelled at`, `Livemode`) by the words of its title
(`schemas/vocabulary/payment_flags.csv`) and its values, and refusing a file in which one was overlooked. Not here:
words that name a direction (`pipelines/parsing/words/payment_directions.py`) or a status
(`pipelines/parsing/words/payment_statuses.py`).
"""

from collections.abc import Sequence
from functools import cache

import polars as pl

from pipelines.errors import FileRefused
from pipelines.language.spelling import normalise
from pipelines.mapping.value_evidence import PATTERNS
from pipelines.models.parsed_column import cleaned
from pipelines.models.sheet import ROW, Sheet
from pipelines.parsing.words.payment_statuses import yes_or_no
from schemas.wordlists import wordlist

COUNTED, NOT_COUNTED, NOT_IF_YES, BESIDE = "counted", "not_counted", "not_counted_if_yes", "beside"
"""A yes says that the payment counts (`Livemode`), or that it does not; so does a day, except below a title such as
`Return`, whose days are those of a journey or a rented thing. What may stand beside such a word.
"""


def check_flags(sheet: Sheet, titles: Sequence[str], whole: pl.Series, language: str) -> None:
    """Refuse a file in which a column says of rows that they went back or never counted, though they would count.

    A column without such a row, as of a shop that refunded nothing, changes nothing and is no reason.

    Args:
        sheet: the file.
        titles: of the columns that were not recognised.
        whole: whether each row would count as a payment of which nothing went back.
        language: of the message.

    Raises:
        FileRefused: FLAG_UNDECIDED, with the column, the first of its words, the rows.
    """
    for title in titles:
        meaning = _meaning_of_yes(title)
        if meaning is None:
            continue
        text = cleaned(sheet.rows[title], sheet.tidy)
        here = (whole & _against(text, meaning)).fill_null(False).arg_true()
        if len(here):
            row = sheet.rows[ROW][here[0]]
            found = text[here[0]]
            raise FileRefused("FLAG_UNDECIDED", language, header=title, found=found, expected=len(here), row=row)


def _against(text: pl.Series, meaning: str) -> pl.Series:
    """Whether each value says that its payment does not count; nothing where the values are neither flags nor days."""
    said = yes_or_no(text)
    if said.null_count() == text.null_count():
        return ~said if meaning == COUNTED else said
    days = text.str.contains(PATTERNS["date"])
    if meaning == NOT_COUNTED and bool(days.fill_null(True).all()):
        return days & text.str.contains("[1-9]")  # some databases write 0000-00-00 for none
    return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(text))


def _meaning_of_yes(title: str) -> str | None:
    """What a yes below a title says; None where its words name anything else, or nothing, besides."""
    words = normalise(title).split()
    kept = " ".join(word for word in words if word not in _listed(BESIDE))
    for meaning in (COUNTED, NOT_COUNTED, NOT_IF_YES):
        if kept in _listed(meaning) or " ".join(words) in _listed(meaning):
            return meaning
    return None


@cache
def _listed(meaning: str) -> frozenset[str]:
    return frozenset(line["word"] for line in wordlist("payment_flags") if line["meaning"] == meaning)
