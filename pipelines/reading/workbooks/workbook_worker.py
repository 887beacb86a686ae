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
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import fastexcel
import polars as pl
import python_calamine

from pipelines.reading.cell_formats.ods_cells import looks_of_ods
from pipelines.reading.cell_formats.shown_cells import Looks, with_looks
from pipelines.reading.cell_formats.xls_cells import looks_of_xls, looks_of_xlsb
from pipelines.reading.cell_formats.xlsx_cells import looks_of_xlsx
from pipelines.reading.containers.xlsx_parts import BROKEN, part_of_sheet, says_no_error, shortened
from pipelines.reading.workbooks.repairs import mended

Value = int | float | str | bool | time | date | datetime | timedelta
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
SIGNIFICANT = 15
LARGEST_PLAIN = 1e15
BINARY = ("xls", "xlsb")
"""Formats whose numbers are no text in any byte."""

LONG, LONGEST = 1e12, 1e19
FIRST_YEAR = "1900"


LOOKS: dict[str, Callable[[bytes, str], Looks]] = {
    "xlsx": looks_of_xlsx,
    "xls": looks_of_xls,
    "xlsb": looks_of_xlsb,
    "ods": looks_of_ods,
}


@dataclass(frozen=True)
class Column:
    """A column's text, blank where a cell is, and where its cells were no text."""

    text: pl.Series
    typed: pl.Series


@dataclass(frozen=True)
class SheetFacts:
    """A sheet of cells: its name, whether it is shown, whether anything stands in it, its merged ranges if known.

    `hidden_rows`: of the sheet that was read, where its format tells them beside the cells.
    """

    name: str
    visible: bool
    filled: bool
    merged_ranges: int
    hidden_rows: int = 0


def main(workbook: str, kind: str, folder: str, sheet: str, memory: str) -> None:
    """Write the cells of one sheet and the facts of all to the folder.

    The sheet is the named one; without a name the first that is visible and holds something.
    """
    _limit_memory(int(memory))
    content = mended(Path(workbook).read_bytes(), kind)
    opening, cut = shortened(content) if kind == "xlsx" else (content, frozenset())
    facts = sheets_of(opening)
    chosen = sheet or next((each.name for each in facts if each.visible and each.filled), "")
    if chosen in [each.name for each in facts]:
        whole = not cut or part_of_sheet(content, chosen) not in cut
        looks = LOOKS[kind](content, chosen)
        with_looks(cells_of_sheet(content, opening, whole, chosen), looks).write_ipc(Path(folder, CELLS))
        facts = [replace(each, hidden_rows=looks.hidden_rows) if each.name == chosen else each for each in facts]
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
        SheetFacts(each.name, each.visible == shown, _is_filled(sheet), len(sheet.merged_cell_ranges or []))
        for each, sheet in sheets
    ]


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
    upper = [*head, *[_blank(heights[0])] * (len(body) - len(head))]
    lower = [*body, *[_blank(heights[1])] * (len(head) - len(body))]
    return [
        Column(pl.concat([above.text, below.text]), pl.concat([above.typed, below.typed]))
        for above, below in zip(upper, lower, strict=True)
    ]


def _blank(height: int) -> Column:
    return Column(pl.repeat("", height, eager=True), pl.repeat(False, height, eager=True))


def _uniform_columns(content: bytes, sheet: str, skipped: int) -> list[Column] | None:
    """The rows below the skipped ones, by fastexcel; null where a column holds several types or it cannot read them.

    It cannot where it reports a cell that is no error of a formula: ISO dates (`t="d"`) with a time zone are blank in
    what it gives (fastexcel 0.21.0), and were lost in silence below the first rows.
    """
    try:
        loaded = fastexcel.read_excel(content).load_sheet(
            sheet, header_row=None, skip_rows=skipped, schema_sample_rows=None, dtype_coercion="strict"
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
        _with_errors(uniform(read[place]) if place in read else _blank(frame.height), place, found)
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
    rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)[skipped:]
    found = _errors(content, sheet)
    errors = {(row - skipped, place): text for (row, place), text in found.items() if row >= skipped}
    return [_with_errors(mixed(values), place, errors) for place, values in enumerate(zip(*rows, strict=True))]


def _errors(content: bytes, sheet: str) -> dict[Place, str]:
    """The error cells of a sheet, which python-calamine gives as blank; none where fastexcel cannot read it."""
    if says_no_error(content):
        return {}
    try:
        loaded = fastexcel.read_excel(content).load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        _, errors = loaded.to_arrow_with_errors()
    except BaseException as error:
        if not is_of_reader(error):
            raise
        return {}
    return _error_texts(errors, [column.absolute_index for column in loaded.selected_columns])


def mixed(values: Sequence[Value]) -> Column:
    """A column whose cells may be of several types."""
    kinds = Counter(map(type, values))
    if kinds.keys() <= {str}:
        return uniform(pl.Series(values, dtype=pl.String))
    if len(kinds) == 1:
        return uniform(pl.Series(values))
    if len(kinds) == 2 and 0 < kinds[str] == values.count(""):
        return uniform(pl.Series([None if value == "" else value for value in values]))
    pieces = pl.concat(_piece(values, kind) for kind in kinds).sort("place")
    return Column(pieces["text"], pieces["typed"])


def _piece(values: Sequence[Value], kind: type) -> pl.DataFrame:
    """The cells of one type, with their places in the column."""
    places = [place for place, found in enumerate(map(type, values)) if found is kind]
    column = uniform(pl.Series([values[place] for place in places]))
    return pl.DataFrame({"place": pl.Series(places, dtype=pl.Int64), "text": column.text, "typed": column.typed})


def uniform(values: pl.Series) -> Column:
    """A column whose cells are all of one type, as text; a cell without a value is blank and has no type."""
    if values.dtype == pl.String:
        return Column(values.fill_null(""), pl.repeat(False, len(values), eager=True))
    return Column(_text(values).fill_null(""), values.is_not_null())


def _text(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Float64:
        return text_of_numbers(values)
    if values.dtype == pl.Datetime:
        return _text_of_moments(values)
    if values.dtype == pl.Duration:
        return _text_of_durations(values)
    return values.dt.to_string("%H:%M:%S") if values.dtype == pl.Time else values.cast(pl.String)


def text_of_numbers(values: pl.Series) -> pl.Series:
    """Numbers as a spreadsheet shows them where nothing narrows them: 15 significant digits, no exponent."""
    whole = (values == values.floor()) & (values.abs() < LARGEST_PLAIN)
    if whole.fill_null(True).all():
        return values.cast(pl.Int64).cast(pl.String)
    shortest = values.cast(pl.String)
    exact = shortest.str.len_bytes() <= SIGNIFICANT + 1
    plain = exact & ~shortest.str.contains("e", literal=True)
    others = values.filter(~(whole | plain).fill_null(True)).unique()
    longhand = pl.Series([_longhand(value) for value in others], dtype=pl.String)
    return pl.select(
        pl.when(whole)
        .then(pl.when(whole).then(values).cast(pl.Int64).cast(pl.String))
        .when(plain)
        .then(shortest)
        .otherwise(values.replace_strict(others, longhand, default=None, return_dtype=pl.String))
    ).to_series()


def _longhand(value: float) -> str:
    digits = format(Decimal(f"{value:.{SIGNIFICANT}g}"), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _text_of_moments(values: pl.Series) -> pl.Series:
    """Days without their midnight; before the first day that a spreadsheet knows, a time of day."""
    moments = values.dt.round("1s")
    days, full = moments.dt.to_string("%Y-%m-%d"), moments.dt.to_string("%Y-%m-%d %H:%M:%S")
    times = moments.dt.to_string("%H:%M:%S")
    return pl.select(
        pl.when(days < FIRST_YEAR).then(times).when(times == "00:00:00").then(days).otherwise(full)
    ).to_series()


def _text_of_durations(values: pl.Series) -> pl.Series:
    """Hours, which may be more than a day has, minutes and seconds."""
    seconds = (values.dt.total_milliseconds() / 1000).round().cast(pl.Int64)
    parts = pl.DataFrame(
        {
            "sign": pl.select(pl.when(seconds < 0).then(pl.lit("-")).otherwise(pl.lit(""))).to_series(),
            "hours": seconds.abs() // 3600,
            "minutes": (seconds.abs() // 60 % 60).cast(pl.String).str.zfill(2),
            "seconds": (seconds.abs() % 60).cast(pl.String).str.zfill(2),
        }
    )
    return parts.select(pl.format("{}{}:{}:{}", "sign", "hours", "minutes", "seconds")).to_series()


if __name__ == "__main__":
    gc.disable()  # millions of cells and hardly any garbage: looking for it costs a tenth of the time
    sys.exit(answer(sys.argv[1:]))
