"""Cells of text such as `="01000"`: how programs write digits so that no spreadsheet takes their zeros away.

Lives here: taking the text out of them. Not here: formulas of workbooks, whose results are read
(`pipelines/reading/workbooks/workbook_reader.py`), apostrophes before digits (`pipelines/validation/parse_columns.py`),
text of ours that must not run (`pipelines/titles/reject_columns.py`).
"""

from dataclasses import replace

import polars as pl

from pipelines.models.sheet import Sheet

OPENING = '="'
"""What a delimited text holds that has any such cell, however the cell is enclosed."""

TEXT_FORMULA = r'^\s*="((?:[^"]|"")*)"\s*$'


def texts_of_formulas(cells: list[str]) -> list[str]:
    """The cells, those that are `="text"` as their text."""
    if not any(OPENING in cell for cell in cells):  # asked of each first row of each file
        return cells
    return pl.DataFrame({"cell": cells}, schema={"cell": pl.String}).select(_text("cell"))["cell"].to_list()


def without_text_formulas(sheet: Sheet) -> Sheet:
    """The sheet with the text of all cells that are `="text"`; any other formula stays the text that it is."""
    titles = [title for title in sheet.titles if sheet.rows[title].str.contains(OPENING, literal=True).any()]
    return replace(sheet, rows=sheet.rows.with_columns(*map(_text, titles)), tidy=False) if titles else sheet


def _text(title: str) -> pl.Expr:
    inside = pl.col(title).str.extract(TEXT_FORMULA).str.replace_all('""', '"', literal=True)
    return pl.coalesce(inside, pl.col(title)).alias(title)
