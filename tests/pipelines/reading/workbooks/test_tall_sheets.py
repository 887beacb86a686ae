"""Tall sheets are read the fast way, and say the same as the slow one; blank rows and long strings cost nothing."""

import io
import re
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest

from pipelines.reading.containers import xlsx_parts
from pipelines.reading.containers.xlsx_parts import shortened
from pipelines.reading.read_file import read_file
from pipelines.reading.workbooks.workbook_worker import cells_of_sheet
from tests.pipelines.reading.workbooks.workbook_lists import LIST, SHEET, cells
from tests.support.workbooks import changed, xlsx


@pytest.fixture
def short_openings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets are read the fast way below their first rows, as only large ones are otherwise."""
    monkeypatch.setattr(xlsx_parts, "PIECE", 1 << 13)
    monkeypatch.setattr(xlsx_parts, "OPENING_CELLS", 500)


def tall(count: int, last: Any = 5.0) -> list[list[Any]]:
    """Titles and rows enough for the fast way, the last with a cell of its own."""
    body = [[f"user{n}@x.fr", n / 4, date(2024, 1, 1 + n % 28), n % 2 == 0, f"0{n}"] for n in range(count)]
    return [["email", "total", "since", "opt in", "code"], *body, ["z@x.fr", last, date(2024, 5, 1), True, "0"]]


@pytest.mark.parametrize("last", [5.0, "five", None, "#N/A", True, date(2024, 5, 1), timedelta(hours=1)])
@pytest.mark.usefixtures("short_openings")
def test_a_tall_sheet_reads_the_same_the_fast_way(last: Any) -> None:
    content = xlsx(tall(3000, last))
    opening, cut = shortened(content)
    assert cut == {SHEET}
    fast = cells_of_sheet(content, opening, False, "List")
    slow = cells(content)
    assert fast.select(sorted(fast.columns)).equals(slow.select(sorted(slow.columns)))
    assert fast.height == 3002
    assert cells(opening).height < 1500


@pytest.mark.rule("PIT-53", "PIT-57")
@pytest.mark.usefixtures("short_openings")
@pytest.mark.parametrize("errors", [0, 1])
def test_a_tall_sheet_that_mixes_types_from_its_start_reads_the_same(errors: int) -> None:
    mixing = [[f"0{n}" if n % 3 else n, n] for n in range(3000)]
    content = xlsx([["phone", "n"], *mixing, *[["#N/A", 1]] * errors])
    fast = cells_of_sheet(content, shortened(content)[0], False, "List")
    assert fast.equals(cells(content))
    assert (fast["text 0"] == "#N/A").sum() == errors


@pytest.mark.usefixtures("short_openings")
@pytest.mark.parametrize("written", ["2024-03-01T00:00:00.000Z", "2024-03-01T00:00:00Z", "2024-03-01"])
def test_no_iso_date_of_a_tall_sheet_is_lost(written: str) -> None:
    """SheetJS 0.18 and others write days as text of the type `d`; fastexcel 0.21.0 gives most of them as blank."""
    rows = [["email", "since"], *[[f"{place}@x.fr", 45352] for place in range(30_000)]]
    dates = f'" t="d"><v>{written}</v>'.encode()
    content = changed(xlsx(rows), SHEET, lambda text: re.sub(rb'"><v>45352</v>', dates, text))
    opening, cut = shortened(content)
    assert cut
    since = cells_of_sheet(content, opening, False, "List")["text 1"]
    assert {text[:10] for text in since[1:]} == {"2024-03-01"}


def test_text_that_reads_like_an_error_of_the_reader_stays_text() -> None:
    rows = [["name", "n"], *[["Error(NA)", 1] for _ in range(10)], ["'Error(NA)'", "#N/A"]]
    found = read_file(xlsx(rows)).rows
    assert found["name"].to_list() == ["Error(NA)"] * 10 + ["'Error(NA)'"]
    assert found["n"][-1] == "#N/A"


def test_a_tall_sheet_that_begins_below_and_right_of_its_corner_reads_the_same_the_fast_way() -> None:
    content = xlsx([[], [], *[["", "", *row] for row in tall(3000)]])
    fast = cells_of_sheet(content, shortened(content)[0], False, "List")
    assert fast.equals(cells(content))


@pytest.mark.usefixtures("short_openings")
def test_shared_strings_are_shortened_with_the_sheets() -> None:
    content = xlsx(tall(3000))
    opening, _ = shortened(content)
    head = cells(opening)
    assert head.equals(cells(content).head(head.height).select(head.columns))
    with zipfile.ZipFile(io.BytesIO(opening)) as container:
        kept = container.read("xl/sharedStrings.xml").count(b"<si>")
    assert 100 < head.height < 1500
    assert kept < head.height * 2 + 10


@pytest.mark.rule("PIT-19")
def test_a_million_blank_formatted_rows_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_parts, "PIECE", 1 << 12)
    blank = b"".join(
        b'<row r="%d" spans="1:2"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>' % (n, n, n) for n in range(9, 20_000)
    )
    content = changed(xlsx(LIST), SHEET, lambda text: text.replace(b"</sheetData>", blank + b"</sheetData>"))
    opening, _ = shortened(content)
    assert cells(opening).height == 3
    assert read_file(content).row_count == 2
    assert read_file(content).blank_count == 0
