"""What a workbook says of its cells beside their values, for those where the value alone is not what the sender sees.

Lives here: what there is to say, put into the cells that were read. Not here: finding it (`xlsx_cells.py`,
`ods_cells.py`, `xls_cells.py`), the values (`pipelines/reading/workbooks/workbook_worker.py`), the words for it
(`pipelines/reading/workbooks/workbook_reader.py`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from pipelines.reading.containers.number_formats import Mask

Place = tuple[int, int]
"""Row and column of a cell, counted from 0."""

NOT_COMPUTED = "#NOT_COMPUTED!"
"""Stands where a formula has no result, as errors of formulas do; no spreadsheet shows such an error."""

WHOLE, NUMBER = re.compile(r"\d+"), re.compile(r"-?\d+(?:\.\d+)?")
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""What a sheet can have; repetitions beyond it are none of cells."""


@dataclass
class Looks:
    """What was found of one sheet.

    `masked`: by column the rows of numbers that are shown padded by a mask, or beside the mark of a currency. `texts`:
    what is shown in the place of a number, or the error. `not_computed`: cells of formulas without a result.
    """

    masked: dict[tuple[int, Mask | str], list[int]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[Place, str] = field(default_factory=dict)
    not_computed: set[Place] = field(default_factory=set)
    hidden_rows: int = 0


@dataclass
class Results:
    """The results of a sheet's formulas, by column, where their writer may never have computed any.

    Some writers store 0 for every formula and ask the spreadsheet to compute when it opens the workbook. Their 0 is a
    result as soon as another formula of the column has one that is not 0.
    """

    zeros: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    others: set[int] = field(default_factory=set)

    def never_computed(self) -> Iterable[Place]:
        """The cells of columns in which no formula has a result but 0."""
        return ((row, column) for column, rows in self.zeros.items() if column not in self.others for row in rows)


def with_looks(cells: pl.DataFrame, looks: Looks) -> pl.DataFrame:
    """The cells of a sheet (`text n`, `typed n`) as their looks have them.

    A padded number stays a number where it is only digits, and is text where its mask has more. One beside a currency
    stays a number, with the mark before it (`pipelines/parsing/numbers/typed_cells.py`). A formula without a
    result stands for an error, but is blank in a row that holds nothing else: forms are full of formulas below their
    last row.
    """
    columns = {name: cells[name] for name in cells.columns}
    for (place, look), rows in looks.masked.items():
        here = [row for row in rows if row < cells.height]
        if isinstance(look, str):
            _mark(columns, place, look, here)
        else:
            _mask(columns, place, look, here)
    for place, texts in _by_column(looks.texts, cells.height).items():
        _put(columns, place, texts, True)
    for place, texts in _by_column(dict.fromkeys(looks.not_computed, ""), cells.height).items():
        _put(columns, place, texts, False)
    # Blank before it is asked which rows hold anything, an error only after: a form's idle formulas fill no row.
    filled = pl.DataFrame(columns).select(pl.any_horizontal(pl.col("^text .*$").str.strip_chars() != "")).to_series()
    errors = {at: NOT_COMPUTED for at in looks.not_computed if at[0] < cells.height and filled[at[0]]}
    for place, texts in _by_column(errors, cells.height).items():
        _put(columns, place, texts, True)
    return pl.DataFrame(columns)


def _by_column(texts: Mapping[Place, str], height: int) -> dict[int, dict[int, str]]:
    """By column and row, without rows that the reader did not give, for nothing stands in them."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), text in texts.items():
        if row < height:
            found[column][row] = text
    return found


def _mask(columns: dict[str, pl.Series], place: int, mask: Mask, rows: list[int]) -> None:
    text = columns.get(f"text {place}")
    if text is not None:
        digits = {row: told for row, told in zip(rows, text.gather(rows), strict=True) if WHOLE.fullmatch(told)}
        _put(columns, place, {row: mask.shown(told) for row, told in digits.items()}, mask.is_bare)


def _mark(columns: dict[str, pl.Series], place: int, mark: str, rows: list[int]) -> None:
    text = columns.get(f"text {place}")
    if text is not None:
        numbers = {row: told for row, told in zip(rows, text.gather(rows), strict=True) if NUMBER.fullmatch(told)}
        _put(columns, place, {row: f"{mark} {told}" for row, told in numbers.items()}, True)


def _put(columns: dict[str, pl.Series], place: int, texts: Mapping[int, str], typed: bool) -> None:
    """Put texts into the rows of a column, all of them typed or all not."""
    name, kind = f"text {place}", f"typed {place}"
    if name not in columns or not texts:
        return
    rows = list(texts)
    columns[name] = columns[name].scatter(rows, pl.Series(list(texts.values()), dtype=pl.String))
    before = columns.get(kind)
    if before is None:
        before = pl.repeat(False, len(columns[name]), eager=True, dtype=pl.Boolean).alias(kind)
    after = before.scatter(rows, typed)
    # A column without a typed cell has no `typed` column, as the worker writes it.
    columns.pop(kind, None)
    if after.any():
        columns[kind] = after
