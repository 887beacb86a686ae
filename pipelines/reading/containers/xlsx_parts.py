"""What stands in the parts of an xlsx container beside the cells: hidden rows, merged cells, shares in percent, where a
sheet lies.

Lives here: scanning the XML as it unpacks, a piece at a time, and shortening a workbook to its first rows. Not here:
reading cells (`pipelines/reading/workbooks/workbook_worker.py`), what is made of it all
(`pipelines/reading/workbooks/workbook_reader.py`).
"""

import html
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from pipelines.reading.containers.number_formats import is_percent, of_xlsx
from pipelines.reading.containers.struck_styles import struck_cell

BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)
"""What unpacking a part raises that is not what its container declares."""

Pattern: TypeAlias = re.Pattern[bytes] | None
"""What is looked for in a part, if anything."""

PIECE = 1 << 20
CDATA = b"<![CDATA["
OPENING_CELLS = 10_000
"""A shortened sheet keeps so many cells with a value, and the row that the last of them is in."""

SHEET = re.compile(rb"<(?:\w+:)?worksheet[\s>]")
STRINGS = re.compile(rb"<(?:\w+:)?sst[\s>]")
HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\bhidden="(?:1|true)"')
ERROR_CELL = (b't="e"', b"t='e'")
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s")
VALUE = re.compile(rb"</(?:\w+:)?(?:v|is)>")
ROW_END = re.compile(rb"</((?:\w+:)?)row>")
BLANK_ROW = re.compile(
    rb'<(?:\w+:)?row\s[^>]*?\br="\d+"[^>]*?(?:/>|>(?:<(?:\w+:)?c\s[^>]*?(?:/>|></(?:\w+:)?c>))*</(?:\w+:)?row>)'
)
STRING_OF = re.compile(rb'\st="s"[^>]*>(?:<(?:\w+:)?f\b.*?</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)?<(?:\w+:)?v>\s*(\d+)')
STRING_END = re.compile(rb"</((?:\w+:)?)si>")
DECLARED = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True)
class Marks:
    """What a sheet's XML says beside its cells."""

    hidden_rows: int = 0
    merged_ranges: int = 0
    percent_cells: int = 0
    first_percent_column: str = ""
    values_in_cdata: bool = False
    struck_rows: frozenset[int] = frozenset()


def marks_of_parts(content: bytes) -> dict[str, Marks]:
    """The marks of every part of a container, by its name, unpacking all of it.

    No part unpacks beyond the size that it declares. Raises one of BROKEN where a part is not what it declares.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        looked_for = _percent_cell(container), struck_cell(_styles(container))
        return {part.filename: _marks(container, part, *looked_for) for part in container.infolist()}


def _marks(container: zipfile.ZipFile, part: zipfile.ZipInfo, percent: Pattern, struck: Pattern) -> Marks:
    pieces = [_marks_of_piece(piece, percent, struck) for piece in pieces_of(container, part)]
    return Marks(
        sum(piece.hidden_rows for piece in pieces),
        sum(piece.merged_ranges for piece in pieces),
        sum(piece.percent_cells for piece in pieces),
        next((piece.first_percent_column for piece in pieces if piece.percent_cells), ""),
        any(piece.values_in_cdata for piece in pieces),
        frozenset().union(*(piece.struck_rows for piece in pieces)),
    )


def _marks_of_piece(piece: bytes, percent: Pattern, struck: Pattern) -> Marks:
    hidden = len(HIDDEN_ROW.findall(piece)) if b"hidden=" in piece else 0
    merged = len(MERGED.findall(piece)) if b"mergeCell" in piece else 0
    shares = percent.findall(piece) if percent else []
    rows = frozenset(map(int, struck.findall(piece))) if struck else frozenset()
    return Marks(hidden, merged, len(shares), shares[0].decode() if shares else "", CDATA in piece, rows)


def _styles(container: zipfile.ZipFile) -> bytes:
    """The part of styles; nothing where there is none."""
    name = next((name for name in container.namelist() if name.lower().endswith("xl/styles.xml")), None)
    return container.read(name) if name else b""


def _percent_cell(container: zipfile.ZipFile) -> Pattern:
    """The start of a cell whose number is shown in percent, with its column; None where no style shows any (PIT-60)."""
    formats = of_xlsx(_styles(container))
    shown = b"|".join(str(place).encode() for place, code in enumerate(formats) if is_percent(code))
    if not shown:
        return None
    # A number has no type or `n`; a text in a style of percents is shown as it is.
    number = rb"""(?![^>]*\bt=["'][^n])(?=[^>]*\bs=["'](?:%b)["'])""" % shown
    return re.compile(rb"""<(?:\w+:)?c\s%b[^>]*?\br=["']([A-Z]{1,3})\d+["'](?:[^>/]|/(?!>))*>""" % number)


def pieces_of(container: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part in pieces of whole tags."""
    rest = b""
    with container.open(part) as stream:
        while piece := stream.read(PIECE):
            # At the last tag: no pattern is parted between two pieces.
            cut = (rest + piece).rfind(b"<")
            whole, rest = ((rest + piece)[:cut], (rest + piece)[cut:]) if cut > 0 else (b"", rest + piece)
            yield whole
    yield rest


def says_no_error(content: bytes) -> bool:
    """Whether this is an xlsx of which no part has an error cell; of other workbooks that is not known so cheaply."""
    if not content.startswith(b"PK"):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        sheets = [part for part in container.infolist() if part.filename.lower().endswith(".xml")]
        is_xlsx = any(part.filename.lower().endswith("workbook.xml") for part in sheets)
        return is_xlsx and not any(
            mark in piece for part in sheets for piece in pieces_of(container, part) for mark in ERROR_CELL
        )


def part_of_sheet(content: bytes, sheet: str) -> str | None:
    """The name of the part that holds a sheet of an xlsx; null where the workbook does not say."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        texts = {name: container.read(name).decode("utf-8", "replace") for name in _directories(container)}
        names = container.namelist()
    links = {link.get("Id"): link.get("Target", "") for text in texts.values() for link in attributes(RELATION, text)}
    declared = [entry for text in texts.values() for entry in attributes(DECLARED, text)]
    ids = {entry.get("name"): value for entry in declared for name, value in entry.items() if name.endswith(":id")}
    target = links.get(ids.get(sheet))
    return _resolved(target, names) if target else None


def _directories(container: zipfile.ZipFile) -> list[str]:
    return [name for name in container.namelist() if name.lower().endswith(("workbook.xml", "workbook.xml.rels"))]


def _resolved(target: str, names: list[str]) -> str | None:
    """The part that a relation means: by its full path, or by the end of it."""
    path = target.replace("\\", "/").lstrip("/").removeprefix("./")
    # Targets are relative to the workbook's folder, which writers name in several ways: the end of the path is enough.
    return next((name for name in names if name.replace("\\", "/").lstrip("/").endswith(path)), None)


def attributes(tag: re.Pattern[str], text: str) -> list[dict[str, str]]:
    """The attributes of every such tag in a text."""
    return [
        {name: html.unescape(double or single) for name, double, single in ATTRIBUTE.findall(found)}
        for found in tag.findall(text)
    ]


def shortened(content: bytes) -> tuple[bytes, frozenset[str]]:
    """An xlsx with only the first rows of each sheet, and the parts of which rows were left out.

    Of a sheet that is cut, rows without any value may be missing above the cut too; the others keep their numbers.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        openings = {part.filename: _opening(container, part) for part in container.infolist()}
    cut = frozenset(name for name, (_, whole) in openings.items() if not whole)
    if not cut:
        return content, cut
    # Of a million shared strings the first rows need few, and the reader parses all that there are.
    strings = _strings_of(text for text, _ in openings.values() if SHEET.search(text[:PIECE]))
    return packed({name: _with_few(text, strings) for name, (text, _) in openings.items()}), cut


def _opening(container: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[bytes, bool]:
    """A part as it is, of a sheet only its first rows, and whether that is the whole part."""
    with container.open(part) as stream:
        text = stream.read(PIECE)
        if not SHEET.search(text):
            return text + stream.read(), True
        while len(VALUE.findall(text)) < OPENING_CELLS:
            piece = stream.read(PIECE)
            if not piece:
                return text, True
            # A sheet formatted to its last row has a million rows of nothing, which are not to fill the shortened copy.
            text = BLANK_ROW.sub(b"", text) + piece
    return _cut(text)


def _cut(text: bytes) -> tuple[bytes, bool]:
    """A sheet's XML up to the last row that is whole, made whole itself."""
    last = next(reversed(list(ROW_END.finditer(text))), None)
    if last is None:
        return text, True
    prefix = last.group(1)
    return text[: last.end()] + b"</" + prefix + b"sheetData></" + prefix + b"worksheet>", False


def _strings_of(sheets: Iterable[bytes]) -> int:
    """How many of the shared strings these sheets need."""
    return 1 + max((int(place) for sheet in sheets for place in STRING_OF.findall(sheet)), default=0)


def _with_few(text: bytes, wanted: int) -> bytes:
    """The shared strings without those that nothing needs; any other part as it is."""
    if not STRINGS.search(text[:PIECE]):
        return text
    last = next(islice(STRING_END.finditer(text), wanted - 1, None), None)
    if last is None:
        return text
    return text[: last.end()] + b"</" + last.group(1) + b"sst>"


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A container of these parts, for readers in the same process: nothing in it is compressed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as container:
        for name, text in parts.items():
            container.writestr(name, text)
    return packed.getvalue()
