"""The looks of an OpenDocument spreadsheet: padded numbers, currencies, errors, formulas without a result, hidden rows.

Lives here: walking the tables of `content.xml`, only where something in it gives a reason. Not here: percents
(`pipelines/reading/workbooks/percent_cells.py`).
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from pipelines.reading.cell_formats.formulas import gives_text, is_zero
from pipelines.reading.cell_formats.shown_cells import MOST_COLUMNS, MOST_ROWS, Looks
from pipelines.reading.containers.broken_xml import NO_XML
from pipelines.reading.containers.number_formats import Mask

OFFICE, TABLE, TEXT, STYLE, NUMBER = (
    f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0 " for name in ("office", "table", "text", "style", "datastyle")
)
VALUE_TYPE, VALUE, CURRENCY = f"{OFFICE}value-type", f"{OFFICE}value", f"{OFFICE}currency"
# LibreOffice's own attribute: ODF has no type for errors.
EXTENDED_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
STYLES_OF_NUMBERS = (f"{NUMBER}number-style", f"{NUMBER}currency-style")
ROWS_REPEATED, COLUMNS_REPEATED = f"{TABLE}number-rows-repeated", f"{TABLE}number-columns-repeated"
HIDDEN = frozenset({"collapse", "filter"})
REASONS = re.compile(
    rb'min-integer-digits="(?:[2-9]|\d\d)|:formula=|:visibility="(?:collapse|filter)"|"error"|:p>0\d|:currency'
)
# LibreOffice writes errors in the user's language and some by number; German `#NV` is `#N/A`.
ERROR = re.compile(r"#(?:N/A|NV|DIV/0 ?!|[A-Z]+[!?])|Err:\d{3}")
BETWEEN = re.compile(r"[- ()+/\u00a0\u202f]")


def looks_of_ods(content: bytes, sheet: str) -> Looks:
    """What `content.xml` says of the cells of a sheet; nothing where nothing in it gives a reason to look."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        name = next((name for name in container.namelist() if name.lower() == "content.xml"), "")
        text = container.read(name) if name else b""
    walk = _Walk(sheet)
    if REASONS.search(text):
        parser = expat.ParserCreate(namespace_separator=" ")
        # Else expat hands over a text in pieces, at each entity and line end.
        parser.buffer_text = True
        parser.StartElementHandler = walk.start
        parser.EndElementHandler = walk.end
        parser.CharacterDataHandler = walk.text
        try:
            parser.Parse(text, True)
        except NO_XML:
            return Looks()
    return walk.looks


class _Walk:
    """One way through the tables, cell by cell."""

    def __init__(self, sheet: str) -> None:
        self.looks = Looks()
        self._sheet, self._here = sheet, False
        self._row, self._column = 0, 0
        self._told: Mapping[str, str] = {}
        self._row_told: Mapping[str, str] = {}
        self._row_filled = False
        self._shown: list[str] = []
        self._paragraphs = 0
        self._widths: dict[str, int] = {}
        self._signs: dict[str, str] = {}
        self._in_sign = False
        self._looks_of_style: dict[str, str] = {}
        self._style_of_numbers = ""
        self._styles_of_columns: list[str] = []

    def start(self, name: str, told: Mapping[str, str]) -> None:
        """The parser is at the start of an element."""
        if name in CELLS:
            self._told, self._shown = told, []
        elif name == f"{TEXT}p":
            self._paragraphs += 1
        elif name == f"{TABLE}table-row":
            self._row_told, self._row_filled, self._column = told, False, 0
        elif name == f"{TABLE}table":
            self._here, self._row, self._styles_of_columns = told.get(f"{TABLE}name") == self._sheet, 0, []
        elif name == f"{TABLE}table-column":
            count = _repeated(told, COLUMNS_REPEATED, MOST_COLUMNS)
            self._styles_of_columns += [told.get(f"{TABLE}default-cell-style-name", "")] * count
        else:
            self._learn_style(name, told)

    def _learn_style(self, name: str, told: Mapping[str, str]) -> None:
        """Styles stand before the tables; one with a literal text pads only as its cells show."""
        if name in STYLES_OF_NUMBERS:
            self._style_of_numbers = told.get(f"{STYLE}name", "")
        elif name == f"{NUMBER}number" and self._style_of_numbers and _pads(told):
            self._widths[self._style_of_numbers] = int(told[f"{NUMBER}min-integer-digits"])
        elif name == f"{NUMBER}currency-symbol":
            self._in_sign = True
        elif name in (f"{NUMBER}text", f"{NUMBER}embedded-text"):
            self._widths.pop(self._style_of_numbers, None)
        elif name == f"{STYLE}style" and f"{STYLE}data-style-name" in told:
            self._looks_of_style[told.get(f"{STYLE}name", "")] = told[f"{STYLE}data-style-name"]

    def text(self, text: str) -> None:
        """Text of a cell's paragraphs, or of a style's currency."""
        if self._in_sign:
            self._signs[self._style_of_numbers] = self._signs.get(self._style_of_numbers, "") + text
        if self._paragraphs:
            self._shown.append(text)

    def end(self, name: str) -> None:
        """The parser is at the end of an element."""
        if name in CELLS:
            self._end_cell()
        elif name == f"{TEXT}p":
            self._paragraphs -= 1
        elif name in STYLES_OF_NUMBERS:
            self._style_of_numbers = ""
        elif name == f"{NUMBER}currency-symbol":
            self._in_sign = False
        elif name == f"{TABLE}table-row":
            count = _repeated(self._row_told, ROWS_REPEATED, MOST_ROWS)
            hidden = self._row_told.get(f"{TABLE}visibility") in HIDDEN
            # The blank rest of a sheet may be one hidden row that repeats a million times: only filled rows count.
            self.looks.hidden_rows += count if self._here and hidden and self._row_filled else 0
            self._row += count
        elif name == f"{TABLE}table":
            self._here = False

    def _end_cell(self) -> None:
        count = _repeated(self._told, COLUMNS_REPEATED, MOST_COLUMNS)
        if self._here and (VALUE_TYPE in self._told or f"{TABLE}formula" in self._told):
            self._row_filled = True
            self._look("".join(self._shown).strip(), count)
        self._column += count

    def _look(self, shown: str, count: int) -> None:
        told, formula = self._told, self._told.get(f"{TABLE}formula")
        kind, value = told.get(VALUE_TYPE), told.get(VALUE, "")
        is_number = kind in ("float", "currency", "percentage")
        if told.get(EXTENDED_TYPE) == "error" or (formula and ERROR.fullmatch(shown)):
            self.looks.texts.update(dict.fromkeys(self._places(count), shown if shown[:1] == "#" else f"#{shown}"))
        elif formula and (kind is None or (is_number and (not value or (is_zero(value) and gives_text(formula))))):
            self.looks.not_computed.update(self._places(count))
        elif is_number and (sign := told.get(CURRENCY) or self._signs.get(self._style_of_cell(), "").strip()):
            for row, place in self._places(count):
                self.looks.masked[place, sign].append(row)
        elif kind == "float" and value.isdecimal():
            self._look_at_number(value, shown, count)

    def _look_at_number(self, value: str, shown: str, count: int) -> None:
        """Padded as the cell shows it; where it shows nothing, by its style."""
        width = self._widths.get(self._style_of_cell(), 0)
        if not shown and width:
            mask = Mask(("",) * (width + 1))
            for row, place in self._places(count):
                self.looks.masked[place, mask].append(row)
        elif is_padded(value, shown):
            self.looks.texts.update(dict.fromkeys(self._places(count), shown))

    def _style_of_cell(self) -> str:
        """The style of the present cell's number: its own, else its row's, else its column's."""
        column = self._styles_of_columns[self._column] if self._column < len(self._styles_of_columns) else ""
        style = self._told.get(f"{TABLE}style-name") or self._row_told.get(f"{TABLE}default-cell-style-name") or column
        return self._looks_of_style.get(style, "")

    def _places(self, count: int) -> Iterator[tuple[int, int]]:
        rows = range(self._row, self._row + _repeated(self._row_told, ROWS_REPEATED, MOST_ROWS))
        return ((row, self._column + place) for row in rows for place in range(count))


def is_padded(value: str, shown: str) -> bool:
    """Whether a whole number is shown with zeros before it or signs between its digits; spaces alone are groups."""
    digits = BETWEEN.sub("", shown)
    if not digits.isascii() or not digits.isdigit() or digits.lstrip("0") != value.lstrip("0"):
        return False
    return (digits[0] == "0" and len(digits) > 1) or (digits != shown and bool(set(shown) & set("-()/")))


def _pads(told: Mapping[str, str]) -> bool:
    width = told.get(f"{NUMBER}min-integer-digits", "")
    plain = told.get(f"{NUMBER}decimal-places", "0") == "0" and told.get(f"{NUMBER}grouping") != "true"
    return plain and width.isdecimal() and 1 < int(width) < 100


def _repeated(told: Mapping[str, str], name: str, most: int) -> int:
    count = told.get(name, "1")
    return min(int(count), most) if count.isdecimal() else 1
