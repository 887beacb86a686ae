"""What a sheet shows of its cells, in short."""

import polars as pl

from pipelines.reading.read_file import read_file
from tests.support.workbooks import changed, ods

TITLES = ["email", "name", "total", "count"]


def column(content: bytes, title: str) -> list[tuple[str, bool]]:
    sheet = read_file(content)
    rows = sheet.rows[title]
    return list(zip(rows, sheet.typed.get(title, pl.repeat(False, len(rows), eager=True)), strict=True))


def ods_with(cell: bytes) -> bytes:
    blank = b"<table:table-cell/>"
    return changed(ods([TITLES, ["a@x.fr", "A", "", 1], ["b@x.fr", "B", 5, 1]]), "content.xml",
                   lambda text: text.replace(blank, cell, 1))  # fmt: skip
