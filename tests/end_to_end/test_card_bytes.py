"""No card number is in any byte that is kept: files of every format, numbers in every place and grouping (SC-18).

Every file under CUSTOMERS_HOME is searched as ASCII and as UTF-16, the members of ZIP containers too, and every value
of every Parquet file and database. What waits in a sender's own `refused` folder is the sender's file, not a copy.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import odf.opendocument
import odf.table
import odf.text
import openpyxl
import polars as pl
import pytest
import xlwt
from openpyxl.comments import Comment

from pipelines.home import Home
from tests.support.flow import drop, import_file, run_inbox, table

NUMBERS = (
    "4242424242424242",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "2223003122003222",
    "6200000000000005",
    "4000056655665556",
)
ANYWHERE = {number: re.compile("[^0-9A-Za-z]{0,8}".join(number)) for number in NUMBERS}
GROUPINGS: dict[str, Callable[[str], str]] = {
    "together": lambda number: number,
    "no-break spaces": lambda number: grouped(number, "\u00a0"),
    "narrow spaces": lambda number: grouped(number, "\u202f"),
    "thin spaces": lambda number: grouped(number, "\u2009"),
    "slashes": lambda number: grouped(number, "/"),
    "dots": lambda number: grouped(number, "."),
    "dashes": lambda number: grouped(number, "–"),
    "lines": lambda number: grouped(number, "\n"),
    "two lines": lambda number: broken(number, " ", "\n"),
    "two lines of Windows": lambda number: broken(number, "-", "\r\n"),
    "two lines of digits": lambda number: broken(number, "", "\n"),
    "line separator": lambda number: broken(number, "", "\u2028"),
    "vertical tab": lambda number: broken(number, " ", "\v"),
    "tab": lambda number: broken(number, " ", "\t"),
    "empty line": lambda number: broken(number, "", "\n\n"),
    "in a sentence": lambda number: f"ref {grouped(number, ' ')}, thanks",
    "behind a word": lambda number: f"card{number}",
    "before a word": lambda number: f"{number}visa",
    "behind a date": lambda number: f"2026-11-30 {number}",
}


def grouped(number: str, sign: str) -> str:
    """The digits in the groups that are printed on such a card."""
    sizes = {15: (4, 6, 5), 14: (4, 6, 4)}.get(len(number), (4, 4, 4, 4))
    places = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    return sign.join(number[first:last] for first, last in pairwise(places))


def broken(number: str, sign: str, line_break: str) -> str:
    """The digits in their groups, with a line break behind the second one."""
    groups = grouped(number, " ").split(" ")
    return line_break.join((sign.join(groups[:2]), sign.join(groups[2:])))


def contents_of(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """A file, and the members of a container, however deep."""
    found = [(name, content)]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            for member in container.namelist():
                found += contents_of(f"{name}!{member}", container.read(member))
    return found


def values_of(path: Path) -> str:
    """Every value of a Parquet file or a database, whose pages may be compressed."""
    if path.suffix == ".parquet":
        return str(pl.read_parquet(path).rows())
    with duckdb.connect(path, read_only=True) as connection:
        names = connection.execute("SELECT schema_name || '.\"' || table_name || '\"' FROM duckdb_tables()").fetchall()
        return "\n".join(str(connection.execute(f"FROM {name}").fetchall()) for (name,) in names)


SEARCHED = {"files": 0, "bytes": 0, "found": 0}
"""By all tests of this process."""


@pytest.fixture(scope="module", autouse=True)
def _told(request: pytest.FixtureRequest) -> Iterator[None]:
    """Say at the end how much was searched; where several processes share the tests, none of them can."""
    yield
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\nsearched for card numbers: {SEARCHED}")


def leaks(root: Path) -> tuple[list[str], int, int]:
    """Where a number is found, and how many files and bytes were searched."""
    found, files, size = [], 0, 0
    kept = [path for path in root.rglob("*") if path.is_file() and not {"drops", "refused"} & set(path.parts)]
    for path in kept:
        for name, content in contents_of(str(path), path.read_bytes()):
            files, size = files + 1, size + len(content)
            wide = (content[start:].decode("utf-16-le", "ignore") for start in (0, 1))
            texts = [content.decode("latin-1"), content.decode("utf-8", "ignore"), *wide]
            texts += [values_of(path)] if path.suffix in (".parquet", ".duckdb") else []
            found += [
                f"{number} in {name}" for number, sought in ANYWHERE.items() for text in texts if sought.search(text)
            ]
    for name, count in (("files", files), ("bytes", size), ("found", len(found))):
        SEARCHED[name] += count
    return found, files, size


def dropped(home: Home, name: str, content: bytes) -> Path:
    path = home.root / "drops" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_no_number_of_a_text_is_kept(home: Home, encoding: str) -> None:
    notes = [grouping(number) for grouping in GROUPINGS.values() for number in NUMBERS]
    written = [note for note in notes if note.encode(encoding, "ignore").decode(encoding) == note]
    lines = [f'{place}@example.com;A{place};"{note}";12,50' for place, note in enumerate(written)]
    good = [f"ok{place}@example.com;O{place};fine;9,90" for place in range(len(written))]
    text = "\n".join(["email;name;note;total spent", *good, *lines]) + "\n"
    outcome = import_file(home, dropped(home, "list.csv", text.encode(encoding)))
    assert (outcome.rows_accepted, outcome.reject_codes) == (len(good), {"SENSITIVE_DATA": len(written)})
    found, files, size = leaks(home.root)
    assert found == []
    assert files > 5 and size > 10_000
    assert len(written) >= len(notes) * 2 // 3


PLACES = {
    "below a title that stands twice": "email,email,note\na@example.com,b@example.com,4242424242424242\n",
    "title": "email,name,4242 4242 4242 4242\na@example.com,Ana,x\n",
    "above the titles": "Card 4242-4242-4242-4242,,\nemail,name,total spent\na@example.com,Ana,3\n",
    "row of another width": "email,name\na@example.com,Ana\nb@example.com,Bo,4242424242424242,x\n",
    "beside commas": 'email,name,note\na@example.com,Ana,ok\nb@example.com,Bo,"12,4242424242424242"\n',
    "every column": "email,name,note\n4242424242424242,4242424242424242,4242424242424242\na@example.com,Ana,ok\n",
    "several in a cell": "email,name,note\na@example.com,A,ok\nb@example.com,B,4242424242424242/5555555555554444\n",
}


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("place", PLACES)
def test_no_number_in_any_place_of_a_text_is_kept(home: Home, place: str) -> None:
    import_file(home, dropped(home, "list.csv", PLACES[place].encode()))
    assert leaks(home.root)[0] == []
    assert table(home, "import_history").height == 1


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


UNREADABLE = {
    "no titles": b"4242424242424242,a@example.com\n5555555555554444,b@example.com\n",
    "a pdf": b"%PDF-1.7\n(4242 4242 4242 4242)\n",
    "a page": b"<html><body><table><tr><td>4242424242424242</td></tr></table></body></html>",
    "a damaged workbook": b"PK\x03\x04" + b"4242424242424242" * 20,
}


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_not_copied_and_waits_with_its_sender(home: Home, kind: str) -> None:
    path = drop(home, "", "shop", "list.csv")
    path.write_bytes(UNREADABLE[kind])
    (outcome,) = run_inbox(home, "one")
    assert outcome.status == "refused"
    (kept,) = [file for file in home.inbox.rglob("*") if file.is_file()]
    assert kept.relative_to(home.inbox) == Path("shop", "refused", outcome.import_id, "list.csv")
    assert kept.read_bytes() == UNREADABLE[kind]
    assert leaks(home.root)[0] == []
    assert run_inbox(home, "two") == []


@pytest.mark.rule("SC-18")
def test_a_file_of_ones_own_that_cannot_be_read_stays_where_it_is(home: Home) -> None:
    path = dropped(home, "list.csv", UNREADABLE["no titles"])
    assert import_file(home, path).status == "refused"
    assert path.read_bytes() == UNREADABLE["no titles"]
    assert leaks(home.root)[0] == []


@pytest.mark.rule("SC-18")
def test_identifiers_that_are_no_cards_stay_to_the_letter(home: Home) -> None:
    orders = [4_000_000_000_000_000 + 7919 * step for step in range(60)]
    lines = [
        f"{place}@example.com,A{place},{number},+33 6 12 34 56 {place + 10}" for place, number in enumerate(orders)
    ]
    text = "\n".join(["email,name,external id,phone", *lines]) + "\n"
    outcome = import_file(home, dropped(home, "list.csv", text.encode()))
    assert (outcome.rows_accepted, outcome.rows_rejected) == (60, 0)
    assert (home.archive / outcome.import_id / "list.csv").read_bytes() == text.encode()
