"""No card number is in any byte that is kept of a workbook, in whatever part of it a number stands (SC-18)."""

import io

import odf.opendocument
import odf.table
import odf.text
import openpyxl
import pytest
import xlwt
from openpyxl.comments import Comment

from pipelines.home import Home
from tests.end_to_end.card_leaks import dropped, leaks
from tests.support.flow import import_file

pytestmark = pytest.mark.slow

BROKEN = {"cell of two lines": "4242 4242\n4242 4242", "cell of two lines of digits": "42424242\n42424242"}


def workbook(place: str) -> openpyxl.Workbook:
    """A list with a number in one place of the workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [["email", "name", "note"], ["a@example.com", "Ana", "ok"], ["b@example.com", "Bo", "ok"]]
    number = "4242 4242 4242 4242"
    if place == "cell":
        rows[2][2] = number
    elif place in BROKEN:
        rows[2][2] = BROKEN[place]
    elif place == "number":
        rows[2][2] = 4242424242424242
    elif place == "title":
        rows[0][2] = number
    elif place == "above":
        rows = [[f"Card {number}", None, None], *rows]
    for row in rows:
        sheet.append(row)
    if place == "sheet name":
        sheet.title = "4242424242424242"
    elif place == "hidden sheet":
        hidden = book.create_sheet("more")
        hidden.append(["x", number])
        hidden.sheet_state = "hidden"
    elif place == "number on a hidden sheet":
        hidden = book.create_sheet("more")
        hidden.append(["x", 4242424242424242])
        hidden.sheet_state = "veryHidden"
    elif place == "comment":
        sheet["A2"].comment = Comment(f"paid by {number}", "Zoé")
    elif place == "property":
        book.properties.title = f"Cards: {number}"
    elif place == "header":
        sheet.oddHeader.center.text = number
    elif place == "formula":
        sheet["D2"] = '=IF(C2="4242424242424242","yes","no")'
    elif place == "link":
        sheet["C2"].hyperlink = "https://example.com/4242424242424242"
    elif place == "validation":
        from openpyxl.worksheet.datavalidation import DataValidation

        chosen = DataValidation(type="list", formula1='"4242424242424242,b"', prompt="x")
        sheet.add_data_validation(chosen)
        chosen.add("C2")
    return book


PARTS = (
    "cell",
    *BROKEN,
    "number",
    "title",
    "above",
    "sheet name",
    "hidden sheet",
    "number on a hidden sheet",
    "comment",
    "property",
    "header",
    "formula",
    "link",
    "validation",
)


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("place", PARTS)
def test_no_number_in_any_part_of_a_workbook_is_kept(home: Home, place: str) -> None:
    saved = io.BytesIO()
    workbook(place).save(saved)
    outcome = import_file(home, dropped(home, "list.xlsx", saved.getvalue()))
    rejected = place in ("cell", "number", *BROKEN)
    assert outcome.rows_accepted == (1 if rejected else 2)
    assert any("SENSITIVE_DATA_ELSEWHERE" in warning for warning in outcome.warnings) != rejected
    assert leaks(home.root)[0] == []


def old_workbook(place: str) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("4242424242424242" if place == "sheet name" else "list")
    rows = [["email", "name", "note"], ["a@example.com", "Ana", "ok"], ["b@example.com", "Bo", "ok"]]
    if place == "cell":
        rows[2][2] = "4242\u00a04242\u00a04242\u00a04242"
    elif place == "number":
        rows[2][2] = 4242424242424242  # type: ignore[call-overload]  # a number among texts
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            sheet.write(down, across, value)
    if "hidden" in place:
        hidden = book.add_sheet("more")
        hidden.write(0, 0, "4242 4242 4242 4242" if place == "hidden sheet" else 4242424242424242)
        hidden.visibility = 1
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def numbers_of_cells(content: bytes) -> set[int]:
    """The numbers of an old workbook, which are no text in its bytes."""
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return {int(value) for row in rows for value in row if isinstance(value, float)}


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("place", ["cell", "number", "sheet name", "hidden sheet", "number on a hidden sheet"])
def test_no_number_of_an_old_workbook_is_kept(home: Home, place: str) -> None:
    outcome = import_file(home, dropped(home, "list.xls", old_workbook(place)))
    assert outcome.rows_accepted == (1 if place in ("cell", "number") else 2)
    assert leaks(home.root)[0] == []
    (archived,) = (home.archive / outcome.import_id).iterdir()
    assert archived.suffix == ".csv" or 4242424242424242 not in numbers_of_cells(archived.read_bytes())


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("place", ["cell", "other sheet", "property"])
def test_no_number_of_an_open_document_is_kept(home: Home, place: str) -> None:
    document = odf.opendocument.OpenDocumentSpreadsheet()
    rows = [["email", "name", "note"], ["a@example.com", "Ana", "ok"], ["b@example.com", "Bo", "ok"]]
    if place == "cell":
        rows[2][2] = "4242/4242/4242/4242"
    sheets = {"list": rows} | ({"more": [["4242 4242 4242 4242"]]} if place == "other sheet" else {})
    for name, lines in sheets.items():
        sheet = odf.table.Table(name=name)
        for line in lines:
            row = odf.table.TableRow()
            for value in line:
                cell = odf.table.TableCell(valuetype="string")
                cell.addElement(odf.text.P(text=value))
                row.addElement(cell)
            sheet.addElement(row)
        document.spreadsheet.addElement(sheet)
    if place == "property":
        from odf.dc import Title

        document.meta.addElement(Title(text="4242 4242 4242 4242"))
    saved = io.BytesIO()
    document.save(saved)
    outcome = import_file(home, dropped(home, "list.ods", saved.getvalue()))
    assert outcome.rows_accepted == (1 if place == "cell" else 2)
    assert leaks(home.root)[0] == []
