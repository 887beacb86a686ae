"""Titles that stand above several columns of a file: which they are, and when that matters.

Lives here: groups of columns with one title, refusing a file in which such a title means something. Not here: the names
that tell such columns apart (`header_row.py`), what titles mean (`pipelines/mapping/map_columns.py`).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from pipelines.errors import FileRefused
from pipelines.language.spelling import normalise

# Not beside a digit: `Address 12` is not `Address 1` and `2`.
BETWEEN_WORDS = re.compile(r"(?<=\D) (?=\D)")
PLACED = re.compile(r"^(.*\S) \(column (\d+)\)$", re.DOTALL)


def repeated_titles(titles: Sequence[str]) -> list[tuple[str, ...]]:
    """The titles that are the same once normalised, in groups of two and more: `Email` and `e-mail`, `Note` and
    `Note (column 4)`, as the second column of one spelling is called.
    """
    groups: dict[str, list[str]] = {}
    for place, title in enumerate(titles, start=1):
        written = _as_written(title, place)
        groups.setdefault(BETWEEN_WORDS.sub("", normalise(written)) or written.casefold(), []).append(title)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def of_one_spelling(titles: Sequence[str], named: Collection[str]) -> set[str]:
    """The columns whose title, as it was written, is one of these: who names a title that stands twice means both."""
    written = {title: _as_written(title, place) for place, title in enumerate(titles, start=1)}
    return {title for title in titles if title not in named and written[title] in named}


def refuse_repeated(
    titles: Sequence[str], mapped: Iterable[str], told: Mapping[str, object], ignored: Collection[str], language: str
) -> None:
    """DUPLICATE_HEADER where a title that stands twice is mapped, and nobody said which of its columns counts (PIT-12).

    Args:
        titles: all of the file.
        mapped: those that mean a field.
        told: those of which a person said what they mean.
        ignored: those that a person leaves out.
        language: of the refusal.
    """
    used = set(mapped)
    for group in repeated_titles(titles):
        left = [title for title in group if title not in ignored]
        unclear = len(left) > 1 and used.intersection(left)
        if unclear and not (len(used.intersection(told, left)) == 1 and not of_one_spelling(titles, used & {*left})):
            raise FileRefused("DUPLICATE_HEADER", language, found=left)


def _as_written(title: str, place: int) -> str:
    """A title without the place that tells its column apart."""
    placed = PLACED.match(title)
    return placed[1] if placed and int(placed[2]) == place else title
