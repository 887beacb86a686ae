"""What was read of one file, whatever its format: titles, rows of text, rows that could not be read.

Lives here: the records that readers give and validating takes. Not here: reading
(`pipelines/reading/text/csv_reader.py`, `pipelines/reading/workbooks/workbook_reader.py`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from types import MappingProxyType

import polars as pl

from pipelines.configuration.typed import Typed
from pipelines.frames_on_disk import IN_MEMORY, FramesOnDisk
from schemas.sentences.note import Note

ROW = "row_number"

# 30 December, for spreadsheets count a 29 February 1900 that never was (ECMA-376, part 1, 18.17.4.1).
DAY_ZERO, DAY_ZERO_OF_1904 = date(1899, 12, 30), date(1904, 1, 1)
"""What the number 0 means where a workbook counts days: from 1900, from 1904."""

FAULTY: dict[str, pl.DataType | type[pl.DataType]] = {
    ROW: pl.Int64,
    "code": pl.String,
    "found": pl.String,
    "cells": pl.List(pl.String),
}
"""A row that could not be read as cells of its columns: its code, what was found, and what there is of its cells."""

ORIGIN: dict[str, pl.DataType | type[pl.DataType]] = {
    ROW: pl.Int64,
    "origin_import_id": pl.String,
    "origin_row_number": pl.Int64,
    "confirmed": pl.Boolean,
}
"""A row of a reject file that came back, the rejected row that it stands for, whether its reasons were emptied."""


class ReadingOptions(Typed):
    """What is told about how a file is written; what is not told is found out.

    `header_row` is counted as a spreadsheet shows it; `sheet` is the name of a workbook's sheet; `spoken` the language
    that the sender writes, `hints` those that the country or the currency of the source suggest,
    `earlier` the encodings of the source's earlier files.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    spoken: str | None = None
    hints: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What a profile allows of a file: its bytes, its rows, one sheet only, titles in the first row only; and where its
    rows may lie meanwhile (`disk`).
    """

    max_rows: int | None = None
    single_sheet: bool = False
    header_first: bool = False
    disk: FramesOnDisk = IN_MEMORY


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `header_row` is 0 of events, whose keys stand in every line; `evidence` says in a sentence
    how the encoding was found where it was not plain.
    """

    header_row: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    evidence: str | None = None

    def told(self) -> dict[str, object]:
        """What there is to say of it, by name: `header_row` only where there is one."""
        return {name: value for name, value in asdict(self).items() if value not in (None, 0)}


@dataclass(frozen=True)
class Sheet:
    """What was read of one file.

    `rows`: one row per record of the right width that is not blank: `row_number` and a text column for each
    title, text as the sender wrote it. `typed`: of each title that has any, where its cells were numbers, dates
    or booleans of a workbook: their text is canonical (`1234.5`, `2024-03-01`, `true`, `#N/A` for an error) and
    no locale applies. `day_zero`: from which day a workbook counts; null for text. `faulty`: the other records
    (FAULTY). `warnings`: what was noticed.
    `above`: the cells above the titles. `long_numbers`: of a workbook whose numbers are no text, the long ones of all
    its sheets. `origins`: of a reject file that came back, the rows that stand for rejected ones (ORIGIN).
    `tidy`: no cell is changed by cleaning; `cardless`: none holds a card number. Neither need be known.
    `disk`: where its rows, and what is made of them, lie while they are worked on.
    """

    format: str
    dialect: Dialect
    titles: tuple[str, ...]
    rows: pl.DataFrame
    faulty: pl.DataFrame
    blank_count: int
    typed: Mapping[str, pl.Series] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[Note, ...] = ()
    above: tuple[str, ...] = ()
    long_numbers: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    origins: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ORIGIN))
    is_reject_file: bool = False
    day_zero: date | None = None
    tidy: bool = False
    cardless: bool = False
    disk: FramesOnDisk = IN_MEMORY

    def laid(self, disk: FramesOnDisk) -> "Sheet":
        """The sheet with its rows on the disk, if there are many. No cell of it may hold a card number (SC-18)."""
        here = replace(self, disk=disk)
        return (
            here
            if self.disk is disk or not disk.takes(self.rows.height)
            else replace(here, rows=disk.lay(disk.parts(self.rows)))
        )

    @property
    def row_count(self) -> int:
        """Rows read: not blank, whatever their fault."""
        return self.rows.height + self.faulty.height


def no_faulty() -> pl.DataFrame:
    """No row with a fault."""
    return pl.DataFrame(schema=FAULTY)
