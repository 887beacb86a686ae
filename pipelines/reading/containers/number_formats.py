"""The number formats of a workbook's styles: which show percents, and which pad a number with zeros.

Lives here: what a format code means, the format of every style of xlsx, xls and xlsb. Not here: the cells that have the
style (`pipelines/reading/cell_formats/shown_cells.py`, `pipelines/reading/workbooks/percent_cells.py`), formats of
dates, which the native readers know.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from pipelines.reading.containers.binary_records import binary_records, records_of
from pipelines.reading.containers.broken_xml import NO_XML

BUILT_IN = {1: "0", 9: "0%", 10: "0.00%"}
"""The codes of built-in formats, of those that matter here (ECMA-376, part 1, 18.8.30)."""

GENERAL = "General"
# A text in quotes, an escaped character, `_x` (a gap as wide as x), `*x` (x repeated to fill the cell).
LITERAL = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)')
REGION = re.compile(r"\[(?:\$-[^\]]*|Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Color ?\d+)\]", re.IGNORECASE)
PLACES = "0#"
BETWEEN = frozenset("- ()+/:")
"""Characters that stand for themselves between the digits of a code, without quotes."""

BIFF8 = struct.pack("<H", 0x600)
# FORMAT and XF of MS-XLS.
XLS_FORMAT, XLS_STYLE = 0x41E, 0xE0
# BrtFmt, BrtBeginCellXFs, BrtEndCellXFs, BrtXF of MS-XLSB.
XLSB_FORMAT, XLSB_STYLES, XLSB_STYLES_END, XLSB_STYLE = 44, 617, 618, 47


@dataclass(frozen=True)
class Mask:
    """How a format pads a whole number: its digits from the right into the places, each piece of text between them.

    `parts`: the text before the first place, between the places, behind the last.
    """

    parts: tuple[str, ...]

    @property
    def is_bare(self) -> bool:
        """Whether it adds nothing but zeros."""
        return not any(self.parts)

    def shown(self, digits: str) -> str:
        """The digits of a whole number as the format shows them."""
        width = len(self.parts) - 1
        padded = digits.zfill(width)
        first, rest = padded[: len(padded) - width + 1], padded[len(padded) - width + 1 :]
        return self.parts[0] + first + "".join(map("".join, zip(self.parts[1:-1], rest, strict=True))) + self.parts[-1]


def is_percent(code: str) -> bool:
    """Whether numbers of this format are shown in percent."""
    return "%" in LITERAL.sub("", code)


def mask_of(code: str) -> Mask | None:
    """How a format pads with zeros: `00000`, `00-000`, `"C-"0000`, `0# ## ## ## ##`; None for any other.

    A number of one digit is no padded one, so that `0` and `0 "pcs"` are none; nor is a share, a date, an amount with
    decimals or groups of thousands.
    """
    parts, first = [""], ""
    # The first section alone: the others are of negative numbers, zero and text.
    for text, is_literal in pieces(REGION.sub("", code.split(";")[0])):
        if is_literal or text in BETWEEN:
            parts[-1] += text
        elif text in PLACES:
            first = first or text
            parts.append("")
        else:
            return None
    # `#` before it pads nothing.
    return Mask(tuple(parts)) if first == "0" and len(parts) > 2 else None


def pieces(code: str) -> Iterator[tuple[str, bool]]:
    """The characters of a code, and the texts in it that stand for themselves, which are told by true."""
    at = 0
    for found in LITERAL.finditer(code):
        yield from ((character, False) for character in code[at : found.start()])
        yield found[1] or found[2] or "", True
        at = found.end()
    yield from ((character, False) for character in code[at:])


def of_xlsx(styles: bytes) -> tuple[str, ...]:
    """The format of every cell style, by the style's place, from `styles.xml`; none where that is no XML.

    A style without `numFmtId` has format 0 (ECMA-376, part 1, 18.8.45): excel4node (1.8.2) writes its first one so.
    """
    own = {each.get("numFmtId", ""): each.get("formatCode", "") for each in elements_of(styles, "numFmts/{*}numFmt")}
    numbers = [each.get("numFmtId", "0") for each in elements_of(styles, "cellXfs/{*}xf")]
    return tuple(own.get(number) or _built_in(int(number) if number.isdecimal() else 0) for number in numbers)


def elements_of(part: bytes, path: str) -> list[Mapping[str, str]]:
    """The attributes of the elements of a small part at a path below its root; none where it is no XML."""
    try:
        root = ElementTree.fromstring(part)  # noqa: S314  # expat refuses entities that swell
    except NO_XML:
        return []
    return [each.attrib for each in root.iterfind(f"{{*}}{path}")]


def of_xls(book: bytes) -> tuple[str, ...]:
    """The same from the workbook stream of an xls."""
    told = list(records_of(book))
    wide = bool(told) and told[0][1][:2] == BIFF8
    own = {short(data): text(data[2:], 2 if wide else 1, wide) for kind, data in told if kind == XLS_FORMAT}
    numbers = [short(data, 2) for kind, data in told if kind == XLS_STYLE]
    return tuple(own.get(number) or _built_in(number) for number in numbers)


def of_xlsb(styles: bytes) -> tuple[str, ...]:
    """The same from `styles.bin`."""
    own, numbers, among = {}, [], False
    for kind, data in binary_records(styles):
        # The same records stand for named styles outside of it, which cells do not count.
        among = kind == XLSB_STYLES or (among and kind != XLSB_STYLES_END)
        if kind == XLSB_FORMAT:
            own[short(data)] = data[6:].decode("utf-16-le", "replace")
        elif kind == XLSB_STYLE and among:
            numbers.append(short(data, 2))
    return tuple(own.get(number) or _built_in(number) for number in numbers)


def _built_in(number: int) -> str:
    return BUILT_IN.get(number, GENERAL)


def text(data: bytes, length: int, flagged: bool) -> str:
    """A text of an xls behind its length, of wide characters where its flags say so."""
    if flagged and data[length : length + 1] and data[length] & 1:
        return data[length + 1 :].decode("utf-16-le", "replace")
    return data[length + flagged :].decode("cp1252", "replace")


def short(data: bytes, at: int = 0) -> int:
    """A whole number of two bytes."""
    return int.from_bytes(data[at : at + 2], "little")
