"""The records of a delimited text: which lines are one row, and which of them have their quotes in order.

Lives here: parting lines into records, records whose quotes are not in order, one record into its cells. Not here: the
delimiter and the way of quoting (`csv_dialect.py`), how many cells a row may have (`row_widths.py`).
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from pipelines.errors import FileRefused
from pipelines.models.sheet import ROW
from pipelines.reading.text.csv_dialect import LARGEST_CELL, QUOTE, QUOTED, Way, well_formed
from schemas.sentences.note import Note

# A quote that is never closed swallows it. No text holds a NUL by then: `encodings.py` writes them as `\x00`.
END_MARK = "\x00end"
FEWEST_INCHES = 2
"""Rows with a quote after a digit from which on it is a sign for inches: once it may be a slip of the hand."""

ROW_INSIDE = 3
"""Cells of a line within a quoted cell from which on it may be a row of its own that was swallowed."""


def split_record(text: str, delimiter: str) -> list[str]:
    """The cells of one record's text."""
    csv.field_size_limit(LARGEST_CELL)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def join_record(cells: Sequence[str], delimiter: str) -> str:
    """A record in regular form, so that every record is parsed by the same reader afterwards."""
    out = io.StringIO()
    # Both signs of a line end: CPython 3.11 quotes a line break in a cell only where the line terminator has it.
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n")


def is_regular(quoted: pl.Series, way: Way) -> bool:
    """Whether every line with a quote is a record of its own: its quotes are all well-formed."""
    return quoted.is_empty() or bool(quoted.str.contains(well_formed(way)).all())


def regular_records(lines: pl.Series, way: Way) -> pl.DataFrame:
    """The records of a text in which every line is one.

    Returns one row per line: `row_number`, `text`, `width` (cells, counted outside quotes), `blank`, `last_line`,
    `stray` (whether a quote stands where none may; of regular lines never), `raw` (the text as it was written).
    """
    text, has_quote = pl.col("text"), pl.col("text").str.contains(QUOTE, literal=True)
    bare = text
    if lines.str.contains(QUOTE, literal=True).any():
        bare = pl.when(has_quote).then(text.str.replace_all(QUOTED, "")).otherwise(text)
    return (
        lines.to_frame()
        .with_row_index(ROW, offset=1)
        .select(
            pl.col(ROW).cast(pl.Int64),
            text,
            width=bare.str.count_matches(way.delimiter, literal=True).cast(pl.Int64) + 1,
            blank=_is_blank(way),
            last_line=pl.col(ROW).cast(pl.Int64),
            stray=pl.lit(False),
            raw=text,
        )
    )


def _is_blank(way: Way) -> pl.Expr:
    """Whether a record holds nothing but empty cells, quoted or not; a quoted delimiter is text."""
    space = r"[^\S\t]*" if way.delimiter == "\t" else r"\s*"
    empty = rf'{space}(?:"\s*")?{space}'
    return pl.col("text").str.contains(rf"^{empty}(?:{way.mark}{empty})*$")


def irregular_records(lines: pl.Series, way: Way, end: str, language: str) -> pl.DataFrame:
    """As `regular_records`, of records that span lines, hold stray quotes or are written in another way.

    A line that is too short and closes a cell that none of its quotes opened is the end of the record above.

    Raises FileRefused: CORRUPT_FILE where a quote is never closed, or swallows rows before it is (PIT-09, PIT-105).
    """
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(_feed(lines, way, end), **_options(way))
    rows = [(cells, reader.line_num) for cells in reader]
    # The csv module tells no error of a quote that is open at the end: it takes the rest for one cell.
    if rows[-1][0] != [END_MARK]:
        raise stray_quote(len(rows), language)
    texts = [(join_record(cells, way.delimiter), max(1, len(cells)), last) for cells, last in rows[:-1]]
    raw = _raw(lines, [last for _, last in rows[:-1]])
    records = pl.DataFrame(
        [(row, *record) for row, record in enumerate(texts, start=1)],
        schema={ROW: pl.Int64, "text": pl.String, "width": pl.Int64, "last_line": pl.Int64},
        orient="row",
    ).with_columns(blank=_is_blank(way), stray=_stray(raw, way), raw=raw)
    # Of two widths as frequent the larger: it takes more for a line inside a cell to be called a row.
    usual = int(max(records.filter(~pl.col("blank"))["width"].mode().to_list(), default=1))
    _refuse_swallowed(records, rows, way, usual, language)
    closing = raw.str.contains(rf"^[^{way.quote}]*[^{way.quote}{way.mark}\s]{way.quote}(?:{way.mark}|$)")
    torn = records["stray"] & (records["width"] < usual) & closing
    # The record above a torn line has lost its end, and is as wrong as the line itself.
    return records.with_columns(stray=records["stray"] | torn.shift(-1, fill_value=False))


def _raw(lines: pl.Series, ends: Sequence[int]) -> pl.Series:
    """The text of each record as it was written, its line breaks inside."""
    written, starts = lines.to_list(), [0, *ends]
    texts = ["\n".join(written[start:end]) for start, end in zip(starts, ends, strict=False)]
    return pl.Series("raw", texts, pl.String)


def _stray(raw: pl.Series, way: Way) -> pl.Series:
    """Whether a quote of a record stands where none may: nobody knows then where its cells end (PIT-105).

    Within a cell that is not enclosed a pair of quotes around words is text (`Ann "Annie" Lee`, `{"a": 1}`), so is
    `="01000"`; a single quote is one only as a sign for inches, and only where several rows have it.
    """
    sound = raw.str.contains(_sound(way, inches=False))
    inches = ~sound & raw.str.contains(_sound(way, inches=True))
    return ~(sound | (inches if inches.sum() >= FEWEST_INCHES else pl.Series([False]))).alias("stray")


def _sound(way: Way, inches: bool) -> str:
    """The pattern of a record whose quotes are in order; lines within its quoted cells are part of it."""
    quote, mark = way.quote, way.mark
    inner = rf"(?:[^{quote}\\]|{quote * 2}|\\.)*" if way.escaped else rf"(?:[^{quote}]|{quote * 2})*"
    space = " *" if way.spaced else ""
    sign = rf"[^{quote}{mark}\\]|\\(?:.|$)" if way.escaped else rf"[^{quote}{mark}]"
    words = rf"{quote}[^{quote}{mark}]+{quote}"
    beside = rf"[^\w{quote}{mark}]"
    pair = rf"{beside}{words}(?:{beside}+{words})*"
    inch = rf"|[0-9]{quote}{{1,2}}[\sx]" if inches else ""
    last = rf"|[0-9]{quote}{{1,2}}" if inches else ""
    text = rf"(?:{sign}|{pair}{beside}{inch})*(?:{pair}{last})?"
    formula = rf"={quote}(?:[^{quote}{mark}]|{quote * 2})*{quote}"
    behind = " *" if way.delimiter == "\t" else r"[ \t]*"
    cell = rf"(?:{space}{quote}{inner}{quote}{behind}|{formula}|{text})"
    return rf"(?s)^{cell}(?:{mark}{cell})*$"


def _options(way: Way) -> dict[str, Any]:
    """The same way of writing, in the words of the csv module."""
    escape = "\\" if way.escaped else None
    return {"delimiter": way.delimiter, "quotechar": way.quote, "escapechar": escape, "skipinitialspace": way.spaced}


def _feed(lines: Iterable[str], way: Way, end: str = "\n") -> Iterator[str]:
    """The lines, and a mark after the last; a backslash that escapes nothing is doubled, so that it stays."""
    idle = re.compile(rf"\\(?![{way.quote}{way.mark}\\])|\\$")
    for line in lines:
        yield (_kept(line, idle) if way.escaped else line) + end
    yield END_MARK


def _kept(line: str, idle: re.Pattern[str]) -> str:
    """A line whose backslashes that escape nothing are doubled; pairs are left alone."""
    parts = line.split("\\\\")
    return "\\\\".join(idle.sub(r"\\\\", part) for part in parts)


def _refuse_swallowed(
    records: pl.DataFrame, rows: Sequence[tuple[list[str], int]], way: Way, usual: int, language: str
) -> None:
    """A quoted cell over several lines that ends in the midst of other text was never closed, nor was one that holds
    whole rows: what it swallowed are customers (PIT-09, PIT-105).
    """
    lines = records["last_line"] - records["last_line"].shift(1, fill_value=0)
    for row, stray in records.filter(lines > 1).select(ROW, "stray").iter_rows():
        inside = [line for cell in rows[row - 1][0] for line in cell.splitlines()[1:]]
        if stray or any(_is_row(line, way, usual) for line in inside):
            raise stray_quote(row, language)


def _is_row(line: str, way: Way, usual: int) -> bool:
    """Whether a line within a quoted cell is a row: as wide as the others, with an address."""
    # A note of several lines may hold commas; only customers have addresses there, too.
    return line.count(way.delimiter) + 1 >= max(usual, ROW_INSIDE) and "@" in line


def stray_quote(row: int, language: str) -> FileRefused:
    """CORRUPT_FILE: from this row on nobody knows where cells end."""
    return FileRefused("CORRUPT_FILE", language, found=Note("quote_never_closed", row=row))
