"""What the columns of one file mean: the record that mapping gives and validating takes.

Lives here: the mapped column, the whole mapping. Not here: how a meaning is found (`pipelines/mapping/map_columns.py`).
"""

from dataclasses import dataclass
from typing import Literal

from schemas.sentences.note import Note

How = Literal["explicit", "saved", "exact", "alias", "neighbour", "fuzzy"]


@dataclass(frozen=True)
class MappedColumn:
    """One column with a meaning: `rank` counts the columns that share the field, `how` says why."""

    title: str
    field: str
    rank: int
    confidence: float
    how: How


@dataclass(frozen=True)
class SeveralColumns:
    """Columns that mean the same field: `chosen` counts, the other ones of `titles` were left out."""

    field: str
    titles: tuple[str, ...]
    chosen: str


@dataclass(frozen=True)
class ColumnMapping:
    """What each column of a file means.

    `columns`: those with a meaning, in the order of the vocabulary and of their rank. `ignored`: titles told to be
    ignored. `unmapped`: titles that no field is known for; they are named, never guessed. `kept`: titles whose values
    are kept as they are. `warnings`: what was noticed.
    """

    columns: tuple[MappedColumn, ...]
    ignored: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    warnings: tuple[Note, ...] = ()

    @property
    def titles(self) -> dict[str, str]:
        """Each mapped field with the title of its first column."""
        # Reversed, so that the first rank of a field is kept.
        return {column.field: column.title for column in reversed(self.columns)}

    @property
    def left_out(self) -> tuple[str, ...]:
        """The titles whose values nobody said anything of, and which are in no table."""
        return tuple(title for title in self.unmapped if title not in self.kept)

    def titles_of(self, field: str) -> tuple[str, ...]:
        """The titles of a field's columns, by rank."""
        return tuple(column.title for column in self.columns if column.field == field)
