"""A reference table as it was read: what is known of managers, plans, groups or invoiced clients.

Lives here: the record. Not here: reading it and looking values up (`pipelines/reference_tables/`), where it lies
(`pipelines/configuration/look_ups.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import polars as pl


@dataclass(frozen=True)
class ReferenceTable:
    """The known values of one kind.

    `values`: one row per filled cell of the column `title`, in the spelling to keep; `keys` beside it, what they are
    compared by.
    """

    path: Path
    title: str
    values: pl.Series
    keys: pl.Series

    def known(self, keys: pl.Series) -> pl.Series:
        """The table's own spelling of each key that it has, of its first row that has it; else null."""
        first = self.keys.is_first_distinct()
        return keys.replace_strict(
            self.keys.filter(first), self.values.filter(first), default=None, return_dtype=pl.String
        )

    @property
    def repeated(self) -> pl.Series:
        """The values that stand in it again, in the spelling of the second time; sorted."""
        return self.values.filter(~self.keys.is_first_distinct()).unique().sort()


ReferenceTables = Mapping[str, ReferenceTable]
"""Tables by their key in `sources.yaml`; one that a source does not name is not there."""


def no_tables() -> ReferenceTables:
    """Of a source that names none."""
    return MappingProxyType({})
