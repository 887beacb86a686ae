"""From the bytes of a delimited text to rows: every cell as the sender wrote it, with its row number.

Lives here: splitting into records and cells, counting rows the way a spreadsheet shows them. Not here: the
encoding and the delimiter (`dialect.py`), workbooks (`workbooks.py`), what a column means (`headers.py`).
"""

import csv
import io
from collections.abc import Iterator

import polars as pl

from pipelines.errors import FileRefused, SealBroken
from pipelines.files.dialect import QUOTED, SEP_LINE, decode, find_delimiter, lines_of
from pipelines.files.sheet import FAULTY, ROW, Dialect, ReadingOptions, Sheet
from pipelines.files.title_row import find_title_row

LARGEST_CELL = 2**31 - 1
QUOTE = '"'


def read_delimited(
    content: bytes, language: str = "en", told: ReadingOptions | None = None, header_first: bool = False
) -> Sheet:
    """Read a delimited text file whole.

    Raises FileRefused: what `decode` raises, NO_HEADER, DUPLICATE_HEADER, CORRUPT_FILE (a quote that is
    never closed).
    """
    text, encoding = decode(content, language)
    lines = lines_of(text, language)
    delimiter = find_delimiter(lines)
    regular = _is_regular(lines, delimiter)
    records = _regular(lines, delimiter) if regular else _irregular(lines, delimiter, language)
    header_row, titles = _header(records, delimiter, language)
    below = records.slice(header_row)
    as_it_is = regular and not below["blank"].any() and bool((below["width"] == len(titles)).all())
    below = below if as_it_is else _without_trailing_cell(below, delimiter, len(titles))
    fits = ~below["blank"] & (below["width"] == len(titles))
    return Sheet(
        format="csv",
        dialect=Dialect(header_row, encoding, delimiter),
        titles=titles,
        rows=_cells(_text_of(below, text, header_row, as_it_is, fits), below.filter(fits)[ROW], titles, delimiter),
        faulty=_ragged(below.filter(~fits & ~below["blank"]), delimiter),
        blank_count=int(below["blank"].sum()),
    )


def _ragged(records: pl.DataFrame, delimiter: str) -> pl.DataFrame:
    """Records with too few or too many cells, each with what it holds (PIT-10)."""
    rows = [
        (number, "WRONG_FIELD_COUNT", str(width), split_record(text, delimiter))
        for number, width, text in records.select(ROW, "width", "text").iter_rows()
    ]
    return pl.DataFrame(rows, schema=FAULTY, orient="row")


def split_record(text: str, delimiter: str) -> list[str]:
    """The cells of one record's text."""
    csv.field_size_limit(LARGEST_CELL)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def _is_regular(lines: pl.Series, delimiter: str) -> bool:
    """Whether every line is a record of its own: its quotes, if any, are all well-formed."""
    quoted = lines.filter(lines.str.contains(QUOTE, literal=True))
    return quoted.is_empty() or bool(quoted.str.contains(_well_formed(delimiter)).all())


def _well_formed(delimiter: str) -> str:
    mark = _escaped(delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{mark}][^{mark}"]*|)'
    return rf"^{cell}(?:{mark}{cell})*$"


def _escaped(delimiter: str) -> str:
    return {"|": r"\|", "\t": r"\t"}.get(delimiter, delimiter)


def _regular(lines: pl.Series, delimiter: str) -> pl.DataFrame:
    """One row per line: `row_number`, `text`, `width` (cells, counted outside quotes), `blank`."""
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
            width=bare.str.count_matches(delimiter, literal=True).cast(pl.Int64) + 1,
            blank=_is_blank(delimiter),
        )
    )


def _is_blank(delimiter: str) -> pl.Expr:
    """Whether a record holds nothing but empty cells, quoted or not; a quoted delimiter is text."""
    space = r"[^\S\t]*" if delimiter == "\t" else r"\s*"
    empty = rf'{space}(?:"\s*")?{space}'
    return pl.col("text").str.contains(rf"^{empty}(?:{_escaped(delimiter)}{empty})*$")


def _irregular(lines: pl.Series, delimiter: str, language: str) -> pl.DataFrame:
    """As `_regular`, of records that span lines or hold stray quotes: as Python's csv module understands them."""
    csv.field_size_limit(LARGEST_CELL)
    end_mark = "\x00end"
    reader = csv.reader(_feed(lines, end_mark), delimiter=delimiter)
    rows = [(number, cells) for number, cells in enumerate(reader, start=1)]
    if rows[-1][1] != [end_mark]:
        raise FileRefused("CORRUPT_FILE", language, row=rows[-1][0])
    return pl.DataFrame(
        [(number, _written(cells, delimiter), max(1, len(cells))) for number, cells in rows[:-1]],
        schema={ROW: pl.Int64, "text": pl.String, "width": pl.Int64},
        orient="row",
    ).with_columns(blank=_is_blank(delimiter))


def _feed(lines: pl.Series, end_mark: str) -> Iterator[str]:
    for line in lines:
        yield line + "\n"
    yield end_mark


def _written(cells: list[str], delimiter: str) -> str:
    """A record in regular form, so that every record is parsed by the same reader afterwards."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n")


def _without_trailing_cell(records: pl.DataFrame, delimiter: str, width: int) -> pl.DataFrame:
    """One delimiter at the end of a row, beyond the header's width, is no cell (PIT-10)."""
    extra = (pl.col("width") == width + 1) & pl.col("text").str.ends_with(delimiter)
    return records.with_columns(
        text=pl.when(extra).then(pl.col("text").str.head(-1)).otherwise("text"),
        width=pl.when(extra).then(width).otherwise("width").cast(pl.Int64),
    )


def _header(records: pl.DataFrame, delimiter: str, language: str) -> tuple[int, tuple[str, ...]]:
    """The row number and the titles of the header: the first record that is neither blank nor `sep=`."""
    is_sep_line = pl.col("text").str.to_lowercase().str.starts_with(SEP_LINE) & (pl.col(ROW) == 1)
    first = records.lazy().filter(~pl.col("blank") & ~is_sep_line).head(1).collect()
    if first.is_empty():
        return find_title_row([], language)
    return find_title_row([(int(first[ROW][0]), split_record(first["text"][0], delimiter))], language)


def _text_of(records: pl.DataFrame, text: bytes, header_row: int, as_it_is: bool, fits: pl.Series) -> bytes:
    """The text of the fitting records; the file's own bytes where all of them fit as they are."""
    if as_it_is:
        return text.split(b"\n", header_row)[-1]
    return (records.filter(fits)["text"].str.join("\n")[0] or "").encode()


def _cells(text: bytes, numbers: pl.Series, titles: tuple[str, ...], delimiter: str) -> pl.DataFrame:
    """The cells of records that all have one cell per title; the heights must agree."""
    if numbers.is_empty():
        return pl.DataFrame(schema={ROW: pl.Int64} | dict.fromkeys(titles, pl.String))
    cells = pl.read_csv(
        io.BytesIO(text),
        has_header=False,
        new_columns=list(titles),
        separator=delimiter,
        infer_schema=False,
        empty_string_is_null=False,
    )
    if cells.height != len(numbers) or cells.width != len(titles):
        raise SealBroken(f"{len(numbers)} records of {len(titles)} cells were read as {cells.shape}")
    return cells.select(numbers, pl.all())
