"""Exports of real products as files: their titles over plausible values, and what mapping makes of them.

Lives here: building the rows, mapping them, telling right from wrong. Not here: the lists of titles
(`pipelines/mapping/exports.csv`, the corpus), the values (`export_values.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from schemas.profiles import PROFILES, missing_columns
from tests.support.export_values import ROWS, value

CheckResult = Literal["right", "left alone", "unmapped", "wrong"]


@dataclass(frozen=True)
class Title:
    """A title with the fields that it may mean (blank: none), the expected one first, and what its cells hold."""

    text: str
    fields: tuple[str, ...]
    values: str | None

    def verdict(self, given: str | None, others: Sequence[str]) -> CheckResult:
        """How a mapping did that gave it a field; a single field that another column got (`others`) is no fault."""
        if given is not None:
            return "right" if given in self.fields else "wrong"
        return "left alone" if "" in self.fields or self.fields[0] in others else "unmapped"


@dataclass
class Export:
    """One export: its titles in their order."""

    name: str
    language: str
    profile: str
    titles: list[Title] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether it has every column that its profile requires."""
        meant = {title.fields[0]: title.text for title in self.titles if title.fields[0]}
        return not missing_columns(PROFILES[self.profile], meant)

    def mapped(self) -> dict[str, str] | str:
        """The field of each title that got one; the reason where the file was refused."""
        cells = {title.text: [value(title.values, self.language, row) for row in range(ROWS)] for title in self.titles}
        try:
            mapping = map_columns([*cells], PROFILES[self.profile], rows=pl.DataFrame(cells))
        except FileRefused as refused:
            return str(refused)
        return {column.title: column.field for column in mapping.columns}

    def check_results(self, mapped: dict[str, str]) -> Iterator[tuple[CheckResult, str, str | None]]:
        """Each title's verdict, the title and the field that it was given."""
        for title in self.titles:
            given = mapped.get(title.text)
            others = [other for text, other in mapped.items() if text != title.text]
            yield title.verdict(given, others), title.text, given
