"""From the bytes of a delimited text to rows: every cell as the sender wrote it, with its row number.

Lives here: splitting into records and cells, counting rows the way a spreadsheet shows them. Not here: the encoding
(`encodings.py`), the delimiter and the quotes (`csv_dialect.py`), workbooks
(`pipelines/reading/workbooks/workbook_reader.py`), what a column means (`pipelines/mapping/map_columns.py`).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipelines.errors import FileRefused, SealBroken
from pipelines.frames_on_disk import IN_MEMORY, FramesOnDisk
from pipelines.models.sheet import FAULTY, ROW, Dialect, Limits, ReadingOptions, Sheet, no_faulty
from pipelines.reading.layout.header_row import FIRST_ROWS, FirstRow, find_title_row, rows_above
from pipelines.reading.layout.text_formulas import OPENING, texts_of_formulas, without_text_formulas
from pipelines.reading.text.byte_scan import Shown, show
from pipelines.reading.text.csv_dialect import QUOTE, QUOTED, Lines, Way, decode, find_way, line_end, named_delimiter
from pipelines.reading.text.csv_records import (
    irregular_records,
    is_regular,
    regular_records,
    split_record,
    stray_quote,
)
from pipelines.reading.text.encodings import Decoded
from pipelines.reading.text.row_widths import fit_widths
from schemas.sentences.note import Note

FIRST_LINES = 2000
LONGEST_SHOWN = 80


def read_delimited(
    content: bytes, language: str = "en", told: ReadingOptions | None = None, limits: Limits | None = None
) -> Sheet:
    """Read a delimited text file whole.

    Raises FileRefused: what `decode` and `find_title_row` raise, CORRUPT_FILE (a quote that is never closed),
    ENCODING_UNDECIDABLE (the titles are not text). Raises WrongUse for an option that cannot be.
    """
    options = told or ReadingOptions()
    decoded = decode(content, language, options)
    sheet = _read(content, decoded, options, language, limits or Limits())
    has_formulas = b"=" in decoded.text and OPENING.encode() in decoded.text  # one sign is found a hundred times faster
    return without_text_formulas(sheet) if has_formulas else sheet


def _read(content: bytes, decoded: Decoded, options: ReadingOptions, language: str, limits: Limits) -> Sheet:
    """The text of a file as a sheet."""
    lines = Lines(decoded.text)
    way = find_way(lines, options.delimiter)
    regular = way.is_plain and is_regular(lines.quoted, way)
    records = None if regular else irregular_records(lines.all, way, line_end(content), language)
    named = named_delimiter(lines.first(1)) is not None
    # Of a regular file the titles are looked for among its first lines: no record of all the others is made for that.
    opening = _first(records, lines, way, options.header_row)
    first = _first_rows(opening, named, way.delimiter, options.header_row)
    header_row, titles, told_above = _titles(first, named, language, options.header_row, limits.header_first)
    warnings = decoded.warnings + told_above
    above = _above(opening, header_row, way.delimiter)
    dialect = Dialect(header_row, decoded.encoding, way.delimiter, evidence=decoded.evidence)
    below = Below(header_row, titles, way)
    straight = _straight(decoded, lines, below, limits.disk) if regular else None
    if straight is not None:
        rows, shown = straight
        return Sheet(
            "csv",
            dialect,
            titles,
            rows,
            no_faulty(),
            0,
            warnings=warnings,
            above=above,
            tidy=shown.tidy,
            cardless=shown.cardless,
            disk=limits.disk if shown.cardless else IN_MEMORY,
        )
    rows = regular_records(lines.all, way) if records is None else records
    faulty = _with_faults(rows, decoded.faults, header_row, language)
    return replace(_sorted_out(faulty, dialect, titles, warnings), above=above)


def _sorted_out(records: pl.DataFrame, dialect: Dialect, titles: tuple[str, ...], warnings: tuple[Note, ...]) -> Sheet:
    """Every record below the titles as a row, a fault or a blank."""
    delimiter = str(dialect.delimiter)
    named, fitted = fit_widths(records.slice(dialect.header_row), titles, delimiter)
    sound = fitted["fault"].is_null() & ~fitted["stray"]
    fits = sound & ~fitted["blank"] & (fitted["width"] == len(named))
    text = (fitted.filter(fits)["text"].str.join("\n")[0] or "").encode()
    return Sheet(
        "csv",
        dialect,
        named,
        _cells(text, fitted.filter(fits)[ROW], named, delimiter),
        _faulty(fitted.filter(~fits & ~(sound & fitted["blank"])), delimiter),
        int((fitted["blank"] & sound).sum()),
        warnings=warnings,
    )


@dataclass(frozen=True)
class Below:
    """What is known of the rows of a text: the titles above them, in which row these stand, how cells are parted."""

    header_row: int
    titles: tuple[str, ...]
    way: Way


def _straight(decoded: Decoded, lines: Lines, below: Below, disk: FramesOnDisk) -> tuple[pl.DataFrame, Shown] | None:
    """The cells of a file in which every line below the titles is a row of the right width, else None; and what its
    bytes show of them.

    A line with too many cells is an error of the reader; if none has too many, and all together have as many
    delimiters as they should, none has too few.
    """
    header_row, titles, way = below.header_row, below.titles, below.way
    start = _end_of_lines(decoded.text, header_row)
    shown = show(decoded.text, way.delimiter, start)
    # `show` counts from below the titles on, so delimiters in quotes above them are not taken off.
    enclosed = _enclosed(lines.quoted, way) - _enclosed(_quoted(lines.first(header_row)), way)
    if decoded.faults or shown.delimiters - enclosed != shown.lines * (len(titles) - 1):
        return None
    numbers = pl.int_range(header_row + 1, header_row + 1 + shown.lines, eager=True).alias(ROW)
    # What may hold a card number is laid down nowhere before the number is out of it (SC-18).
    in_parts = shown.cardless and len(titles) > 1 and disk.takes(shown.lines)
    try:
        if in_parts:
            cells = disk.lay(_parts(decoded.text, start, numbers, below, disk.batch))
        else:
            cells = _cells(decoded.text, numbers, titles, way.delimiter, header_row)
    except pl.exceptions.PolarsError:
        return None
    first = pl.col(titles[0])
    # Only a row whose first cell is blank can be blank in all: few rows are looked at in every column.
    hollow = cells.filter((first if shown.tidy else first.str.strip_chars()) == "")
    return None if hollow.select(_all_blank(titles)).to_series().any() else (cells, shown)


def _all_blank(titles: Sequence[str]) -> pl.Expr:
    return pl.all_horizontal(*(pl.col(title).str.strip_chars() == "" for title in titles)).alias("blank")


def _end_of_lines(text: bytes, count: int) -> int:
    """Where so many lines of a text end."""
    end = 0
    for _ in range(count):
        end = text.find(b"\n", end) + 1 or len(text)
    return end


def _quoted(lines: pl.Series) -> pl.Series:
    return lines.filter(lines.str.contains(QUOTE, literal=True))


def _enclosed(quoted: pl.Series, way: Way) -> int:
    """How many delimiters of these lines stand inside quotes."""
    bare = quoted.str.replace_all(QUOTED, "")
    return int(_marks(quoted, way).sum()) - int(_marks(bare, way).sum())


def _marks(lines: pl.Series, way: Way) -> pl.Series:
    return lines.str.count_matches(way.delimiter, literal=True)


def _first(records: pl.DataFrame | None, lines: Lines, way: Way, told: int | None) -> pl.DataFrame:
    """The first records, enough to find the titles among them."""
    if records is not None:
        return records
    some = regular_records(lines.first(max(FIRST_LINES, told or 0)), way)
    # Thousands of blank lines may stand above the titles.
    return regular_records(lines.all, way) if some["blank"].all() else some


def _titles(
    first: Sequence[FirstRow], named: bool, language: str, told: int | None, header_first: bool
) -> tuple[int, tuple[str, ...], tuple[Note, ...]]:
    """The row of the titles, the titles, and a warning of rows above them; Excel hides a `sep=` line (PIT-07)."""
    row, titles = find_title_row(first, language, told, header_first and not named)
    if header_first and told is None and row > 1 + named:
        raise FileRefused("HEADER_NOT_FIRST_ROW", language, row=row, found=row, expected=1)
    return row, titles, rows_above(first, row)


def _above(records: pl.DataFrame, header_row: int, delimiter: str) -> tuple[str, ...]:
    """The cells above the titles."""
    lines = records.filter(pl.col(ROW) < header_row)["text"]
    return tuple(cell for line in lines for cell in split_record(line, delimiter) if cell)


def _first_rows(records: pl.DataFrame, named: bool, delimiter: str, told: int | None) -> list[FirstRow]:
    """The first rows that are neither blank nor a `sep=` line, and the told one."""
    wanted = records.filter(~pl.col("blank") & (pl.col(ROW) > int(named)))
    some = pl.concat([wanted.head(FIRST_ROWS), wanted.slice(FIRST_ROWS).filter(pl.col(ROW) == (told or 0))])
    return [
        (number, texts_of_formulas(split_record(text, delimiter)))
        for number, text in some.select(ROW, "text").iter_rows()
    ]


def _with_faults(records: pl.DataFrame, faults: Mapping[int, str], header_row: int, language: str) -> pl.DataFrame:
    """With `fault`: what was found in a record that is not text; ENCODING_UNDECIDABLE where that is the titles.

    Titles with a stray quote are no titles: CORRUPT_FILE.
    """
    # Where the titles themselves cannot be parted, no column below them means anything.
    if records["stray"][header_row - 1]:
        raise stray_quote(header_row, language)
    ends = records["last_line"].to_list() if faults else []
    # In reverse, so that of several lines of one record the first one's fault stays.
    found = {bisect_left(ends, line) + 1: fault for line, fault in sorted(faults.items(), reverse=True)}
    if header_row in found:
        raise FileRefused(
            "ENCODING_UNDECIDABLE", language, found=Note("byte_in_row", byte=found[header_row], row=header_row)
        )
    if not found:
        return records.with_columns(fault=pl.lit(None, pl.String))
    marks = pl.DataFrame({ROW: list(found), "fault": list(found.values())}, schema={ROW: pl.Int64, "fault": pl.String})
    return records.join(marks, on=ROW, how="left", maintain_order="left")


def _faulty(records: pl.DataFrame, delimiter: str) -> pl.DataFrame:
    """Records with too few or too many cells, with quotes out of order, or that are not text, each with what it holds
    (PIT-04, PIT-10, PIT-105).
    """
    rows = [
        (number, *_fault(width, raw, fault, stray), split_record(text, delimiter))
        for number, width, text, raw, fault, stray in records.select(
            ROW, "width", "text", "raw", "fault", "stray"
        ).iter_rows()
    ]
    return pl.DataFrame(rows, schema=FAULTY, orient="row")


def _fault(width: int, raw: str, fault: str | None, stray: bool) -> tuple[str, str]:
    """The code of a record that is at fault, and what was found."""
    if fault:
        return "ENCODING_ERROR", fault
    return ("STRAY_QUOTE", raw[:LONGEST_SHOWN]) if stray else ("WRONG_FIELD_COUNT", str(width))


def _parts(text: bytes, start: int, numbers: pl.Series, below: Below, batch: int) -> Iterator[pl.DataFrame]:
    """The cells of the lines of a text from one place on, about so many rows at a time: each is a record of its own."""
    size = max((len(text) - start) * batch // len(numbers), 1)
    row = 0
    while start < len(text):
        end = text.find(b"\n", min(start + size, len(text)) - 1) + 1 or len(text)
        part = text[start:end]
        count = part.count(b"\n") + (not part.endswith(b"\n"))
        yield _cells(part, numbers.slice(row, count), below.titles, below.way.delimiter)
        start, row = end, row + count
    if row != len(numbers):
        raise SealBroken(f"{len(numbers)} records were cut into parts of {row}")


def _cells(text: bytes, numbers: pl.Series, titles: tuple[str, ...], delimiter: str, above: int = 0) -> pl.DataFrame:
    """The cells of records that all have one cell per title, below some lines; the heights must agree."""
    if numbers.is_empty():
        return pl.DataFrame(schema={ROW: pl.Int64} | dict.fromkeys(titles, pl.String))
    cells = pl.read_csv(
        text,
        has_header=False,
        skip_lines=above,
        new_columns=list(titles),
        separator=delimiter,
        infer_schema=False,  # polars would make 1000 of the reference 01000, and a whole number of 0612345678
        # Else `""` and nothing between two delimiters are two kinds of blank (polars 2.1).
        empty_string_is_null=False,
    )
    # A row number that is off by one names the wrong row to the sender in every reason that follows.
    if cells.height != len(numbers) or cells.width != len(titles):
        raise SealBroken(f"{len(numbers)} records of {len(titles)} cells were read as {cells.shape}")
    return cells.select(numbers, pl.all())
