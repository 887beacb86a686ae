"""A text in UTF-8 as the bytes that it is: what one look at all of them tells of every cell.

Lives here: counting signs, showing that no cell needs cleaning or can hold the number of a card. Not here: cleaning
(`parsing.py`), cards (`cards.py`). What is not shown here is not denied: those look at each cell then.
"""

import re
from dataclasses import dataclass

import polars as pl
import pyarrow

from pipelines.files.parsing import in_parallel

SLICE, OVERLAP = 4_194_304, 16
"""Bytes that are looked at together, and how many of the next are seen with them."""

SPACE, LINE_END, QUOTE = b' \n"'
"""Of the signs before the quote, the space among them, none but `!` ever stands beside a space within tidy text."""

DIGIT_OR_POINT = (ord("-"), ord("9"))
UNSEEN = {
    b"\xc2": re.compile(rb"\xc2[\x85\xa0]"),
    b"\xe1": re.compile(rb"\xe1\x9a\x80"),
    b"\xe2": re.compile(rb"\xe2(?:\x80[\x80-\x8d\xa8\xa9\xaf]|\x81[\x9f\xa0])"),
    b"\xe3": re.compile(rb"\xe3\x80\x80"),
    b"\xef": re.compile(rb"\xef\xbb\xbf"),
}
"""All white space beyond ASCII, and the characters that nobody sees (`parsing.INVISIBLE`), by their first byte."""


@dataclass(frozen=True)
class Shown:
    """What the bytes of a text show: how many delimiters and lines it has, that all its cells are tidy, that none
    holds a card number. Lines are the text's own, delimiters also those inside quotes.
    """

    delimiters: int
    lines: int
    tidy: bool
    cardless: bool


def is_utf8(content: bytes) -> bool:
    """Whether all bytes are UTF-8, without a text made of them (three times as fast as decoding)."""
    ends = pyarrow.py_buffer(b"".join(end.to_bytes(8, "little") for end in (0, len(content))))
    whole = pyarrow.Array.from_buffers(pyarrow.large_binary(), 1, [None, ends, pyarrow.py_buffer(content)])
    try:
        return content.isascii() or pl.Series(pl.from_arrow(whole)).cast(pl.String).len() == 1
    except pl.exceptions.PolarsError:
        return False


def count_of(text: bytes, sign: str) -> int:
    """How often an ASCII sign stands in a text."""
    return int((_octets(text) == ord(sign)).sum()) if sign.encode() in text else 0


def show(text: bytes, delimiter: str, start: int = 0) -> Shown:
    """What the bytes of a text show, from one place on."""
    octets = _octets(text).slice(start)
    starts = range(0, len(octets), SLICE)
    told = in_parallel(lambda at: _of_slice(octets.slice(at, SLICE + OVERLAP), ord(delimiter)), starts)
    unended = int(len(octets) > 0 and not text.endswith(b"\n"))
    edges = text[start : start + 1] + text[-1:]
    seen = text.isascii() or not any(lead in text and sign.search(text) for lead, sign in UNSEEN.items())
    return Shown(
        delimiters=sum(each.delimiters for each in told),
        lines=sum(each.lines for each in told) + unended,
        tidy=seen and b" " not in edges and delimiter.isprintable() and all(each.tidy for each in told),
        cardless=all(each.cardless for each in told),
    )


def _octets(text: bytes) -> pl.Series:
    """The bytes, not copied."""
    buffers = [None, pyarrow.py_buffer(text)]
    return pl.Series(pl.from_arrow(pyarrow.Array.from_buffers(pyarrow.uint8(), len(text), buffers)))


def _of_slice(octets: pl.Series, delimiter: int) -> Shown:
    """The counts without the overlap, the rest with it: what is looked for fits into it."""
    ends, delimiters, spaces = octets == LINE_END, octets == delimiter, octets == SPACE
    edges = (octets <= QUOTE) | delimiters
    gaps = (spaces & _next(edges)).any() or (edges & _next(spaces)).any()
    return Shown(
        delimiters=int(delimiters.head(SLICE).sum()),
        lines=int(ends.head(SLICE).sum()),
        tidy=not gaps and int((octets < SPACE).sum()) == int(ends.sum()),
        cardless=not _long_numbers(octets, spaces).any(),
    )


def _long_numbers(octets: pl.Series, spaces: pl.Series) -> pl.Series:
    """Where thirteen digits end, spaces and points between them counted; the shortest card number has as many."""
    first, last = DIGIT_OR_POINT
    two = _with_next((octets >= first) & (octets <= last) | spaces, 1)
    eight = _with_next(_with_next(two, 2), 4)
    return _with_next(eight, 5)


def _with_next(marks: pl.Series, by: int) -> pl.Series:
    return marks & _next(marks, by)


def _next(marks: pl.Series, by: int = 1) -> pl.Series:
    """The marks of the bytes before."""
    return marks.shift(by, fill_value=False)
