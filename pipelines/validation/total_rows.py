"""Rows that add the others up, which stand below many lists and are no customers.

Lives here: knowing them by the words of `schemas/vocabulary/total_rows.csv`, by what else such a row may say, and by
arithmetic where it carries a customer's own address (`Total Ann`, 150, below Ann's 100 and 50). Not here: what becomes
of it: without a name it is rejected like any row without one, a sum of other rows as `validate.py` says.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import polars as pl

from pipelines.language.languages import month_names
from pipelines.language.spelling import normalise
from pipelines.models.sheet import Sheet
from schemas.fields import Field
from schemas.wordlists import words

SAYING = ("total", "total_only")
ONLY = "total_only"
ADDED_UP = ("amount", "average", "count")
NAMES = ("text", "identifier", "groups")
"""Kinds of figures that a total adds up, and of fields in which it is called so."""

FAR = 10_000
"""Rows above a total that are looked at for those that it names."""


def total_rows(names: pl.Series, others: Iterable[pl.Series]) -> pl.Series:
    """Where a name is the word for a total and none of the other texts says anything.

    Texts are trimmed, null where blank. A company called Total that has an address or a number is a customer.
    """
    alone = pl.select(pl.all_horizontal(names.is_not_null(), *[text.is_null() for text in others])).to_series()
    totals = [name for name in names.filter(alone).unique() if normalise(name) in _words(*SAYING)]
    return pl.select(alone & names.is_in(totals)).to_series()


@dataclass(frozen=True)
class Label:
    """What a row is called that may be a total: the rest of its words, whether they say nothing but that, whether one
    of a kind that nobody is called (`subtotal`), in which column, and whether names stand there.
    """

    text: str
    place: int
    rest: tuple[str, ...]
    only: bool
    of_name: bool

    @property
    def alone(self) -> bool:
        """Whether the other words say nothing of whose total it is."""
        return not self.rest


@dataclass
class Block:
    """Rows that a total may add up: their sums by figure, how many they are, the one that is nearest to it."""

    sums: list[Any]
    count: int = 0
    nearest: int = -1

    def add(self, figures: Sequence[Any], position: int) -> None:
        """One row more."""
        self.sums = [one + other for one, other in zip(self.sums, figures, strict=True)]
        self.count, self.nearest = self.count + 1, position

    def equals(self, figures: Sequence[Any]) -> bool:
        """Whether a figure of a row is the sum of these."""
        return any(one and one == other for one, other in zip(figures, self.sums, strict=True))


@dataclass
class SummedList:
    """The figures and keys of a list's rows, those that are called a total, and those among them that are proven."""

    sheet: Sheet
    figures: list[tuple[Any, ...]]
    keys: list[str | None]
    labels: dict[int, Label]
    proven: set[int] = field(default_factory=set)

    def block(self) -> Block:
        """No rows yet."""
        return Block([0] * len(self.figures[0]))

    def names(self, position: int, other: int) -> bool:
        """Whether a total is called by words of another row: `Total care` is no total of `Basic care`."""
        label = self.labels[position]
        if other < 0 or not label.rest:
            return False
        cells = self.sheet.rows.row(other)[1:]
        told = (cell for place, cell in enumerate(cells) if label.of_name or place != label.place)
        return set(label.rest) <= {word for cell in told for word in normalise(str(cell)).split()}


@dataclass(frozen=True)
class Totals:
    """Positions of rows that are totals, and of those that are called so like another row of their customer's is."""

    proven: Sequence[int] = ()
    doubtful: Sequence[int] = ()
    doubted: str = ""


def sums_of_others(sheet: Sheet, figures: pl.DataFrame, keys: pl.Series, fields: dict[str, Field]) -> Totals:
    """The rows that are called a total and add others up, whoever's address they carry.

    A person or a company may be called so: the word alone proves nothing, but for those that nobody is called
    (`subtotal`, `Zwischensumme`); the sum of the rows above or below does, of the same customer or of all.

    Args:
        sheet: the rows as their sender wrote them.
        figures: the parsed columns of `ADDED_UP`, row by row.
        keys: of each row's customer, null where it has none.
        fields: by title, of the columns that have a meaning.

    Returns:
        The totals, and the rows that may be some and do not add up.
    """
    if not figures.width or not (labels := _labels(sheet, fields)):
        return Totals()
    summed = SummedList(sheet, figures.fill_null(0).rows(), keys.to_list(), labels)
    _prove(summed, range(len(summed.figures)))
    _prove(summed, range(len(summed.figures) - 1, -1, -1))
    for position, label in labels.items():
        if any(summed.figures[position]) and ((label.only and label.of_name) or _adds_up_named(summed, position)):
            summed.proven.add(position)
    doubtful = sorted(_doubtful(summed))
    return Totals(sorted(summed.proven), doubtful, labels[doubtful[0]].text if doubtful else "")


def _prove(summed: SummedList, order: range) -> None:
    """Holds each total against the rows before it in this order: since the total before, of its customer, all."""
    before, since, of_key = summed.block(), summed.block(), dict[str, Block]()
    for position in order:
        figures, key = summed.figures[position], summed.keys[position]
        theirs = of_key.setdefault(key, summed.block()) if key is not None else summed.block()
        if position in summed.labels and position not in summed.proven:
            blocks = ((theirs, True), (since, False), (before, False))
            if any(_convinces(summed, position, block, same) for block, same in blocks):
                summed.proven.add(position)
        if position in summed.proven:
            since = summed.block()
            of_key.pop(key or "", None)
            continue
        for block in (before, since, theirs):
            block.add(figures, position)


def _convinces(summed: SummedList, position: int, block: Block, same_customer: bool) -> bool:
    """Whether a row that is called a total adds up these rows and is none of them.

    One row alone is a repeated payment as likely, unless the total is called after it; beside other columns than names
    (`Deposit`, `Total`), only the customer's own rows or the whole list are.
    """
    label = summed.labels[position]
    if not block.equals(summed.figures[position]) or _called_alike(summed, position, block.nearest):
        return False
    if summed.names(position, block.nearest) or (label.only and same_customer):
        return True
    if label.of_name and same_customer:
        return label.alone
    at_an_end = position in (0, len(summed.figures) - 1)
    return (label.alone or label.only) and block.count > 1 and (label.of_name or same_customer or at_an_end)


def _called_alike(summed: SummedList, position: int, other: int) -> bool:
    """Whether the other row has the same name: payments of a company that is called Total."""
    return other in summed.labels and summed.labels[other].rest == summed.labels[position].rest


def _adds_up_named(summed: SummedList, position: int) -> bool:
    """Whether a total adds up the rows right above it that carry the words it has besides."""
    block = summed.block()
    for above in range(position - 1, max(-1, position - FAR), -1):
        if above in summed.labels or not summed.names(position, above):
            break
        block.add(summed.figures[above], above)
    return block.equals(summed.figures[position])


def _doubtful(summed: SummedList) -> Iterator[int]:
    """Rows called a total of their customer, who has others of another name, which add up to something else."""
    plain = {key: at for at, key in enumerate(summed.keys) if key is not None and at not in summed.labels}
    for position, label in summed.labels.items():
        other = plain.get(summed.keys[position] or "")
        if position in summed.proven or other is None or not label.of_name or not any(summed.figures[position]):
            continue
        if label.alone or summed.names(position, other):
            yield position


def _labels(sheet: Sheet, fields: dict[str, Field]) -> dict[int, Label]:
    """The rows that are called a total, by a column of names, by the first one or by one that means nothing to us."""
    found: dict[int, Label] = {}
    for place, title in enumerate(sheet.titles):
        known = fields.get(title)
        if known is not None and known.kind not in NAMES and (place or known.kind not in ("country", "place")):
            continue
        of_name = place == 0 or (known is not None and known.kind != "groups")
        at = _speaks_of_totals(sheet.rows[title])
        sheet.disk.release()
        for position, text in zip(at, sheet.rows[title].gather(at), strict=True):
            label = _label(text, place, of_name)
            if label is not None and not (position in found and found[position].of_name):
                found[position] = label
    return dict(sorted(found.items()))


def _speaks_of_totals(cells: pl.Series) -> pl.Series:
    """The positions of cells that hold one of the words: quickly in a million, exactly in those that are left."""
    may = cells.str.contains_any(_spellings(), ascii_case_insensitive=True).fill_null(False).arg_true()
    return may.filter(cells.gather(may).str.contains(_pattern()))


@cache
def _pattern() -> str:
    return rf"(?i)(?:^|[^\pL\d])(?:{'|'.join(map(re.escape, _spellings()))})(?:$|[^\pL\d])"


def _label(text: str, place: int, of_name: bool) -> Label | None:
    """A cell that begins or ends with a word for a total; None of any other."""
    said = tuple(normalise(text).split())
    for only in (True, False):
        listed = _words(ONLY) if only else _words(*SAYING)
        for length in range(min(3, len(said)), 0, -1):
            for here, rest in ((said[:length], said[length:]), (said[-length:], said[:-length])):
                if " ".join(here) in listed:
                    telling = tuple(word for word in rest if word not in _beside() and not word.isdigit())
                    return Label(text, place, telling, only, of_name)
    return None


@cache
def _words(*meanings: str) -> frozenset[str]:
    return frozenset(map(normalise, words("total_rows", *meanings)))


@cache
def _beside() -> frozenset[str]:
    """Words beside a total that do not say whose it is: connecting ones, what is added up, months."""
    listed = (*words("total_rows", "beside"), *words("small_words", "connecting"), *month_names())
    return frozenset(word for each in listed for word in normalise(each).split())


@cache
def _spellings() -> list[str]:
    """The words in the cases and with and without the accents in which they are looked for."""
    listed = words("total_rows", *SAYING)
    return sorted({spelled for word in listed for spelled in (word.lower(), word.upper(), normalise(word))})
