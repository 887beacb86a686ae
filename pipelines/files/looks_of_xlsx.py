"""The looks of an xlsx: numbers that a format pads, formulas without a result.

Lives here: walking the sheet's XML, only where its styles or formulas give a reason. Not here: hidden rows and
percents, which a quicker look finds (`workbook_parts.py`).
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import IO
from xml.parsers import expat

from pipelines.files import number_formats
from pipelines.files.cell_looks import Looks, Results
from pipelines.files.formulas import gives_text
from pipelines.files.number_formats import Mask, mask_of
from pipelines.files.workbook_parts import PIECE, part_of_sheet, pieces_of

FORMULA = (b"<f>", b"<f ", b":f>", b":f ", b"<f/>")
PLACE = re.compile(r"([A-Z]{1,3})(\d+)")
TRUTHS = frozenset({"1", "true"})


def looks_of_xlsx(content: bytes, sheet: str) -> Looks:
    """What the XML of a sheet says of its cells; nothing where neither a style nor a formula gives a reason to look."""
    part = part_of_sheet(content, sheet)
    if part is None:
        return Looks()
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        masks = _masks(container)
        info = container.getinfo(part)
        if not masks and not any(mark in piece for piece in pieces_of(container, info) for mark in FORMULA):
            return Looks()
        walk = _Walk(masks, _computes_on_load(container))
        with container.open(info) as stream:
            walk.read(stream)
    walk.looks.not_computed.update(walk.results.never_computed())
    return walk.looks


def _masks(container: zipfile.ZipFile) -> dict[str, Mask]:
    """The styles that pad, by their number as cells name it."""
    formats = number_formats.of_xlsx(_part(container, "styles.xml"))
    return {str(place): mask for place, code in enumerate(formats) if (mask := mask_of(code))}


def _computes_on_load(container: zipfile.ZipFile) -> bool:
    """Whether the workbook asks to be computed when it is opened, so that its results need not be any."""
    found = number_formats.elements_of(_part(container, "workbook.xml"), "calcPr")
    return any(each.get("fullCalcOnLoad", "").lower() in TRUTHS for each in found)


def _part(container: zipfile.ZipFile, end_of_name: str) -> bytes:
    name = next((name for name in container.namelist() if name.lower().endswith(f"xl/{end_of_name}")), None)
    return container.read(name) if name else b""


class _Walk:
    """One way through a sheet's XML, cell by cell."""

    def __init__(self, masks: Mapping[str, Mask], computes_on_load: bool) -> None:
        self.looks, self.results = Looks(), Results()
        self._masks, self._computes_on_load = masks, computes_on_load
        self._row, self._column = -1, -1
        self._kind, self._style = "n", "0"
        self._formula: list[str] | None = None
        self._value: list[str] | None = None
        self._into: list[str] | None = None

    def read(self, stream: IO[bytes]) -> None:
        """Walk through all of it; what is no XML ends the walk, for the reader has the say on that."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            while piece := stream.read(PIECE):
                parser.Parse(piece)
        except expat.ExpatError:
            return

    def _start(self, name: str, told: Mapping[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "c":
                self._begin_cell(told)
            case "v":
                self._into = self._value = []
            case "f":
                self._into = self._formula = []
            case "row":
                number = told.get("r", "")
                self._row = int(number) - 1 if number.isdecimal() else self._row + 1
                self._column = -1

    def _begin_cell(self, told: Mapping[str, str]) -> None:
        place = PLACE.fullmatch(told.get("r", ""))
        self._column = _column(place[1]) if place else self._column + 1
        self._row = int(place[2]) - 1 if place else self._row
        self._kind, self._style = told.get("t", "n"), told.get("s", "0")
        self._formula = self._value = None

    def _text(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def _end(self, name: str) -> None:
        match name.rpartition(" ")[2]:
            case "c":
                self._end_cell()
            case "v" | "f":
                self._into = None

    def _end_cell(self) -> None:
        value = "".join(self._value or ()).strip()
        if self._formula is not None:
            self._end_formula(value, "".join(self._formula))
        if value and self._kind == "n" and self._style in self._masks:
            self.looks.masked[self._column, self._masks[self._style]].append(self._row)

    def _end_formula(self, value: str, formula: str) -> None:
        """A result of no type and no value is none: openpyxl (3.1) leaves it out; an empty text has its type."""
        is_zero = self._kind == "n" and bool(value) and _is_zero(value)
        if self._kind == "n" and (not value or (is_zero and gives_text(formula))):
            self.looks.not_computed.add((self._row, self._column))
        elif is_zero and self._computes_on_load:
            self.results.zeros[self._column].append(self._row)
        elif value:
            self.results.others.add(self._column)


def _is_zero(value: str) -> bool:
    return not value.strip("+-0.") and "0" in value


def _column(letters: str) -> int:
    found = 0
    for letter in letters:
        found = 26 * found + ord(letter) - ord("A") + 1
    return found - 1
