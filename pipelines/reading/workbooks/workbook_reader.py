"""From the bytes of a workbook to rows: every cell as text under the row number that the spreadsheet shows.

Lives here: which sheet is read, its titles and rows, what a workbook hides or has lost, as warnings; starting the
process that reads. Not here: reading cells (`workbook_worker.py`), formats (`pipelines/reading/containers/formats.py`),
delimited text.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import polars as pl

from pipelines.errors import FileRefused, SealBroken, WrongUse
from pipelines.models.sheet import ROW, Dialect, Limits, ReadingOptions, Sheet, no_faulty
from pipelines.reading.cell_formats.date_systems import day_zero
from pipelines.reading.cell_formats.shown_cells import NOT_COMPUTED
from pipelines.reading.containers.formats import Format, damaged
from pipelines.reading.containers.plain_xml import plain_xlsx
from pipelines.reading.containers.xlsx_parts import BROKEN, Marks, marks_of_parts, part_of_sheet
from pipelines.reading.layout.header_row import FirstRow, find_title_row, rows_above
from pipelines.reading.layout.text_formulas import without_text_formulas
from pipelines.reading.workbooks.percent_cells import in_ods, in_xls, in_xlsb
from pipelines.reading.workbooks.soundness import is_damaged
from pipelines.reading.workbooks.struck_rows import struck_in_ods, struck_in_xls
from pipelines.titles.reject_titles import guide_names
from schemas.sentences.note import Note

READER = "pipelines.reading.workbooks.workbook_worker"
PROJECT = Path(__file__).resolve().parents[3]
# Address space of the worker: a base for Python and the native readers, and so much for each byte of the file.
MEMORY, MEMORY_PER_BYTE = 3_000_000_000, 40
SECONDS, SECONDS_PER_MEGABYTE = 120, 10
FIRST_ROWS = 100
MOST_SHOWN = 10
"""Rows that a warning names."""
UNREADABLE, OUT_OF_MEMORY = 3, 4
NO_MEMORY = "memory allocation of"
"""Exit codes of the reader's process, and what a native reader says before it ends without memory."""
MANY_DIGITS = r"^-?\d{16,}$"


@dataclass(frozen=True)
class Listed:
    """A sheet of the workbook, as the reader's process found it."""

    name: str
    visible: bool
    filled: bool
    merged_ranges: int
    hidden_rows: int
    is_reject_file: bool = False


@dataclass(frozen=True)
class Cells:
    """The cells of one sheet before any title row is looked for.

    `text`: `row_number` and the columns `0`, `1`… of the sheet from its column A on, a blank cell being an empty
    text. `typed`: where the cells of a column were no text, for the columns that have any such cell.
    """

    sheet: str
    text: pl.DataFrame
    typed: MappingProxyType[str, pl.Series]
    sheets: tuple[Listed, ...]
    marks: Marks
    long_numbers: tuple[str, ...] = ()
    day_zero: date | None = None


def read_workbook(
    content: bytes,
    kind: Format,
    language: str = "en",
    told: ReadingOptions | None = None,
    limits: Limits | None = None,
) -> Sheet:
    """Read one sheet of a workbook whole (AMB-30): the one told, else the first visible one that holds anything.

    Raises FileRefused: CORRUPT_FILE, READER_FAILED, FILE_TOO_LARGE, MULTIPLE_SHEETS (where the limits allow one only),
    what `find_title_row` raises. Raises WrongUse for a sheet told that the workbook does not have.
    """
    options, allowed = told or ReadingOptions(), limits or Limits()
    cells = cells_of(content, kind, language, options.sheet)
    # A text with NUL is UTF-16 read byte by byte: python-calamine obeys a wrong CODEPAGE (`repairs.py`).
    if kind == "xls" and is_garbled(cells.text):
        raise FileRefused("READER_FAILED", language)
    if allowed.single_sheet and options.sheet is None:
        _refuse_several(cells, language)
    first_rows = _first_rows(cells.text)
    header_row, titles = find_title_row(first_rows, language, options.header_row, allowed.header_first)
    below = cells.text.filter(pl.col(ROW) > header_row)
    kept = _kept_columns(cells.text, below, header_row)
    names = dict(zip(kept, [titles[int(place)] for place in kept], strict=True))
    filled = below.select(~_is_blank(kept)).to_series()
    rows = below.filter(filled).select(ROW, *kept).rename(names)
    typed = _typed(cells, names, header_row, filled)
    sheet = Sheet(
        format=kind,
        dialect=Dialect(header_row, sheet=cells.sheet),
        titles=tuple(names.values()),
        rows=rows,
        faulty=no_faulty(),
        blank_count=int((~filled).sum()),
        typed=typed,
        warnings=(
            *_of_sheets(cells),
            *rows_above(first_rows, header_row),
            *_of_marks(cells.marks, names),
            *_of_struck(cells.marks.struck_rows, rows[ROW]),
            *_of_cells(rows, typed),
        ),
        above=_above(cells.text, header_row),
        long_numbers=pl.Series(cells.long_numbers, dtype=pl.String),
        day_zero=cells.day_zero,
    )
    return without_text_formulas(sheet)


def cells_of(content: bytes, kind: Format, language: str = "en", sheet: str | None = None) -> Cells:
    """The cells of a sheet as text, with the row numbers that the spreadsheet shows (PIT-36, PIT-37, PIT-59).

    An xlsx that the native readers cannot read is tried once more, plainly written. Raises as `read_workbook`, and
    EMPTY_FILE where no visible sheet holds anything.
    """
    try:
        return _cells_as_written(content, kind, language, sheet)
    except FileRefused as refused:
        # Tried second, for it unpacks and writes every part anew; few workbooks need it.
        sound = kind == "xlsx" and refused.note.code in ("READER_FAILED", "EMPTY_FILE")
        plain = plain_xlsx(content) if sound else content
        if plain is content:
            raise
    return _cells_as_written(plain, kind, language, sheet)


def _cells_as_written(content: bytes, kind: Format, language: str, sheet: str | None) -> Cells:
    with ThreadPoolExecutor(max_workers=1) as thread, TemporaryDirectory(prefix="workbook-") as folder:
        # While the worker reads, the parts are looked through here.
        marks = thread.submit(marks_of_parts, content)
        _run_reader(content, kind, Path(folder), sheet or "", language)
        facts = json.loads(Path(folder, "facts.json").read_text("utf-8"))
        sheets = tuple(Listed(**each) for each in facts["sheets"])
        chosen = _chosen(facts["sheet"], sheets, language)
        frame = pl.read_ipc(Path(folder, "cells.arrow"))
        cells = _numbered(chosen, frame, sheets, _marks_of(content, kind, chosen, marks, language))
        return replace(cells, long_numbers=tuple(facts["long_numbers"]), day_zero=day_zero(content, kind))


def _chosen(name: str, sheets: Sequence[Listed], language: str) -> Listed:
    """The sheet that was read. Raises WrongUse where there is none of the name, EMPTY_FILE where none is filled."""
    if not name:
        raise FileRefused("EMPTY_FILE", language)
    found = next((each for each in sheets if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in sheets)
        raise WrongUse(f"the workbook has no sheet {name!r}; its sheets are {known}")
    return found


def _numbered(sheet: Listed, frame: pl.DataFrame, sheets: tuple[Listed, ...], marks: Marks) -> Cells:
    texts = [name for name in frame.columns if name.startswith("text ")]
    numbers = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias(ROW)
    return Cells(
        sheet=sheet.name,
        text=frame.select(numbers, *[pl.col(name).alias(name.removeprefix("text ")) for name in texts]),
        typed=MappingProxyType(
            {name.removeprefix("typed "): frame[name] for name in frame.columns if name.startswith("typed ")}
        ),
        sheets=sheets,
        marks=marks,
    )


def _run_reader(content: bytes, kind: Format, folder: Path, sheet: str, language: str) -> None:
    """Have the workbook read by a process that may take so much memory and time; its death refuses the file."""
    path = folder / f"workbook.{kind}"
    path.write_bytes(content)
    memory = MEMORY + MEMORY_PER_BYTE * len(content)
    seconds = SECONDS + SECONDS_PER_MEGABYTE * len(content) // 1_000_000
    # A process of its own: a native reader may panic, abort or never end, and must not take the run along.
    words = [sys.executable, "-m", READER, str(path), kind, str(folder), sheet, str(memory)]
    try:
        ended = subprocess.run(words, cwd=PROJECT, capture_output=True, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise FileRefused("TOO_MUCH_TIME", language, expected=seconds) from error
    _raise_for(ended.returncode, ended.stderr.decode("utf-8", "replace"), content, language)


def _raise_for(exit_code: int, last_words: str, content: bytes, language: str) -> None:
    """What the end of the reader's process means; killed by a signal, it fell to the workbook.

    A workbook that shows no damage is not called damaged: then it is the reader that cannot read it.
    """
    killed = exit_code == -signal.SIGKILL  # the machine ran out of memory, or somebody ended it: no fault of the file
    if exit_code == OUT_OF_MEMORY or killed or (exit_code < 0 and NO_MEMORY in last_words):
        raise FileRefused("TOO_MUCH_MEMORY", language)
    if exit_code == UNREADABLE or exit_code < 0:
        raise (
            damaged("unreadable_workbook", language) if is_damaged(content) else FileRefused("READER_FAILED", language)
        )
    if exit_code:
        raise SealBroken(f"the reader of workbooks ended with {exit_code}: {last_words[-2000:]}")


def _marks_of(content: bytes, kind: Format, sheet: Listed, marks: Future[dict[str, Marks]], language: str) -> Marks:
    """What the sheet says beside its cells: all of it in xlsx, else what the reader's process tells, and percents."""
    if kind == "xls":
        struck = struck_in_xls(content, sheet.name)
        return Marks(sheet.hidden_rows, sheet.merged_ranges, *in_xls(content, sheet.name), struck_rows=struck)
    try:
        of_parts = marks.result()
    except BROKEN as error:
        raise damaged("lying_container", language) from error
    if kind != "xlsx":
        struck = struck_in_ods(content, sheet.name) if kind == "ods" else frozenset()
        told = (in_ods if kind == "ods" else in_xlsb)(content, sheet.name)
        return Marks(sheet.hidden_rows, 0, *told, struck_rows=struck)
    found = of_parts.get(part_of_sheet(content, sheet.name) or "", Marks())
    # python-calamine 0.9.1 gives a value in CDATA as a blank; `cells_of` tries the workbook once more, plainly written.
    if found.values_in_cdata:
        raise FileRefused("READER_FAILED", language)
    return found


def is_garbled(text: pl.DataFrame) -> bool:
    """Whether any text holds NUL, as wide characters do that were read one byte at a time."""
    return any(column.str.contains("\x00", literal=True).any() for column in text.get_columns()[1:])


def _refuse_several(cells: Cells, language: str) -> None:
    names = [each.name for each in cells.sheets if each.visible and each.filled]
    # Rows that we sent back have a sheet beside them that says how to mend them.
    if len(names) > 1 and not any(each.is_reject_file for each in cells.sheets if each.name == cells.sheet):
        raise FileRefused("MULTIPLE_SHEETS", language, found=names, expected=1)


def _is_blank(columns: Sequence[str]) -> pl.Expr:
    return pl.all_horizontal(pl.lit(True), *[pl.col(name).str.strip_chars() == "" for name in columns])


def _first_rows(text: pl.DataFrame) -> list[FirstRow]:
    """The first rows that hold anything, each with all its cells."""
    columns = text.columns[1:]
    first = text.lazy().filter(~_is_blank(columns)).head(FIRST_ROWS).collect()
    return [(number, cells) for number, *cells in first.iter_rows()]


def _above(text: pl.DataFrame, header_row: int) -> tuple[str, ...]:
    """The cells above the titles."""
    above = text.filter(pl.col(ROW) < header_row)
    return tuple(cell for name in text.columns[1:] for cell in above[name] if cell)


def _kept_columns(text: pl.DataFrame, below: pl.DataFrame, header_row: int) -> list[str]:
    """The columns that have a title or hold anything below it."""
    titles = text.row(header_row - 1)[1:]
    return [
        name for name, title in zip(text.columns[1:], titles, strict=True) if title.strip() or (below[name] != "").any()
    ]


def _typed(cells: Cells, names: dict[str, str], header_row: int, filled: pl.Series) -> MappingProxyType[str, pl.Series]:
    """By title, where the cells of the rows read were no text."""
    below = {
        names[place]: typed.slice(header_row).filter(filled) for place, typed in cells.typed.items() if place in names
    }
    return MappingProxyType({title: typed for title, typed in below.items() if typed.any()})


def _of_sheets(cells: Cells) -> Iterator[Note]:
    """The sheets that were not read (AMB-30)."""
    hidden = [each.name for each in cells.sheets if not each.visible and each.name != cells.sheet]
    ours = guide_names() if any(each.is_reject_file for each in cells.sheets) else ()
    others = [each.name for each in cells.sheets if each.visible and each.filled and each.name != cells.sheet]
    others = [name for name in others if name not in ours]
    if hidden:
        yield Note("HIDDEN_SHEET", found=hidden)
    if others:
        yield Note("OTHER_SHEETS", found=others, expected=cells.sheet)


def _of_marks(marks: Marks, names: dict[str, str]) -> Iterator[Note]:
    """Hidden rows (PIT-58), merged cells (PIT-56), numbers that are shown in percent (PIT-60)."""
    if marks.hidden_rows:
        yield Note("HIDDEN_ROWS", found=marks.hidden_rows)
    if marks.merged_ranges:
        yield Note("MERGED_CELLS", found=marks.merged_ranges)
    if marks.percent_cells:
        title = names.get(_column_name(marks.first_percent_column), marks.first_percent_column)
        yield Note("PERCENT_CELLS", found=marks.percent_cells, header=title)


def _of_struck(struck: frozenset[int], rows: pl.Series) -> Iterator[Note]:
    """The rows that were read though a cell of them is struck out."""
    if struck and not (here := rows.filter(rows.is_in(sorted(struck)))).is_empty():
        shown = ", ".join(map(str, here.head(MOST_SHOWN)))
        yield Note("STRUCK_ROWS", found=len(here), value=shown if len(here) <= MOST_SHOWN else f"{shown}…")


def _column_name(letters: str) -> str:
    """The name of a sheet's column in our frames, by its letters: `A` is `0`, `AA` is `26`."""
    return str(reduce(lambda place, letter: 26 * place + ord(letter) - ord("A") + 1, letters, 0) - 1)


def _of_cells(rows: pl.DataFrame, typed: MappingProxyType[str, pl.Series]) -> Iterator[Note]:
    """Error cells (PIT-57), formulas that nobody computed, and numbers that have lost digits (PIT-53)."""
    idle = {title: typed_here & (rows[title] == NOT_COMPUTED) for title, typed_here in typed.items()}
    errors = {title: here & rows[title].str.starts_with("#") & ~idle[title] for title, here in typed.items()}
    long = {title: typed_here & rows[title].str.contains(MANY_DIGITS) for title, typed_here in typed.items()}
    for code, places in (("ERROR_CELLS", errors), ("FORMULA_NOT_COMPUTED", idle), ("PRECISION_LOST", long)):
        count = sum(int(here.sum()) for here in places.values())
        if count:
            row, title = min((rows[ROW].filter(here)[0], title) for title, here in places.items() if here.any())
            first = rows[title].filter(places[title])[0]
            shown = Note("value_and_more", value=first, count=count - 1) if count > 1 else first
            yield Note(code, found=shown if code == "PRECISION_LOST" else count, header=title, row=row)
