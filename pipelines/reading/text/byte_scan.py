"""A text in UTF-8 as the bytes that it is: what one look at all of them tells of every cell.

Lives here: counting signs, showing that no cell needs cleaning or can hold the number of a card. Not here: cleaning
(`pipelines/models/parsed_column.py`), cards (`pipelines/cards/card_numbers.py`). What is not shown here is not denied:
those look at each cell then.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow

from pipelines.models.parsed_column import in_parallel

SLICE, OVERLAP = 4_194_304, 16
"""Bytes that are looked at together, and how many of the next are seen with them."""

SPACE, LINE_END, QUOTE = b' \n"'
"""Of the signs before the quote, the space among them, none but `!` ever stands beside a space within tidy text."""

# From `-` to `:` in ASCII: hyphen, point, slash, the ten digits, colon.
DIGIT_OR_POINT = (ord("-"), ord(":"))
DELETE = 0x7F
BETWEEN_DIGITS, CONTROLS = (ord("*"), ord("_")), (ord("\t"), ord("\v"), ord("\f"), ord("\r"))
"""What else may stand between the groups of a card number, line ends aside (`card_numbers.BETWEEN`)."""

IN_NUMBERS = {
    b"\xc2": re.compile(rb"\xc2[\x85\xa0\xad\xb7]"),
    b"\xd6": re.compile(rb"\xd6[\x8a\xbe]"),
    b"\xd8": re.compile(rb"\xd8[\x80-\x85\x9c]"),
    b"\xdc": re.compile(rb"\xdc\x8f"),
    b"\xe1": re.compile(rb"\xe1[\x80-\xb7]"),
    b"\xe2": re.compile(
        rb"\xe2(?:\x80[\x80-\x95\xa2\xa4\xa7-\xaf]|\x81[\x84\x9f-\xaf]|\x88[\x92\x95]|\xb8[\x97-\xbb]|\xb9[\x80-\x9d])"
    ),
    b"\xe3": re.compile(rb"\xe3(?:\x80[\x80\x9c\xb0]|\x82\xa0)"),
    b"\xea": re.compile(rb"\xea[\x80-\xaf]"),
    b"\xef": re.compile(rb"\xef(?:\xb8[\xb1\xb2]|\xb9[\x98\xa3]|\xbb\xbf|\xbc[\x8d-\x99]|\xbf[\xb9-\xbb])"),
    # f0 9f begins emoji, which are no digits, but for the segmented ones U+1FBF0 to U+1FBF9 (f0 9f af).
    b"\xf0": re.compile(rb"\xf0[^\x9f]|\xf0\x9f\xaf"),
    **{lead: re.compile(lead) for lead in (b"\xd9", b"\xdb", b"\xdf", b"\xe0", b"\xf3")},
}
"""Signs beyond ASCII that may stand in a card number (spaces, dashes, line ends, what nobody sees, digits of other
scripts), and some letters beside them, by their first byte. Where one stands, each cell is looked at.
"""

UNSEEN = {
    b"\x7f": re.compile(rb"\x7f"),
    b"\xc2": re.compile(rb"\xc2[\x80-\xa0\xad]"),
    b"\xd8": re.compile(rb"\xd8\x9c"),
    b"\xe1": re.compile(rb"\xe1\x9a\x80"),
    b"\xe2": re.compile(rb"\xe2(?:\x80[\x80-\x8f\xa8-\xaf]|\x81[\x9f-\xa4\xa6-\xa9])"),
    b"\xe3": re.compile(rb"\xe3\x80\x80"),
    b"\xef": re.compile(rb"\xef\xbb\xbf"),
}
"""White space beyond ASCII, and the characters that nobody sees (`parsed_column.INVISIBLE`), by their first byte."""


@dataclass(frozen=True)
class Shown:
    """What the bytes of a text show: how many delimiters and lines it has, that all its cells are tidy, that none
    holds a card number. Lines are the text's own, delimiters also those inside quotes.
    """

    delimiters: int
    lines: int
    tidy: bool
    cardless: bool


class Shared:
    """An Arrow array as polars takes it of anybody, without a copy. One of pyarrow's own it would look at with
    `pyarrow.compute`, which takes 30 ms to import.
    """

    def __init__(self, array: pyarrow.Array) -> None:
        """An array of any type that polars has."""
        self._array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """The array by Arrow's PyCapsule interface: two capsules, of its schema and of its values."""
        schema, values = self._array.__arrow_c_array__(requested_schema)
        return schema, values


def is_utf8(content: bytes) -> bool:
    """Whether all bytes are UTF-8, without a text made of them (three times as fast as decoding)."""
    if content.isascii():
        return True
    ends = pyarrow.py_buffer(b"".join(end.to_bytes(8, "little") for end in (0, len(content))))
    # Offsets of 64 bits: those of plain `binary` end at 2 GB.
    whole = pyarrow.Array.from_buffers(pyarrow.large_string(), 1, [None, ends, pyarrow.py_buffer(content)])
    try:
        whole.validate(full=True)
    except pyarrow.ArrowInvalid:
        return False
    return True


def count_of(text: bytes, sign: str) -> int:
    """How often an ASCII sign stands in a text."""
    return int((_bytes_of(text) == ord(sign)).sum()) if sign.encode() in text else 0


def show(text: bytes, delimiter: str, start: int = 0) -> Shown:
    """What the bytes of a text show, from one place on."""
    whole = _bytes_of(text)
    scanned, beyond = whole.slice(start), _beyond_ascii(whole)
    starts = range(0, len(scanned), SLICE)
    told = in_parallel(lambda at: _of_slice(scanned.slice(at, SLICE + OVERLAP), ord(delimiter)), starts, len(scanned))
    unended = int(len(scanned) > 0 and not text.endswith(b"\n"))
    edges = text[start : start + 1] + text[-1:]
    return Shown(
        delimiters=sum(each.delimiters for each in told),
        lines=sum(each.lines for each in told) + unended,
        tidy=not _holds(beyond, UNSEEN)
        # The first and the last byte have no neighbour that would show a space at the edge of a cell.
        and b" " not in edges
        and delimiter.isprintable()
        and all(each.tidy for each in told),
        cardless=all(each.cardless for each in told) and not _holds(beyond, IN_NUMBERS),
    )


def may_hold_cards(text: bytes) -> bool:
    """Whether the number of a card may stand in a text; where it is not, none does (`Shown.cardless`)."""
    scanned = _bytes_of(text)
    within = _within_numbers(scanned, scanned == SPACE, scanned == LINE_END, CONTROLS)
    return bool(_of_thirteen(within).any()) or _holds(_beyond_ascii(scanned), IN_NUMBERS)


def _bytes_of(text: bytes) -> pl.Series:
    """The bytes, not copied."""
    buffers = [None, pyarrow.py_buffer(text)]
    return pl.Series(Shared(pyarrow.Array.from_buffers(pyarrow.uint8(), len(text), buffers)))


def _beyond_ascii(scanned: pl.Series) -> bytes:
    """The bytes of all signs beyond ASCII, and of the last control in it, one behind the other.

    They are few, and searching a hundred megabytes for a sign of three bytes takes 70 ms.
    """
    told = scanned.filter(scanned >= DELETE).to_arrow()
    return bytes(told.buffers()[1][told.offset : told.offset + len(told)].to_pybytes())


def _holds(beyond: bytes, signs: Mapping[bytes, re.Pattern[bytes]]) -> bool:
    return any(lead in beyond and sign.search(beyond) for lead, sign in signs.items())


def _of_slice(scanned: pl.Series, delimiter: int) -> Shown:
    """The counts without the overlap, the rest with it: what is looked for fits into it."""
    ends, delimiters, spaces = scanned == LINE_END, scanned == delimiter, scanned == SPACE
    edges = (scanned <= QUOTE) | delimiters
    gaps = (spaces & _next(edges)).any() or (edges & _next(spaces)).any()
    controls = int((scanned < SPACE).sum()) > int(ends.sum())
    within = _within_numbers(scanned, spaces, ends, CONTROLS if controls else ())
    return Shown(
        delimiters=int(delimiters.head(SLICE).sum()),
        lines=int(ends.head(SLICE).sum()),
        tidy=not gaps and not controls,
        cardless=not _of_thirteen(within).any(),
    )


def _within_numbers(scanned: pl.Series, spaces: pl.Series, ends: pl.Series, controls: Sequence[int]) -> pl.Series:
    """Digits, and what may stand between them."""
    first, last = DIGIT_OR_POINT
    within = (scanned >= first) & (scanned <= last) | spaces | ends
    for sign in (*BETWEEN_DIGITS, *controls):
        within |= scanned == sign
    return within


def _of_thirteen(within: pl.Series) -> pl.Series:
    """Where thirteen digits end, spaces and points between them counted; the shortest card number has as many."""
    # Runs of 2, 4 and 8 by doubling, then 8 + 5: four passes over the bytes instead of twelve.
    two = _with_next(within, 1)
    eight = _with_next(_with_next(two, 2), 4)
    return _with_next(eight, 5)


def _with_next(marks: pl.Series, by: int) -> pl.Series:
    return marks & _next(marks, by)


def _next(marks: pl.Series, by: int = 1) -> pl.Series:
    """The marks of the bytes before."""
    return marks.shift(by, fill_value=False)
