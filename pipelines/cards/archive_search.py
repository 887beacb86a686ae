"""Card numbers in a file as it would be archived: in every part of a workbook; masked in the bytes of a text.

Lives here: searching bytes, masking numbers that are known in them. Not here: what a card number is
(`card_numbers.py`), what is stored then (`mask_cards.py`). Not searched: pictures, macros, a number whose digits stand
in several cells.
"""

import html
import io
import re
import zipfile
from collections.abc import Iterator

import polars as pl

from pipelines.cards.card_numbers import IN_ASCII, LIKELY, card_numbers
from pipelines.reading.containers.xlsx_parts import pieces_of
from pipelines.reading.text.byte_scan import may_hold_cards

FORMATTING = re.compile(
    r"</?(?:\w+:)?(?:r|t|rPr|b|i|u|strike|sz|color|rFont|family|scheme|charset|vertAlign|phoneticPr|span|a)(?:\s[^>]*)?/?>"
)
"""Tags between which one text goes on: a number whose digits look different is one number."""

RICH = re.compile(rb"</(?:a:)?r>|<text:(?:span|s|tab|line-break)\b")
"""Where formatting parts a text at all."""

SPACE_OF_ODS = re.compile(r"<text:(?:s|tab|line-break)(?:\s[^>]*)?/>")
HELD = rf"[^<>\"\n]*(?:{LIKELY})[^<>\"\n]*"
HELD_IN_BYTES = f"(?:{IN_ASCII})[^\\pL]{{0,40}}"
BETWEEN_DIGITS = 6
"""Bytes that may stand between two digits of one number: a space of several bytes, a line's end and a quote."""

STARTING = 6
"""Digits by which most places are passed over."""

MARKS = {"utf-16-le": (b"\xff\xfe", 1), "utf-16-be": (b"\xfe\xff", 0)}
NESTED = 3


def numbers_in_workbook(content: bytes, depth: int = 0) -> frozenset[str]:
    """The digits of every card number in a workbook, whatever part of it they stand in.

    Raises one of `xlsx_parts.BROKEN` where a part cannot be unpacked.
    """
    found = _numbers_in_bytes(content)
    # Workbooks may hold workbooks; a container that holds itself must come to an end.
    if not content.startswith(b"PK") or depth == NESTED:
        return found
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        for part in container.infolist():
            if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                found |= _numbers_in_xml(container, part)
            else:
                found |= numbers_in_workbook(container.read(part), depth + 1)
    return found


def _numbers_in_xml(container: zipfile.ZipFile, part: zipfile.ZipInfo) -> frozenset[str]:
    """Those of one part: in its texts, in its attributes, and in texts that formatting parts."""
    held: list[str] = []
    for piece in pieces_of(container, part):
        if not (may_hold_cards(piece) or b"&#" in piece or RICH.search(piece)):
            continue
        text = piece.decode("utf-8", "replace")
        spelled = html.unescape(text.replace("&lt;", " ").replace("&quot;", " ")) if "&#" in text else text
        glued = [FORMATTING.sub("", SPACE_OF_ODS.sub(" ", spelled))] if RICH.search(piece) else []
        held += pl.Series([spelled, *glued]).str.extract_all(HELD).explode().drop_nulls().to_list()
    return card_numbers(pl.Series(held, dtype=pl.String))


def _numbers_in_bytes(content: bytes) -> frozenset[str]:
    """Those that stand in bytes as ASCII or as UTF-16, at even places or odd ones."""
    # A stream within a file may begin at an odd place.
    wide = (content[start:].decode("utf-16-le", "replace") for start in (0, 1)) if _has_wide(content) else ()
    texts = pl.Series([content.decode("latin-1"), *wide], dtype=pl.String)
    return card_numbers(texts.str.extract_all(HELD_IN_BYTES).explode().drop_nulls())


def _has_wide(content: bytes) -> bool:
    return re.search(rb"(?:[0-9]\x00){3}", content) is not None


def mask_numbers(content: bytes, numbers: frozenset[str]) -> bytes:
    """A text with all but the last four digits of these numbers as `*`, wherever they stand, no byte more or less.

    Every encoding in use writes digits as ASCII does, or as UTF-16; what another one leaves is found by reading again.
    """
    encoding = _encoding(content)
    even = len(content) - len(content) % 2 if encoding != "latin-1" else len(content)
    # Broken pairs come back as the very bytes that they were.
    errors = "strict" if encoding == "latin-1" else "surrogatepass"
    try:
        text = content[:even].decode(encoding, errors)
    except UnicodeDecodeError:
        return content
    if encoding == "latin-1":
        masked = bytearray(content)
        for place in _places_of(text, numbers):
            masked[place] = ord("*")
        return bytes(masked)
    signs = list(text)
    for place in _places_of(text, numbers):
        signs[place] = "*"
    return "".join(signs).encode(encoding, errors) + content[even:]


def _places_of(text: str, numbers: frozenset[str]) -> Iterator[int]:
    """Where the digits of these numbers stand, but for the last four of each."""
    sizes = sorted({len(number) for number in numbers}, reverse=True)
    starts = {number[:STARTING] for number in numbers}
    for run in re.finditer(rf"[0-9](?:[^0-9]{{0,{BETWEEN_DIGITS}}}[0-9])*", text):
        places = [found.start() for found in re.finditer("[0-9]", run[0])]
        digits = re.sub("[^0-9]", "", run[0])
        for start in range(len(digits)):
            if digits[start : start + STARTING] not in starts:
                continue
            # The longest first: a card's number may begin with another one.
            size = next((size for size in sizes if digits[start : start + size] in numbers), None)
            if size is not None:
                yield from (run.start() + place for place in places[start : start + size - 4])


def _encoding(content: bytes) -> str:
    """UTF-16 by its mark or by its zero bytes; else any encoding in which a digit is one byte."""
    for encoding, (mark, zero_at) in MARKS.items():
        if content.startswith(mark) or (len(content) > 1 and content[zero_at] == 0 and content[1 - zero_at] != 0):
            return encoding
    return "latin-1"
