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

DIGIT_OR_POINT = (ord("-"), ord(":"))
NINE, ZERO, BEYOND_ASCII = ord("9"), ord("0"), 0x80
BETWEEN_DIGITS = (ord("\t"), ord("\n"), ord("\v"), ord("\f"), ord("\r"), ord("*"), ord("_"))
"""What else may stand between the groups of a card number (`cards.BETWEEN`)."""

LINE_ENDS = (b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xc2\x85")
"""The line ends beyond ASCII, which may stand between those groups with spaces around them."""

LEADS_OF_DIGITS = (0xD9, 0xDB, 0xDF, 0xE0, 0xE1, 0xEA, 0xEF, 0xF0)
"""The first bytes of the digits of other scripts, and of many letters: what is not shown is looked for in each cell."""

UNSEEN = {
    b"\x7f": re.compile(rb"\x7f"),
    b"\xc2": re.compile(rb"\xc2[\x80-\xa0\xad]"),
    b"\xd8": re.compile(rb"\xd8\x9c"),
    b"\xe1": re.compile(rb"\xe1\x9a\x80"),
    b"\xe2": re.compile(rb"\xe2(?:\x80[\x80-\x8f\xa8-\xaf]|\x81[\x9f-\xa4\xa6-\xa9])"),
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
    seen = not any(lead in text and sign.search(text) for lead, sign in UNSEEN.items())
    return Shown(
        delimiters=sum(each.delimiters for each in told),
        lines=sum(each.lines for each in told) + unended,
        tidy=seen and b" " not in edges and delimiter.isprintable() and all(each.tidy for each in told),
        cardless=all(each.cardless for each in told) and not any(sign in text for sign in LINE_ENDS),
    )


def may_hold_cards(text: bytes) -> bool:
    """Whether the number of a card may stand in a text; where it is not, none does (`Shown.cardless`)."""
    if any(sign in text for sign in LINE_ENDS):
        return True
    octets = _octets(text)
    return bool(_long_numbers(octets, octets == SPACE).any() or _foreign_digits(octets).any())


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
        cardless=not (_long_numbers(octets, spaces).any() or _foreign_digits(octets).any()),
    )


def _long_numbers(octets: pl.Series, spaces: pl.Series) -> pl.Series:
    """Where thirteen digits end, spaces and points between them counted; the shortest card number has as many."""
    first, last = DIGIT_OR_POINT
    within = (octets >= first) & (octets <= last) | spaces
    for sign in BETWEEN_DIGITS:
        within |= octets == sign
    two = _with_next(within, 1)
    eight = _with_next(_with_next(two, 2), 4)
    return _with_next(eight, 5)


def _foreign_digits(octets: pl.Series) -> pl.Series:
    """Where a digit follows a sign beyond ASCII that follows a digit, or may be one of another script."""
    beyond = octets >= BEYOND_ASCII
    if not beyond.any():
        return beyond
    digits = (octets >= ZERO) & (octets <= NINE)
    after_digit = beyond & _next(digits)
    spaced = digits & (_next(after_digit, 2) | _next(after_digit, 3))
    return spaced | octets.is_in(LEADS_OF_DIGITS)


def _with_next(marks: pl.Series, by: int) -> pl.Series:
    return marks & _next(marks, by)


def _next(marks: pl.Series, by: int = 1) -> pl.Series:
    """The marks of the bytes before."""
    return marks.shift(by, fill_value=False)
