"""Rows of text as the XML of a workbook's sheet, made a column at a time: a cell by itself costs ten times as much.

Lives here: cells, their escapes, putting them into a workbook that has all but its rows. Not here: that workbook, its
looks and notes (`write.py`).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl

LONGEST = 32_767
"""Characters of a cell, in units of UTF-16."""

CUT = "…"
"""Stands at the end of a text that is too long for a cell."""

SHEET = "xl/worksheets/sheet1.xml"
LEVEL = 3
"""Of the compression: the next levels take twice the time for a tenth of the size."""

AT_ONCE = 20_000
"""Rows that are in memory as XML at a time."""

ESCAPES = {
    **{chr(code): f"_x{code:04X}_" for code in (*range(0x09), *range(0x0B, 0x20), 0xFFFE, 0xFFFF)},
    **{"&": "&amp;", "<": "&lt;", ">": "&gt;"},
}
"""What stands for characters that XML does not take, as spreadsheets read them back."""


def put_rows(empty: BinaryIO, path: Path, rows: pl.DataFrame, faults: Mapping[int, pl.Series]) -> None:
    """Write a workbook with these rows of text, from one whose only sheet has two rows: its titles, and two cells.

    `empty`: the first of these cells looks as cells of text do, the second as those at fault. `faults`: by the column's
    place, the rows whose cell is at fault. The same rows give the same bytes.
    """
    with ZipFile(empty) as given, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=LEVEL) as made:
        for part in given.infolist():
            if part.filename != SHEET:
                made.writestr(part, given.read(part), compresslevel=LEVEL)
                continue
            head, looks, tail = _parted(given.read(part).decode())
            with made.open(part, "w", force_zip64=True) as sheet:
                sheet.write(_measured(head, rows).encode())
                for xml in _rows(rows, looks, faults):
                    sheet.write(xml)
                sheet.write(tail.encode())


def _parted(sheet: str) -> tuple[str, tuple[str, str], str]:
    """What stands before the sample cells, their two looks, what stands behind."""
    found = re.search(r'<row r="2"[^>]*><c r="A2" s="(\d+)"[^>]*/?>.*?<c r="B2" s="(\d+)".*?</row>', sheet, re.DOTALL)
    if found is None:
        raise ValueError(
            "XlsxWriter writes cells in another way now: two cells with their styles were expected in row 2"
        )
    return sheet[: found.start()], (found[1], found[2]), sheet[found.end() :]


def _measured(head: str, rows: pl.DataFrame) -> str:
    """The head of the sheet, which says where its cells end."""
    return re.sub(
        r'<dimension ref="[^"]*"/>', f'<dimension ref="A1:{_letters(rows.width - 1)}{rows.height + 1}"/>', head
    )


def _rows(rows: pl.DataFrame, looks: tuple[str, str], faults: Mapping[int, pl.Series]) -> Iterator[bytes]:
    for start in range(0, rows.height, AT_ONCE):
        some = rows.slice(start, AT_ONCE)
        numbers = pl.int_range(start, start + some.height, eager=True)
        cells = [_cells(text, numbers, place, looks, faults.get(place)) for place, text in enumerate(some)]
        number = pl.lit((numbers + 2).cast(pl.String))
        whole = pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *map(pl.lit, cells), pl.lit("</row>"))
        yield str(pl.select(whole.alias("xml"))["xml"].str.join("")[0]).encode()


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
    return cell.encode("utf-16-le")[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + CUT


def length_in_cell(text: str) -> int:
    """The characters of a text as a workbook counts them, in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def _letters(place: int) -> str:
    """The letters of a column, counted from 0: A, B, …, Z, AA."""
    return ("" if place < 26 else _letters(place // 26 - 1)) + chr(ord("A") + place % 26)
