"""Rows of text as the XML of a workbook's sheet, made a column at a time: a cell by itself costs ten times as much.

Lives here: cells, their escapes, putting them into a workbook that has all but its rows. Not here: that workbook, its
looks and notes (`write.py`). XlsxWriter's own `write_string` takes 9 s for 100,000 rows of 11 cells, this 2 s; for the
10,000 rejects of a million rows a tenth of the whole import (decision 23).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.parsers.expat import ParserCreate
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl

LONGEST = 32_767
"""Characters of a cell, in units of UTF-16."""

CUT = "…"
"""Stands at the end of a text that is too long for a cell."""

SHEET = "xl/worksheets/sheet1.xml"
LEVEL = 3
"""Of the compression: the next levels take twice the time for a tenth of the size."""

LINE_HEIGHT, MOST_LINES = 15, 27
"""In points; a row is 409 points high at most."""

AT_ONCE = 20_000
"""Rows that are in memory as XML at a time."""

ESCAPES = {
    **{chr(code): f"_x{code:04X}_" for code in (*range(0x09), *range(0x0B, 0x20), 0xFFFE, 0xFFFF)},
    **{"&": "&amp;", "<": "&lt;", ">": "&gt;"},
}
"""What stands for characters that XML does not take, as spreadsheets read them back."""


@dataclass(frozen=True)
class Filling:
    """How the rows are put in: columns that look in a way of their own, each by the place of a sample cell that looks
    so. `wrapped`: the column whose text takes as many lines as it needs, each of so many `letters`.
    """

    looks: Mapping[int, int] = field(default_factory=dict)
    wrapped: int | None = None
    letters: int = 60


def put_rows(
    empty: BinaryIO, path: Path, rows: pl.DataFrame, faults: Mapping[int, pl.Series], filling: Filling | None = None
) -> None:
    """Write a workbook with these rows of text, from one whose first sheet has two rows: its titles, and sample cells.

    `empty`: the first of these cells looks as cells of text do, the second as those at fault, others as `filling` says.
    `faults`: by the column's place, the rows whose cell is at fault. The same rows give the same bytes.
    """
    how = filling or Filling()
    with ZipFile(empty) as given, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=LEVEL) as made:
        for part in given.infolist():
            if part.filename != SHEET:
                made.writestr(part, given.read(part), compresslevel=LEVEL)
                continue
            head, looks, tail = _parted(given.read(part), rows)
            # Its size is not known before it is written, and may pass 4 GB.
            with made.open(part, "w", force_zip64=True) as sheet:
                sheet.write(head)
                for xml in _rows(rows, looks, faults, how):
                    sheet.write(xml)
                sheet.write(tail)


def _parted(sheet: bytes, rows: pl.DataFrame) -> tuple[bytes, list[str], bytes]:
    """What stands before the sample cells, and says where the sheet's cells end; their looks; what stands behind.

    Elements and attributes are those of SpreadsheetML (ECMA-376, 18.3.1), found by a parser: how XlsxWriter spells them
    is its own matter.
    """
    places, looks = _places_of(sheet)
    if not {"dimension", "below dimension", "samples", "below samples"} <= places.keys() or len(looks) < 2:
        raise ValueError(
            "XlsxWriter writes a sheet in another way now: two cells with their styles were expected in row 2"
        )
    extent = f'<dimension ref="A1:{_letters(rows.width - 1)}{rows.height + 1}"/>'.encode()
    head = sheet[: places["dimension"]] + extent + sheet[places["below dimension"] : places["samples"]]
    return head, looks, sheet[places["below samples"] :]


def _places_of(sheet: bytes) -> tuple[dict[str, int], list[str]]:
    """Where, in bytes, the sheet's dimension and its second row begin and what follows them; the looks of that row."""
    places: dict[str, int] = {}
    looks: list[str] = []
    parser = ParserCreate()

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        if "dimension" in places:
            places.setdefault("below dimension", parser.CurrentByteIndex)
        if name == "dimension":
            places["dimension"] = parser.CurrentByteIndex
        elif name == "row" and attributes.get("r") == "2":
            places["samples"] = parser.CurrentByteIndex
        elif name == "c" and "samples" in places:
            looks.append(attributes.get("s", "0"))

    def end(name: str) -> None:
        if name == "sheetData":
            places["below samples"] = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.Parse(sheet, True)
    return places, looks


def _rows(rows: pl.DataFrame, looks: list[str], faults: Mapping[int, pl.Series], how: Filling) -> Iterator[bytes]:
    for start in range(0, rows.height, AT_ONCE):
        some = rows.slice(start, AT_ONCE)
        numbers = pl.int_range(start, start + some.height, eager=True)
        cells = [
            _cells(text, numbers, place, (looks[how.looks.get(place, 0)], looks[1]), faults.get(place))
            for place, text in enumerate(some)
        ]
        number = pl.lit((numbers + 2).cast(pl.String))
        whole = pl.concat_str(
            pl.lit('<row r="'), number, pl.lit(_heights(some, how)), pl.lit(">"), *map(pl.lit, cells), pl.lit("</row>")
        )
        yield str(pl.select(whole.alias("xml"))["xml"].str.join("")[0]).encode()


def _heights(rows: pl.DataFrame, how: Filling) -> pl.Series:
    """The attributes that end a row's first tag: its height where its text takes several lines. Excel finds it out when
    it opens a workbook, LibreOffice 7.4 leaves such rows as high as one line.
    """
    if how.wrapped is None:
        return pl.Series(['"'] * rows.height, dtype=pl.String)
    lines = (rows.to_series(how.wrapped).str.len_chars() / how.letters).ceil().clip(1, MOST_LINES)
    height = (lines * LINE_HEIGHT).cast(pl.Int64).cast(pl.String)
    return pl.select('" ht="' + pl.lit(height) + '" customHeight="1"').to_series()


def _cells(
    text: pl.Series, numbers: pl.Series, place: int, looks: tuple[str, str], faults: pl.Series | None
) -> pl.Series:
    """A column's cells, in the rows that are counted so from the first one below the titles."""
    plain, marked = looks
    style = (
        pl.lit(plain)
        if faults is None
        else pl.when(numbers.is_in(faults.implode())).then(pl.lit(marked)).otherwise(pl.lit(plain))
    )
    return pl.select(
        pl.concat_str(
            pl.lit(f'<c r="{_letters(place)}'),
            pl.lit((numbers + 2).cast(pl.String)),
            pl.lit('" s="'),
            style,
            pl.lit('" t="inlineStr"><is><t xml:space="preserve">'),
            pl.lit(_escaped(_fitted(text))),
            pl.lit("</t></is></c>"),
        ).alias("cell")
    )["cell"]


def _escaped(text: pl.Series) -> pl.Series:
    whole = text.fill_null("")
    # A text that looks like an escape of its own would be read back as the character.
    if whole.str.contains("_x", literal=True).any():
        whole = whole.str.replace_all(r"(_x[0-9A-Fa-f]{4}_)", "_x005F${1}")
    return whole.str.replace_many(ESCAPES)


def _fitted(text: pl.Series) -> pl.Series:
    """As much of each text as a cell holds."""
    if not (text.str.len_bytes() > LONGEST).any():
        return text
    return text.map_elements(_cut, return_dtype=pl.String)


def _cut(cell: str) -> str:
    if length_in_cell(cell) <= LONGEST:
        return cell
    # `ignore`, for the cut may fall within a pair of surrogates.
    return cell.encode("utf-16-le")[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + CUT


def length_in_cell(text: str) -> int:
    """The characters of a text as a workbook counts them, in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def _letters(place: int) -> str:
    """The letters of a column, counted from 0: A, B, …, Z, AA."""
    return ("" if place < 26 else _letters(place // 26 - 1)) + chr(ord("A") + place % 26)
