"""The looks of an xlsx: numbers that a format pads or shows in a currency, formulas without a result.

Lives here: walking the sheet's XML, only where its styles or formulas give a reason. Not here: hidden rows and
percents, which a quicker look finds (`pipelines/reading/containers/xlsx_parts.py`).
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import IO
from xml.parsers import expat

from pipelines.reading.cell_formats.currency_formats import looks_by_style
from pipelines.reading.cell_formats.formulas import gives_text, is_zero
from pipelines.reading.cell_formats.shown_cells import Looks, Place, Results
from pipelines.reading.containers import number_formats
from pipelines.reading.containers.broken_xml import NO_XML
from pipelines.reading.containers.number_formats import Mask
from pipelines.reading.containers.xlsx_parts import PIECE, part_of_sheet, pieces_of

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


def _masks(container: zipfile.ZipFile) -> dict[str, Mask | str]:
    """The styles that pad or name a currency, by their number as cells name it."""
    formats = number_formats.of_xlsx(_part(container, "styles.xml"))
    return {str(place): look for place, look in looks_by_style(formats).items()}


def _computes_on_load(container: zipfile.ZipFile) -> bool:
    """Whether the workbook asks to be computed when it is opened, so that its results need not be any."""
    found = number_formats.elements_of(_part(container, "workbook.xml"), "calcPr")
    return any(each.get("fullCalcOnLoad", "").lower() in TRUTHS for each in found)


def _part(container: zipfile.ZipFile, end_of_name: str) -> bytes:
    name = next((name for name in container.namelist() if name.lower().endswith(f"xl/{end_of_name}")), None)
    return container.read(name) if name else b""


class _Walk:
    """One way through a sheet's XML.

    Python is called at the start of each element, and for text and ends only within cells that have a formula: that
    took 3 s instead of 11 for 500,000 cells on a busy machine.
    """

    def __init__(self, masks: Mapping[str, Mask | str], computes_on_load: bool) -> None:
        self.looks, self.results = Looks(), Results()
        self._masks, self._computes_on_load = masks, computes_on_load
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._first
        self._names: tuple[str, ...] = ()
        self._row, self._column = -1, -1
        self._told: Mapping[str, str] = {}
        self._in_formula_cell = False
        self._formula: list[str] = []
        self._value: list[str] = []
        self._into: list[str] | None = None

    def read(self, stream: IO[bytes]) -> None:
        """Walk through all of it; what is no XML ends the walk, for the reader has the say on that."""
        try:
            while piece := stream.read(PIECE):
                self._parser.Parse(piece)
        except NO_XML:
            return

    def _first(self, name: str, _: Mapping[str, str]) -> None:
        """The root says with which prefix, if any, the names of the sheet are written."""
        prefix = name.removesuffix("worksheet")
        self._names = tuple(f"{prefix}{local}" for local in ("c", "v", "f", "row"))
        self._parser.StartElementHandler = self._start

    def _start(self, name: str, told: Mapping[str, str]) -> None:
        cell, value, formula, row = self._names
        if name == cell:
            self._told = told
            place = told.get("r")
            # `r` of a cell may be left out (ECMA-376, part 1, 18.3.1.4): then it stands behind its left neighbour.
            self._column = self._column + 1 if place is None else -1
            if self._masks and told.get("s") in self._masks and told.get("t", "n") == "n":
                at = self._position()
                self.looks.masked[at[1], self._masks[told["s"]]].append(at[0])
        elif name == formula:
            self._in_formula_cell = True
            self._formula, self._value = [], []
            self._into = self._formula
            self._parser.CharacterDataHandler = self._text
            self._parser.EndElementHandler = self._end
        elif name == value and self._in_formula_cell:
            self._into = self._value
        elif name == row:
            number = told.get("r", "")
            self._row = int(number) - 1 if number.isdecimal() else self._row + 1
            self._column = -1

    def _position(self) -> Place:
        """Where the present cell is: as it says, or behind its left neighbour."""
        found = PLACE.fullmatch(self._told.get("r", ""))
        return (int(found[2]) - 1, _column(found[1])) if found else (self._row, self._column)

    def _text(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def _end(self, name: str) -> None:
        if name != self._names[0]:
            self._into = None
            return
        self._end_formula("".join(self._value).strip(), "".join(self._formula))
        self._in_formula_cell = False
        # Off again until the next formula: what costs time is each call of Python.
        self._parser.CharacterDataHandler = None
        self._parser.EndElementHandler = None

    def _end_formula(self, value: str, formula: str) -> None:
        """A result of no type and no value is none: openpyxl (3.1) leaves it out; an empty text has its type."""
        row, column = self._position()
        is_number = self._told.get("t", "n") == "n"
        zero = is_number and is_zero(value)
        if is_number and (not value or (zero and gives_text(formula))):
            self.looks.not_computed.add((row, column))
        elif zero and self._computes_on_load:
            self.results.zeros[column].append(row)
        elif value:
            self.results.others.add(column)


def _column(letters: str) -> int:
    found = 0
    for letter in letters:
        found = 26 * found + ord(letter) - ord("A") + 1
    return found - 1
