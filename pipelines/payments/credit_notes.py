"""Credit notes in a list of payments that only their number or their status tells: `AV-1` beside `FA-1`, `Avoir`.

Lives here: finding those whose amount has no minus sign, which may be money that came in or went back. Not here: the
words (`schemas/vocabulary/document_numbers.csv`, `payment_statuses.csv`), rows whose direction is told
(`pipelines/parsing/words/payment_directions.py`).
"""

from functools import cache

import polars as pl

from pipelines.language.spelling import normalise
from pipelines.parsing.words.payment_statuses import CREDIT_NOTE
from schemas.wordlists import words

WORD, CREDIT_SERIES, INVOICE_SERIES = "credit note", "credit note series", "invoice series"
"""Meanings of `document_numbers.csv`: `avoir` says it by itself; `AV` does beside a series of invoices."""

SAMPLED, MOST_LETTERS = 1_000, 250
"""Rows that are looked at first, and the kinds of letters that numbers of documents have among them at most."""


def signless_credit_notes(rows: pl.DataFrame, whole: pl.Series, numbers: list[pl.Series]) -> pl.Series:
    """Where a row that would count as a payment is a credit note, by its status or by its number.

    Args:
        rows: the validated columns, `amount` and `payment_status` among them.
        whole: whether each row would count as a payment received, without a word of its direction.
        numbers: the columns that may number documents; null where blank.

    Returns:
        True for each such row.
    """
    found = pl.repeat(False, rows.height, eager=True)
    if "payment_status" in rows.columns:
        found |= (rows["payment_status"] == CREDIT_NOTE).fill_null(False)
    for number in numbers:
        found |= _by_number(number)
    return found & whole & (rows["amount"] > 0).fill_null(False)


def _by_number(numbers: pl.Series) -> pl.Series:
    """Where a number is of a series of credit notes; a short prefix (`CN`, `AV`) is one beside invoices alone.

    Orders of several countries (`CN-1`, `DE-2`) have prefixes too.
    """
    nowhere = pl.repeat(False, len(numbers), eager=True)
    # A column of names or of codes without a system has more kinds of letters than any series.
    if _letters(numbers.head(SAMPLED)).n_unique() > MOST_LETTERS:
        return nowhere
    letters = _letters(numbers)
    kinds = letters.drop_nulls().unique()
    if kinds.is_empty() or kinds.len() > SAMPLED:
        return nowhere
    told = {kind: _meanings(kind) for kind in kinds}
    invoices = any(INVOICE_SERIES in found for found in told.values())
    wanted = {WORD, CREDIT_SERIES} if invoices else {WORD}
    credits = [kind for kind, found in told.items() if found & wanted]
    return letters.is_in(credits).fill_null(False)


def _letters(numbers: pl.Series) -> pl.Series:
    """What a number holds besides digits; null where it is none."""
    return pl.select(
        pl.when(numbers.str.contains(r"\d")).then(numbers.str.replace_all(r"[\d\s]+", " ").str.strip_chars())
    ).to_series()


@cache
def _meanings(letters: str) -> frozenset[str]:
    """What the words of a number say; a credit note of an invoice (`FV/1/KOR`) is no invoice."""
    said = normalise(letters)
    found = {meaning for meaning in (WORD, CREDIT_SERIES, INVOICE_SERIES) if _says(said, meaning)}
    return frozenset(found - {INVOICE_SERIES} if found & {WORD, CREDIT_SERIES} else found)


def _says(said: str, meaning: str) -> bool:
    return any(f" {normalise(word)} " in f" {said} " for word in words("document_numbers", meaning))
