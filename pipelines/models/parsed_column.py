"""What parsing a column gives, and the little that all parsers of columns share.

Lives here: `Parsed`, blanks, a conditional over series. Not here: any format
(`pipelines/parsing/numbers/numbers.py`, `pipelines/parsing/dates/dates.py`, `pipelines/parsing/emails.py`).
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import polars as pl

from pipelines.frames_on_disk import FramesOnDisk
from schemas.sentences.note import Note
from schemas.wordlists import words

T = TypeVar("T")
R = TypeVar("R")

WORTH_A_THREAD = 1_000
"""Values from which on columns are worked on beside each other."""

BLANKS = words("placeholders", "blank", "blank_but_in_countries")
"""Tokens that mean "no value" in number and date columns; names have none (PIT-26, PIT-52)."""

NO_EVIDENCE: frozenset[str] = frozenset()
"""Of a column: nothing is known of how it is written but its own rows."""

INVISIBLE = (
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad"  # controls of terminals and old encodings, the hyphen nobody sees
    "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"  # joiners, and what turns text around
)
"""Characters that nobody sees: two values that differ by them look the same, and some hide or reverse what follows."""

UNTIDY = rf"{INVISIBLE}|[^\S ]|  |^ | $"


@dataclass(frozen=True)
class Parsed:
    """A parsed column: `values` and, row by row, the `faults` (a code or null).

    `style` is how the column is written, `evidence` the positions of some rows that decided it.
    """

    values: pl.Series
    faults: pl.Series
    style: str | None = None
    notes: tuple[Note, ...] = ()
    evidence: tuple[int, ...] = ()

    def laid(self, disk: FramesOnDisk) -> "Parsed":
        """The same, with values and faults on the disk, if they are many; what was made of neither lies there."""
        values, faults = disk.lay_series(self.values, self.faults)
        return replace(self, values=values, faults=faults)


def cleaned(text: pl.Series, is_tidy: bool = False) -> pl.Series:
    """Text with its white space collapsed and trimmed, without invisible characters; null where blank.

    `is_tidy`: it is known that this changes no cell.
    """
    tidy = text
    # Looked for first: replacing in a million sound cells costs several times as much as finding none.
    if not is_tidy and text.str.contains(UNTIDY).any():
        tidy = text.str.replace_all(INVISIBLE, "").str.replace_all(r"\s+", " ").str.strip_chars()
    filled = tidy != ""
    # A column without a blank is not copied.
    return tidy if filled.all() else when(filled, tidy, None)


def without_blanks(text: pl.Series) -> pl.Series:
    """Text with the tokens that mean "no value" as null."""
    return when(text.str.to_lowercase().is_in(BLANKS), None, text)


def no_faults(text: pl.Series) -> pl.Series:
    """The faults of a column without any."""
    return pl.repeat(None, len(text), dtype=pl.String, eager=True)


def nowhere(text: pl.Series) -> pl.Series:
    """False in every row."""
    return pl.repeat(False, len(text), dtype=pl.Boolean, eager=True)


def when(condition: pl.Series, then: pl.Series | str | None, otherwise: pl.Series | str | None) -> pl.Series:
    """Row by row the one or the other; a null condition is false, text is taken as it is."""
    return pl.select(pl.when(condition.fill_null(False)).then(_value(then)).otherwise(_value(otherwise))).to_series()


def mixed(here: pl.Series, all_rows: pl.Series, other_rows: pl.Series) -> pl.Series:
    """The values of `all_rows` where `here` holds, elsewhere those of `other_rows` in their order."""
    if other_rows.is_empty():
        return all_rows
    return all_rows.clone().scatter((~here).arg_true(), other_rows)  # scatter writes in place


def in_parallel(step: Callable[[T], R], items: Iterable[T], size: int) -> list[R]:
    """The step on every item, on two threads: polars works outside the interpreter's lock.

    `size`: how many values an item has; for few, starting two threads takes longer than the work.
    """
    if size < WORTH_A_THREAD:
        return [step(item) for item in items]
    with ThreadPoolExecutor(max_workers=2) as threads:
        return list(threads.map(step, items))


def _value(value: pl.Series | str | None) -> pl.Series | pl.Expr | None:
    return pl.lit(value) if isinstance(value, str) else value
