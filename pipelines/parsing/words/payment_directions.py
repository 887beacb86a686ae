"""Which way the money of a row goes, where a column says it: `Sale` / `Refund`, `S` / `H`, `Af` / `Bij` (PIT-102).

Lives here: reading such a column by the list of words (`schemas/vocabulary/payment_directions.csv`), recognising one by
its values, and refusing a file in which one was overlooked. Not here: what a row contributes
(`pipelines/payments/payments.py`).
"""

from collections.abc import Iterable, Sequence

import polars as pl

from pipelines.errors import FileRefused
from pipelines.language.spelling import words_of
from pipelines.models.parsed_column import Parsed, cleaned, when
from pipelines.models.sheet import ROW, Sheet
from pipelines.parsing.words.word_senses import Sense, company, folded, sense_of
from pipelines.titles.title_grammar import other_thing

IN, OUT, NOT_YET, OTHER = "in", "out", "not_yet", "other"
"""Money of a customer comes in, or goes back to one; it is promised, as by an authorization; it is nobody's payment: a
payout, a fee, a conversion."""

WORDS = "payment_directions"
MEANS_OF_PAYMENT = ("payment method", "card")
"""Things that titles name, in whose columns `debit` and `credit` are cards."""

MOST_KINDS = 200
"""More kinds than any tool has: a column with more is text, and is not read word by word."""

MOST, FEW = 0.8, 5
"""The share of known rows from which a column is one of directions; how many kinds a column may have anyway."""


def parse_directions(text: pl.Series, title: str | None = None) -> Parsed:
    """The direction of each row; null where blank, an unknown word is UNKNOWN_DIRECTION.

    Args:
        text: trimmed, null where blank.
        title: of the column. `S` is money out beside `H`, in the column or in its title.
    """
    meanings = directions_of(text.drop_nulls().unique(), title)
    values = text.replace_strict(list(meanings), list(meanings.values()), default=None, return_dtype=pl.String)
    return Parsed(values, when(text.is_not_null() & values.is_null(), "UNKNOWN_DIRECTION", None))


def directions_of(words: Iterable[str], title: str | None = None) -> dict[str, str]:
    """The direction that each known word of a column tells.

    What is nobody's payment is told beside what is a payment: nothing but fees may be what a school is paid.
    """
    meanings = {word: sense.meaning for word, sense in _senses(words, title).items()}
    # What is nobody's payment is believed only beside what is one.
    return meanings if IN in meanings.values() else {word: way for word, way in meanings.items() if way != OTHER}


def are_directions(values: pl.Series) -> bool:
    """Whether nearly all values of a column are words of direction, and one of them is so in any column."""
    known = directions_of(values.unique())
    senses = _senses(values.unique())
    sure = any(senses[word].tells == "always" and way != OTHER for word, way in known.items())
    return sure and _are_known(values, known)


def _senses(words: Iterable[str], title: str | None = None) -> dict[str, Sense]:
    known = {word: folded(word) for word in words}
    around = company(known.values(), [title] if title else [])
    senses = {word: sense_of(each, WORDS, around) for word, each in known.items()}
    return {word: sense for word, sense in senses.items() if sense}


def _are_known(values: pl.Series, known: Iterable[str]) -> bool:
    return int(values.is_in(list(known)).sum()) >= MOST * len(values)


def check_directions(sheet: Sheet, titles: Sequence[str], counted: pl.DataFrame, language: str) -> None:
    """Refuse a file with a column of directions that nobody mapped or ignored, where it makes a difference.

    It makes one where a row that would count as a payment is called a refund, no payment yet, or nobody's payment; or a
    row that would count as a refund is called nobody's.

    Args:
        sheet: the file.
        titles: of the columns that were not recognised.
        counted: of each row `paid` and `refunded`, as it would count.
        language: of the message.

    Raises:
        FileRefused: DIRECTION_UNDECIDED, with the column, the words, the first of the rows.
    """
    for title in titles:
        if sheet.rows[title].n_unique() > MOST_KINDS:
            continue
        text = cleaned(sheet.rows[title], sheet.tidy)
        told = _telling(text.drop_nulls(), title)
        way = text.replace_strict(list(told), list(told.values()), default=None, return_dtype=pl.String)
        against = (counted["paid"] & way.is_in([OUT, NOT_YET, OTHER])) | (counted["refunded"] & (way == OTHER))
        here = against.fill_null(False).arg_true()
        if len(here):
            words = text.gather(here).unique().sort().head(FEW).to_list()
            row = sheet.rows[ROW][here[0]]
            raise FileRefused("DIRECTION_UNDECIDED", language, header=title, found=words, expected=len(here), row=row)


def _telling(filled: pl.Series, title: str) -> dict[str, str]:
    """The words of a column with their directions, if the column seems to be one of directions; else none.

    Nearly all its values are such words; or it sorts the rows into a few kinds, of which one is a refund or a promise
    in any column. Words that also name cards tell nothing under a title that speaks of means of payment.
    """
    known, senses = directions_of(filled.unique(), title), _senses(filled.unique(), title)
    sure = {word: way for word, way in known.items() if senses[word].tells == "always" and way != OTHER}
    of_cards = any(other_thing(each, None) in MEANS_OF_PAYMENT for each in (title, *words_of(title)))
    if not filled.is_empty() and _are_known(filled, known):
        paired = any(senses[word].tells == "not_beside_cards" for word in known)
        return known if sure or (paired and not of_cards) else {}
    # A column of remarks has a word of refunds in it now and then; one of kinds repeats few words.
    return sure if filled.n_unique() <= max(FEW, len(filled) // FEW) else {}
