"""From the bytes of a delimited text to rows: every cell as the sender wrote it, with its row number.

Lives here: splitting into records and cells, counting rows the way a spreadsheet shows them. Not here: the
encoding (`encodings.py`), the delimiter and the quotes (`dialect.py`), workbooks (`workbooks.py`), what a column
means (`headers.py`).
"""

import csv
import io
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.errors import FileRefused, SealBroken
from pipelines.files.dialect import (
    QUOTE,
    QUOTED,
    Lines,
    Way,
    decode,
    find_way,
    line_end,
    named_delimiter,
    well_formed,
)
from pipelines.files.encodings import Decoded
from pipelines.files.formats import phrase
from pipelines.files.octets import Shown, show
from pipelines.files.sheet import FAULTY, ROW, Dialect, ReadingOptions, Sheet, no_faulty
from pipelines.files.title_row import FIRST_ROWS, FirstRow, Warnings, find_title_row, rows_above

LARGEST_CELL = 2**31 - 1
END_MARK = "\x00end"
FIRST_LINES = 2000

LOOSE_QUOTES: dict[str, str] = {
    "en": "Text follows a closing quote in {found} rows, first in row {row}; it was read as spreadsheets do.",
    "fr": "Du texte suit un guillemet fermant dans {found} lignes, d'abord ligne {row} ; lu comme le fait un tableur.",
    "pl": "Tekst następuje po cudzysłowie zamykającym w {found} wierszach, najpierw w {row}; odczytano jak w arkuszu.",
}


def read_delimited(
    content: bytes, language: str = "en", told: ReadingOptions | None = None, header_first: bool = False
) -> Sheet:
    """Read a delimited text file whole.

    Raises FileRefused: what `decode` and `find_title_row` raise, CORRUPT_FILE (a quote that is never closed),
    ENCODING_UNDECIDABLE (the titles are not text). Raises WrongUse for an option that cannot be.
    """
    options = told or ReadingOptions()
    decoded = decode(content, language, options.encoding, options.spoken)
    lines = Lines(decoded.text)
    way = find_way(lines, options.delimiter)
    regular = way.is_plain and _is_regular(lines.quoted, way)
    records = None if regular else _irregular(lines.all, way, line_end(content), language)
    named = named_delimiter(lines.first(1)) is not None
    first = _first_rows(_first(records, lines, way, options.header_row), named, way.delimiter, options.header_row)
    header_row, titles, above = _titles(first, named, language, options.header_row, header_first)
    warnings = decoded.warnings + above + (() if regular else _loose_quotes(lines.all, way, language))
    dialect = Dialect(header_row, decoded.encoding, way.delimiter, evidence=decoded.evidence)
    straight = _straight(decoded, lines, header_row, titles, way) if regular else None
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
            tidy=shown.tidy,
            cardless=shown.cardless,
        )
    rows = _regular(lines.all, way) if records is None else records
    return _sorted_out(_with_faults(rows, decoded.faults, header_row, language), dialect, titles, warnings)


def _sorted_out(
    records: pl.DataFrame, dialect: Dialect, titles: tuple[str, ...], warnings: tuple[tuple[str, str], ...]
) -> Sheet:
    """Every record below the titles as a row, a fault or a blank."""
    delimiter = str(dialect.delimiter)
    below = records.slice(dialect.header_row)
    named = _without_last_untitled(titles, below)
    fitted = _without_trailing_cells(below, delimiter, len(named))
    fits = ~fitted["blank"] & (fitted["width"] == len(named)) & fitted["fault"].is_null()
    text = (fitted.filter(fits)["text"].str.join("\n")[0] or "").encode()
    return Sheet(
        "csv",
        dialect,
        named,
        _cells(text, fitted.filter(fits)[ROW], named, delimiter),
        _faulty(fitted.filter(~fits & (~fitted["blank"] | fitted["fault"].is_not_null())), delimiter),
        int((fitted["blank"] & fitted["fault"].is_null()).sum()),
        warnings=warnings,
    )


def _straight(
    decoded: Decoded, lines: Lines, header_row: int, titles: tuple[str, ...], way: Way
) -> tuple[pl.DataFrame, Shown] | None:
    """The cells of a file in which every line below the titles is a row of the right width, else None; and what its
    bytes show of them.

    A line with too many cells is an error of the reader; if none has too many, and all together have as many
    delimiters as they should, none has too few.
    """
    shown = show(decoded.text, way.delimiter, _end_of_lines(decoded.text, header_row))
    enclosed = _enclosed(lines.quoted, way) - _enclosed(_quoted(lines.first(header_row)), way)
    if decoded.faults or shown.delimiters - enclosed != shown.lines * (len(titles) - 1):
        return None
    numbers = pl.int_range(header_row + 1, header_row + 1 + shown.lines, eager=True).alias(ROW)
    try:
        cells = _cells(decoded.text, numbers, titles, way.delimiter, header_row)
    except pl.exceptions.PolarsError:
        return None
    first = pl.col(titles[0])
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
    some = _regular(lines.first(max(FIRST_LINES, told or 0)), way)
    return _regular(lines.all, way) if some["blank"].all() else some


def _titles(
    first: Sequence[FirstRow], named: bool, language: str, told: int | None, header_first: bool
) -> tuple[int, tuple[str, ...], Warnings]:
    """The row of the titles, the titles, and a warning of rows above them; Excel hides a `sep=` line (PIT-07)."""
    row, titles = find_title_row(first, language, told, header_first and not named)
    if header_first and told is None and row > 1 + named:
        raise FileRefused("HEADER_NOT_FIRST_ROW", language, row=row, found=row, expected=1)
    return row, titles, rows_above(first, row, language)


def _first_rows(records: pl.DataFrame, named: bool, delimiter: str, told: int | None) -> list[FirstRow]:
    """The first rows that are neither blank nor a `sep=` line, and the told one."""
    wanted = records.filter(~pl.col("blank") & (pl.col(ROW) > int(named)))
    some = pl.concat([wanted.head(FIRST_ROWS), wanted.slice(FIRST_ROWS).filter(pl.col(ROW) == (told or 0))])
    return [(number, split_record(text, delimiter)) for number, text in some.select(ROW, "text").iter_rows()]


def split_record(text: str, delimiter: str) -> list[str]:
    """The cells of one record's text."""
    csv.field_size_limit(LARGEST_CELL)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def _is_regular(quoted: pl.Series, way: Way) -> bool:
    """Whether every line with a quote is a record of its own: its quotes are all well-formed."""
    return quoted.is_empty() or bool(quoted.str.contains(well_formed(way)).all())


def _regular(lines: pl.Series, way: Way) -> pl.DataFrame:
    """One row per line: `row_number`, `text`, `width` (cells, counted outside quotes), `blank`, `last_line`."""
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
        )
    )


def _is_blank(way: Way) -> pl.Expr:
    """Whether a record holds nothing but empty cells, quoted or not; a quoted delimiter is text."""
    space = r"[^\S\t]*" if way.delimiter == "\t" else r"\s*"
    empty = rf'{space}(?:"\s*")?{space}'
    return pl.col("text").str.contains(rf"^{empty}(?:{way.mark}{empty})*$")


def _irregular(lines: pl.Series, way: Way, end: str, language: str) -> pl.DataFrame:
    """As `_regular`, of records that span lines, hold stray quotes or are written in another way."""
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(_feed(lines, way, end), **_options(way))
    rows = [(cells, reader.line_num) for cells in reader]
    if rows[-1][0] != [END_MARK]:
        raise FileRefused("CORRUPT_FILE", language, found=phrase("quote", language, row=len(rows)))
    spans = zip([0, *(last for _, last in rows)], rows[:-1], strict=False)
    _refuse_swallowed(lines, [(first, last) for first, (_, last) in spans], way, language)
    texts = [(_written(cells, way.delimiter), max(1, len(cells)), last) for cells, last in rows[:-1]]
    return pl.DataFrame(
        [(row, *record) for row, record in enumerate(texts, start=1)],
        schema={ROW: pl.Int64, "text": pl.String, "width": pl.Int64, "last_line": pl.Int64},
        orient="row",
    ).with_columns(blank=_is_blank(way))


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


def _refuse_swallowed(lines: pl.Series, spans: Sequence[tuple[int, int]], way: Way, language: str) -> None:
    """A quoted cell over several lines that ends in the midst of other text was never closed (PIT-09)."""
    for row, (before, last) in enumerate(spans, start=1):
        if last - before > 1:
            record = _feed(lines.slice(before, last - before), way)
            try:
                list(csv.reader(record, strict=True, **_options(way)))
            except csv.Error as error:
                raise FileRefused("CORRUPT_FILE", language, found=phrase("quote", language, row=row)) from error


def _loose_quotes(lines: pl.Series, way: Way, language: str) -> Warnings:
    """A warning where text follows a closing quote on the same line; spreadsheets read both as one cell."""
    quote = way.quote
    loose = rf"(?:^|{way.mark}){quote}(?:[^{quote}{way.mark}]|{quote * 2})*{quote} *[^{quote}{way.mark}\s]"
    rows = lines.str.contains(loose).arg_true()
    if way.escaped or rows.is_empty():
        return ()
    return (("", LOOSE_QUOTES[language].format(found=len(rows), row=int(rows[0]) + 1)),)


def _written(cells: list[str], delimiter: str) -> str:
    """A record in regular form, so that every record is parsed by the same reader afterwards."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n")


def _with_faults(records: pl.DataFrame, faults: Mapping[int, str], header_row: int, language: str) -> pl.DataFrame:
    """With `fault`: what was found in a record that is not text; ENCODING_UNDECIDABLE where that is the titles."""
    ends = records["last_line"].to_list() if faults else []
    found = {bisect_left(ends, line) + 1: fault for line, fault in sorted(faults.items(), reverse=True)}
    if header_row in found:
        raise FileRefused("ENCODING_UNDECIDABLE", language, found=f"{found[header_row]}, row {header_row}")
    if not found:
        return records.with_columns(fault=pl.lit(None, pl.String))
    marks = pl.DataFrame({ROW: list(found), "fault": list(found.values())}, schema={ROW: pl.Int64, "fault": pl.String})
    return records.join(marks, on=ROW, how="left", maintain_order="left")


def _faulty(records: pl.DataFrame, delimiter: str) -> pl.DataFrame:
    """Records with too few or too many cells, or that are not text, each with what it holds (PIT-04, PIT-10)."""
    rows = [
        (number, "ENCODING_ERROR" if fault else "WRONG_FIELD_COUNT", fault or str(width), split_record(text, delimiter))
        for number, width, text, fault in records.select(ROW, "width", "text", "fault").iter_rows()
    ]
    return pl.DataFrame(rows, schema=FAULTY, orient="row")


def _without_last_untitled(titles: tuple[str, ...], below: pl.DataFrame) -> tuple[str, ...]:
    """Without the empty title after the last delimiter, where no row has a cell for it (PIT-10)."""
    widths = below.filter(~pl.col("blank"))["width"]
    untitled = len(titles) > 1 and titles[-1].startswith(f"column {len(titles)}")
    return titles[:-1] if untitled and len(widths) and bool((widths == len(titles) - 1).all()) else titles


def _without_trailing_cells(records: pl.DataFrame, delimiter: str, width: int) -> pl.DataFrame:
    """Empty cells at the end of a row, beyond the header's width, are no cells (PIT-10)."""
    one = (pl.col("width") == width + 1) & pl.col("text").str.ends_with(delimiter)
    shortened = records.with_columns(
        text=pl.when(one).then(pl.col("text").str.head(-1)).otherwise("text"),
        width=pl.when(one).then(width).otherwise("width").cast(pl.Int64),
    )
    longer = shortened.filter((pl.col("width") > width) & ~pl.col("blank"))
    cut = {text: kept for text in longer["text"].unique() if (kept := _cut(text, delimiter, width)) is not None}
    return shortened.with_columns(
        width=pl.when(pl.col("text").is_in(list(cut))).then(width).otherwise("width").cast(pl.Int64),
        text=pl.col("text").replace(cut) if cut else pl.col("text"),
    )


def _cut(text: str, delimiter: str, width: int) -> str | None:
    """A record without its blank cells beyond a width; None where one of them holds something."""
    cells = split_record(text, delimiter)
    return None if any(cell.strip() for cell in cells[width:]) else _written(cells[:width], delimiter)


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
        infer_schema=False,
        empty_string_is_null=False,
    )
    if cells.height != len(numbers) or cells.width != len(titles):
        raise SealBroken(f"{len(numbers)} records of {len(titles)} cells were read as {cells.shape}")
    return cells.select(numbers, pl.all())
