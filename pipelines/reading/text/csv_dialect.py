"""How a delimited text is written: its delimiter, its `sep=` line, its quotes and escapes.

Lives here: deciding the delimiter and the way of quoting from the lines. Not here: whether it is text at all
(`pipelines/reading/containers/formats.py`), the encoding (`encodings.py`), splitting into cells (`csv_reader.py`).
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.errors import FileRefused, WrongUse
from pipelines.models.sheet import ReadingOptions
from pipelines.reading.layout.header_row import count_known
from pipelines.reading.text.byte_scan import count_of
from pipelines.reading.text.encodings import Decoded, to_text

# In this order where nothing else decides: a file of one column takes the comma.
DELIMITERS = (",", ";", "|", "\t")
QUOTE = '"'
QUOTED = r'"(?:[^"]|"")*"'
SEP_LINE = "sep="
SAMPLE_LINES = 2000
# The first lines are parted from so many bytes, not from a hundred megabytes of which nobody asks for more.
FIRST_BYTES = 1_000_000
FIRST_LINES, LARGEST_CELL = 50, 2**31 - 1
NO_TITLES = (-FIRST_LINES, 0)
FEW, NEARLY_ALL = 0.1, 0.75
"""The share of the best score below which a delimiter is a sign in text, the share of lines that shows a habit."""

SELDOM = 20_000
"""Signs of a kind up to which their lines are quicker found one by one than among all lines."""


@dataclass(frozen=True)
class Way:
    """How cells are written: what parts them, what encloses them, whether a backslash takes a quote's meaning away,
    whether a space may stand before an opening quote.
    """

    delimiter: str
    quote: str = QUOTE
    escaped: bool = False
    spaced: bool = False

    @property
    def is_plain(self) -> bool:
        """As RFC 4180 has it."""
        return self == Way(self.delimiter)

    @property
    def mark(self) -> str:
        """The delimiter as a pattern."""
        return "\\t" if self.delimiter == "\t" else re.escape(self.delimiter)


def decode(content: bytes, language: str = "en", told: ReadingOptions | None = None) -> Decoded:
    """The file as text, whatever its encoding.

    Raises FileRefused: EMPTY_FILE, ENCODING_UNDECIDABLE. What is no text was refused before
    (`pipelines/reading/containers/formats.py`).
    """
    known = told or ReadingOptions()
    # Ctrl-Z ended a text in CP/M and DOS, and some programs write it still.
    plain = content.rstrip(b"\x1a") if content.endswith(b"\x1a") else content
    decoded = to_text(plain, language, known.encoding, known.spoken, known.hints, known.earlier)
    if not decoded.text or decoded.text.isspace():
        raise FileRefused("EMPTY_FILE", language)
    return decoded


def lines_of(text: bytes) -> pl.Series:
    """The lines of a text without their ends."""
    return pl.read_lines(io.BytesIO(text)).to_series().alias("text")


@dataclass(frozen=True)
class Lines:
    """The lines of a text, of which no more are made than somebody asks for."""

    text: bytes

    @cached_property
    def all(self) -> pl.Series:
        """Every line."""
        return lines_of(self.text)

    def first(self, count: int) -> pl.Series:
        """The first lines, so many or all that there are."""
        end = self.text.rfind(b"\n", 0, FIRST_BYTES) + 1
        some = lines_of(self.text[:end]) if 0 < end < len(self.text) else self.all
        return (some if len(some) >= count else self.all).head(count)

    @cached_property
    def quoted(self) -> pl.Series:
        """The lines that hold a quote."""
        return self.holding(QUOTE)

    def holding(self, mark: str) -> pl.Series:
        """The lines that hold a mark."""
        count = count_of(self.text, mark[0])
        if count == 0:
            return pl.Series("text", [], pl.String)
        if count <= SELDOM:
            return pl.Series("text", [line.decode() for line in _around(self.text, mark.encode())], pl.String)
        return self.all.filter(self.all.str.contains(mark, literal=True))


def _around(text: bytes, mark: bytes) -> Iterator[bytes]:
    """Each line that holds a mark, once."""
    at = text.find(mark)
    while at >= 0:
        end = text.find(b"\n", at)
        yield text[text.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(text)]
        at = text.find(mark, end) if end >= 0 else -1


def line_end(content: bytes) -> str:
    """What a line break inside a cell is: as written where all lines end in one way, else `\\n` (PIT-08, PIT-09)."""
    pairs = content.count(b"\r\n")
    return "\r\n" if pairs and pairs == content.count(b"\n") == content.count(b"\r") else "\n"


def find_way(lines: Lines, told: str | None = None) -> Way:
    """How these lines of a text are written (PIT-05, PIT-07, PIT-09).

    Raises WrongUse for a told delimiter that cannot be one.
    """
    first = lines.first(SAMPLE_LINES)
    # From sure to guessed: what a person said, what the file says of itself, what its lines look like.
    delimiter = _checked_delimiter(told) if told is not None else named_delimiter(first) or find_delimiter(first)
    if _escapes_delimiters(lines.holding("\\" + delimiter), first, delimiter):
        return Way(delimiter, escaped=True)
    # An apostrophe is an enclosing quote only if nearly all lines have it so: names and words hold many of them.
    quoted, single = lines.quoted, Way(delimiter, quote="'")
    if _is_enclosed(first, single):
        return single
    if quoted.is_empty():
        return Way(delimiter)
    odd = quoted.filter(~quoted.str.contains(well_formed(Way(delimiter))))
    ways = [Way(delimiter, escaped=escaped, spaced=spaced) for escaped in (False, True) for spaced in (False, True)]
    fitting = [(odd.str.contains(well_formed(way)).sum(), odd.str.contains(_cut_off(way)).sum()) for way in ways]
    # The reversed numbers let the plainest way win among those that fit as many lines.
    return max(zip(fitting, reversed(range(len(ways))), ways, strict=True))[2] if len(odd) else ways[0]


def _escapes_delimiters(slashed: pl.Series, first: pl.Series, delimiter: str) -> bool:
    """Whether every line with a backslash before a delimiter is as wide as the others only if that is no delimiter."""
    bare = slashed.str.replace_all(QUOTED, "")
    usual = first.str.count_matches(delimiter, literal=True).mode().to_list()
    parted = bare.str.count_matches(delimiter, literal=True)
    kept = bare.str.replace_all(r"\\.", "").str.count_matches(delimiter, literal=True)
    return len(bare) > 0 and len(usual) == 1 and bool(((kept == usual[0]) & (parted != usual[0])).all())


def _checked_delimiter(delimiter: str) -> str:
    named = {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)
    if len(named) != 1 or not named.isascii() or named in "\"'\\\r\n\0" or named.isalnum():
        raise WrongUse(f"{delimiter!r} cannot be a delimiter; delimiters are , ; | tab or another sign")
    return named


def named_delimiter(lines: pl.Series) -> str | None:
    """The delimiter that the first line names, as Excel writes it: `sep=;` (PIT-07)."""
    first = str(lines[0]) if len(lines) else ""
    if not first.lower().startswith(SEP_LINE):
        return None
    # Some programs write the two characters `\t` for the tab.
    named = first[len(SEP_LINE) :]
    sign = "\t" if named in ("\\t", "\t") else named.strip()
    return sign if len(sign) == 1 and not sign.isalnum() and sign.isascii() and sign not in "\"'\\" else None


def find_delimiter(lines: pl.Series) -> str:
    """The delimiter that parts the line of titles into titles that are known (PIT-05, PIT-105).

    Where too few titles are known, it is the one that splits most evenly, outside quotes, from the first even line on:
    cells may hold more of another sign, but titles do not. A file without any delimiter is one column wide and takes
    the comma.
    """
    texts = [line for line in lines.to_list() if line.strip()]
    by_titles = {delimiter: _of_titles(texts[:FIRST_LINES], delimiter) for delimiter in DELIMITERS}
    bare = _without_quoted("\n".join(texts))
    rows = pl.Series([line for line in bare.split("\n") if line.strip(" ")], dtype=pl.String)
    scores = {delimiter: _score(rows, delimiter) for delimiter in DELIMITERS}
    if max(by_titles.values()) > NO_TITLES:
        return max(DELIMITERS, key=lambda delimiter: (by_titles[delimiter], scores[delimiter]))
    likely = [delimiter for delimiter in DELIMITERS if scores[delimiter] >= FEW * max(scores.values())]
    return min(likely, key=lambda delimiter: (*_begins(rows, delimiter), -scores[delimiter]))


def _of_titles(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """How well a delimiter parts one of the first lines into titles, at least two and half of them known: how far above
    the line stands, and how many it holds.
    """
    # The csv module fails at cells of more than 131,072 characters; how long one may be is checked before.
    csv.field_size_limit(LARGEST_CELL)
    for place, cells in enumerate(csv.reader((line + "\n" for line in lines), delimiter=delimiter)):
        hits = count_known(cells) if len(cells) > 1 else 0
        if hits >= 2 and 2 * hits >= sum(bool(cell.strip()) for cell in cells):
            return -place, hits
    return NO_TITLES


def _begins(rows: pl.Series, delimiter: str) -> tuple[int, int]:
    """The first line that has as many of a delimiter as most lines that have it; less the known titles in it."""
    widths = rows.str.count_matches(delimiter, literal=True)
    first = int((widths == _modal(widths)).arg_max() or 0)
    return first, -count_known(rows[first].split(delimiter)) if len(rows) else 0


def _modal(widths: pl.Series) -> int:
    return int(max(widths.filter(widths > 0).mode().to_list(), default=0))


def _without_quoted(text: str) -> str:
    """Without the cells that are enclosed in quotes, even over several lines."""
    return re.sub(rf"(?m)(^|[,;|\t]) *{QUOTED}", r"\1", text)


def _score(lines: pl.Series, delimiter: str) -> float:
    """The most frequent number of delimiters, times the share of lines that have it, twice: evenness counts more."""
    widths = lines.str.count_matches(delimiter, literal=True)
    if widths.is_empty() or widths.max() == 0:
        return 0.0
    modal = _modal(widths)
    share = int((widths == modal).sum()) / len(widths)
    return round(modal * share * share, 6)


def well_formed(way: Way) -> str:
    """The pattern of a line that is a record of its own, its quotes all in their places."""
    cell = _cell(way)
    return rf"^{cell}(?:{way.mark}{cell})*$"


def _cut_off(way: Way) -> str:
    """The pattern of a line whose record goes on in the next: its last cell is opened and not closed."""
    return rf"^(?:{_cell(way)}{way.mark})*{way.quote}{_inside(way)}$"


def _inside(way: Way) -> str:
    """What may stand between quotes."""
    quote = way.quote
    return rf"(?:[^{quote}\\]|{quote * 2}|\\.)*" if way.escaped else rf"(?:[^{quote}]|{quote * 2})*"


def _cell(way: Way) -> str:
    quote, space = way.quote, " *" if way.spaced else ""
    bare = rf"(?:[^{quote}{way.mark}][^{way.mark}{quote}]*)?"
    return rf"(?:{space}{quote}{_inside(way)}{quote}{space}|{bare})"


def _is_enclosed(lines: pl.Series, way: Way) -> bool:
    """Whether nearly every line has cells enclosed in this quote, and nearly none has it otherwise."""
    if not lines.str.contains(way.quote, literal=True).any():
        return False
    rows = lines.filter(lines.str.strip_chars() != "").slice(1)
    cell = rf"(?:^|{way.mark}){way.quote}[^{way.quote}]*{way.quote}(?:{way.mark}|$)"
    enclosed = rows.str.contains(cell) & rows.str.contains(well_formed(way))
    return len(rows) > 0 and int(enclosed.sum()) >= NEARLY_ALL * len(rows)
