"""Rows that somebody struck out are read as others are, and told with their numbers."""

from typing import Any

import pytest
import xlwt

from pipelines.reading.read_file import read_file
from schemas.sentences.note import Note
from tests.support.workbooks import changed, ods, xls, xlsx

LIST: list[list[Any]] = [["email", "total"], ["a@x.fr", 10], ["b@x.fr", 20], ["c@x.fr", 30], ["d@x.fr", 40]]


def struck(book: Any, sheet: Any) -> None:
    struck_out = book.add_format({"font_strikeout": True})
    sheet.write_string(2, 0, "b@x.fr", struck_out)
    sheet.write_number(4, 1, 40, struck_out)
    # Blank cells of the style say nothing.
    sheet.write_blank(3, 5, None, struck_out)
    sheet.write_string(1, 0, "a@x.fr", book.add_format({"bold": True}))


def struck_of_xls(book: Any, sheet: Any) -> None:
    struck_out = xlwt.easyxf("font: struck_out on")
    for row, column, value in ((2, 2, "x"), (4, 2, 40), (4, 3, 41)):
        sheet.write(row, column, value, struck_out)
    sheet.write(1, 2, "y", xlwt.easyxf("font: bold on"))


def struck_of_ods() -> bytes:
    def change(text: bytes) -> bytes:
        style = (
            b'<style:style style:name="out" style:family="table-cell"><style:text-properties '
            b'style:text-line-through-style="solid"/></style:style><style:style style:name="in" '
            b'style:family="table-cell"><style:text-properties style:text-line-through-style="none"/></style:style>'
        )
        at = text.index(b"<office:automatic-styles")
        rows = (
            text[:at]
            + b"<office:automatic-styles>"
            + style
            + b"</office:automatic-styles>"
            + text[text.index(b"<office:body") :]
        )
        parts = rows.split(b"<table:table-row")
        for row, name in ((2, b"in"), (3, b"out"), (5, b"out")):
            parts[row] = parts[row].replace(b"<table:table-cell", b'<table:table-cell table:style-name="%b"' % name, 1)
        return b"<table:table-row".join(parts)

    return changed(ods(LIST), "content.xml", change)


@pytest.mark.parametrize(
    "content",
    [xlsx(LIST, struck), xls(LIST, struck_of_xls), struck_of_ods()],
    ids=["xlsx", "xls", "ods"],
)
def test_struck_out_rows_are_read_and_told(content: bytes) -> None:
    sheet = read_file(content)
    assert Note("STRUCK_ROWS", found=2, value="3, 5") in sheet.warnings
    assert sheet.row_count == 4


@pytest.mark.parametrize("content", [xlsx(LIST), xls(LIST), ods(LIST)])
def test_other_rows_are_not_told(content: bytes) -> None:
    assert "STRUCK_ROWS" not in [note.code for note in read_file(content).warnings]


def test_a_title_that_is_struck_out_is_no_row() -> None:
    def titles(book: Any, sheet: Any) -> None:
        sheet.write_string(0, 0, "email", book.add_format({"font_strikeout": True}))

    assert "STRUCK_ROWS" not in [note.code for note in read_file(xlsx(LIST, titles)).warnings]
