"""Reading a workbook's cells in a process of its own, which may die of a bad one without taking a run along.

Lives here: the only use of the native readers, and all text that typed cells get. Not here: starting this
process and what its answer means (`workbook_reader.py`). It imports as little as it can: each read starts it anew.

fastexcel reads a large sheet, columns of one type each, and tells the error cells; python-calamine tells the type
of each cell where a column mixes them, which fastexcel does not: in the first rows always, for titles stand there.
"""

import gc
import io
import json
import re
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import fastexcel
import polars as pl
import python_calamine

from pipelines.reading.cell_formats.ods_cells import looks_of_ods
from pipelines.reading.cell_formats.shown_cells import Looks, with_looks
from pipelines.reading.cell_formats.xls_cells import looks_of_xls, looks_of_xlsb
from pipelines.reading.cell_formats.xlsx_cells import looks_of_xlsx
from pipelines.reading.containers.xlsx_parts import BROKEN, part_of_sheet, says_no_error, shortened
from pipelines.reading.workbooks.cell_text import Column, blank_column, mixed, uniform
from pipelines.reading.workbooks.repairs import mended
from pipelines.titles.reject_titles import has_import_title

Place = tuple[int, int]

UNREADABLE, OUT_OF_MEMORY = 3, 4
CELLS, FACTS = "cells.arrow", "facts.json"
ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}
ERROR = re.compile(r" got 'Error\((\w+)\)'$")
BINARY = ("xls", "xlsb")
"""Formats whose numbers are no text in any byte."""

# Card numbers have 13 to 19 digits.
LONG, LONGEST = 1e12, 1e19
TITLES_WITHIN = 20
"""Rows among which the titles of a reject file stand, whatever somebody wrote above them."""


LOOKS: dict[str, Callable[[bytes, str], Looks]] = {
    "xlsx": looks_of_xlsx,
    "xls": looks_of_xls,
    "xlsb": looks_of_xlsb,
    "ods": looks_of_ods,
}


@dataclass(frozen=True)
class SheetFacts:
    """A sheet of cells: its name, whether it is shown, whether anything stands in it, its merged ranges if known.

    `is_reject_file`: its titles are those of rows that we sent back. `hidden_rows`: of the sheet that was read,
    where its format tells them beside the cells.
    """

    name: str
    visible: bool
    filled: bool
    merged_ranges: int
    hidden_rows: int = 0
    is_reject_file: bool = False


def main(workbook: str, kind: str, folder: str, sheet: str, memory: str) -> None:
    """Write the cells of one sheet and the facts of all to the folder.

    The sheet is the named one; without a name the one with rows that we sent back, where it has a sheet beside it that
    says how to mend them; else the first that is visible and holds something.
    """
    _limit_memory(int(memory))
    content = mended(Path(workbook).read_bytes(), kind)
    # Which sheets are filled, and their first rows, are read from a short copy: python-calamine reads a sheet whole.
    opening, cut = shortened(content) if kind == "xlsx" else (content, frozenset())
    facts = sheets_of(opening)
    shown = [each for each in facts if each.visible and each.filled]
    chosen = sheet or next((each.name for each in (*filter(_is_sent_back, shown), *shown)), "")
    if chosen in [each.name for each in facts]:
        whole = not cut or part_of_sheet(content, chosen) not in cut
        looks = LOOKS[kind](content, chosen)
        with_looks(cells_of_sheet(content, opening, whole, chosen), looks).write_ipc(Path(folder, CELLS))
        facts = [replace(each, hidden_rows=looks.hidden_rows) if each.name == chosen else each for each in facts]
    # In xls and xlsb a card number may be a binary number, which no search of the bytes for digits finds (SC-18).
    numbers = long_numbers(content) if kind in BINARY else []
    found = {"sheets": [vars(each) for each in facts], "sheet": chosen, "long_numbers": numbers}
    Path(folder, FACTS).write_text(json.dumps(found), "utf-8")


def answer(words: Sequence[str]) -> int:
    """Read as `main` does; how it ended, as the exit code. What is no fault of the workbook is raised."""
    try:
        main(*words)
    except MemoryError:
        return OUT_OF_MEMORY
    except BaseException as error:
        if not (is_of_reader(error) or isinstance(error, BROKEN)):
            raise
        return UNREADABLE
    return 0


def is_of_reader(error: BaseException) -> bool:
    """Whether a native reader gave up on the workbook; its panics are no Exception and have no name to import."""
    known = (python_calamine.CalamineError, fastexcel.FastExcelError)
    cut_short = isinstance(error, OSError) and error.errno is None  # python-calamine 0.9.1: of bytes in memory
    return isinstance(error, known) or cut_short or type(error).__name__ == "PanicException"


def _limit_memory(most: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # A core file would hold the sender's cells.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sheets_of(content: bytes) -> list[SheetFacts]:
    """The sheets of a workbook that hold cells, in their order; charts and macros are none."""
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    shown = python_calamine.SheetVisibleEnum.Visible
    sheets = [
        (each, workbook.get_sheet_by_name(each.name))
        for each in workbook.sheets_metadata
        if each.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    return [
        SheetFacts(
            each.name,
            each.visible == shown,
            _is_filled(sheet),
            len(sheet.merged_cell_ranges or []),
            is_reject_file=any(map(has_import_title, islice(sheet.iter_rows(), TITLES_WITHIN))),
        )
        for each, sheet in sheets
    ]


def _is_sent_back(sheet: SheetFacts) -> bool:
    return sheet.is_reject_file


def long_numbers(content: bytes) -> list[str]:
    """The whole numbers of all sheets that are as long as those of payment cards, with all their digits."""
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = (workbook.get_sheet_by_name(name) for name in workbook.sheet_names)
    values = (value for sheet in sheets for row in sheet.to_python() for value in row)
    return [str(int(value)) for value in values if isinstance(value, float) and LONG <= value < LONGEST]


def _is_filled(sheet: python_calamine.CalamineSheet) -> bool:
    return any(value != "" for row in sheet.iter_rows() for value in row)


def cells_of_sheet(content: bytes, opening: bytes, whole: bool, sheet: str) -> pl.DataFrame:
    """All cells of a sheet from its first row and column on: for column n `text n`, and `typed n` where any is typed.

    fastexcel is asked where the first rows, below any titles, give hope that no column mixes types.

    `opening` is the workbook with at least the first rows; `whole` says that it has all of them.
    """
    head = _mixed_columns(opening, sheet)
    if whole:
        return _frame(head)
    height = len(head[0].text) if head else 0
    # The lower half of the first rows: titles in the upper one are text above columns of numbers.
    hopeless = any(_mixes(column.text[height // 2 :], column.typed[height // 2 :]) for column in head)
    body = None if hopeless else _uniform_columns(content, sheet, height)
    return _frame(_joined(head, _mixed_columns(content, sheet, height) if body is None else body))


def _mixes(text: pl.Series, typed: pl.Series) -> bool:
    return bool(typed.any()) and bool((~typed & (text != "")).any())


def _frame(columns: Sequence[Column]) -> pl.DataFrame:
    texts = [column.text.alias(f"text {place}") for place, column in enumerate(columns)]
    typed = [column.typed.alias(f"typed {place}") for place, column in enumerate(columns) if column.typed.any()]
    return pl.DataFrame([*texts, *typed])


def _joined(head: Sequence[Column], body: Sequence[Column]) -> list[Column]:
    """The columns of the first rows, those of the other rows below them."""
    heights = (len(head[0].text) if head else 0), (len(body[0].text) if body else 0)
    upper = [*head, *[blank_column(heights[0])] * (len(body) - len(head))]
    lower = [*body, *[blank_column(heights[1])] * (len(head) - len(body))]
    return [
        Column(pl.concat([above.text, below.text]), pl.concat([above.typed, below.typed]))
        for above, below in zip(upper, lower, strict=True)
    ]


def _uniform_columns(content: bytes, sheet: str, skipped: int) -> list[Column] | None:
    """The rows below the skipped ones, by fastexcel; null where a column holds several types or it cannot read them.

    It cannot where it reports a cell that is no error of a formula: ISO dates (`t="d"`) with a time zone are blank in
    what it gives (fastexcel 0.21.0), and were lost in silence below the first rows.
    """
    try:
        loaded = fastexcel.read_excel(content).load_sheet(
            # `strict`: a column of two types is an error; else fastexcel makes all its cells text, without types.
            sheet,
            header_row=None,
            skip_rows=skipped,
            schema_sample_rows=None,
            dtype_coercion="strict",
        )
        batch, errors = loaded.to_arrow_with_errors()
    except BaseException as error:
        if not is_of_reader(error):
            raise
        return None
    if any(not ERROR.search(each.detail) for each in (errors.errors if errors else [])):
        return None
    places = [column.absolute_index for column in loaded.selected_columns]
    found = _error_texts(errors, places)
    frame = pl.DataFrame(pl.from_arrow(batch))
    read = dict(zip(places, frame.get_columns(), strict=True))
    width = max(places, default=-1) + 1
    return [
        _with_errors(uniform(read[place]) if place in read else blank_column(frame.height), place, found)
        for place in range(width)
    ]


def _error_texts(errors: fastexcel.CellErrors | None, places: Sequence[int]) -> dict[Place, str]:
    """The error cells by row and column, counted from the first row that was read."""
    named = [(each.offset_position, ERROR.search(each.detail)) for each in (errors.errors if errors else [])]
    return {
        (row, places[column]): ERRORS.get(error.group(1), f"#{error.group(1).upper()}!")
        for (row, column), error in named
        if error
    }


def _with_errors(column: Column, place: int, errors: dict[Place, str]) -> Column:
    """The column with its error cells, as text and as typed."""
    rows = [row for row, at in errors if at == place and row < len(column.text)]
    if not rows:
        return column
    texts = pl.Series([errors[row, place] for row in rows])
    return Column(column.text.scatter(rows, texts), column.typed.scatter(rows, True))


def _mixed_columns(content: bytes, sheet: str, skipped: int = 0) -> list[Column]:
    """The rows of a sheet below the skipped ones, the type of every cell told by python-calamine.

    Below the titles, most columns have one type after all.
    """
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    # With the blank rows and columns before the first cell, so that rows keep the numbers that the spreadsheet shows.
    rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)[skipped:]
    found = _errors(content, sheet)
    errors = {(row - skipped, place): text for (row, place), text in found.items() if row >= skipped}
    return [_with_errors(mixed(values), place, errors) for place, values in enumerate(zip(*rows, strict=True))]


def _errors(content: bytes, sheet: str) -> dict[Place, str]:
    """The error cells of a sheet, which python-calamine gives as blank; none where fastexcel cannot read it."""
    if says_no_error(content):
        return {}
    try:
        # read by type, a phone number is 33612345678.0 (fastexcel 0.21)
        loaded = fastexcel.read_excel(content).load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        _, errors = loaded.to_arrow_with_errors()
    except BaseException as error:
        if not is_of_reader(error):
            raise
        return {}
    return _error_texts(errors, [column.absolute_index for column in loaded.selected_columns])


if __name__ == "__main__":
    gc.disable()  # millions of cells and hardly any garbage: looking for it costs a tenth of the time
    sys.exit(answer(sys.argv[1:]))
