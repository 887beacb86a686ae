"""From which day a workbook counts, in every format, and what is not whole."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models.sheet import DAY_ZERO, DAY_ZERO_OF_1904
from pipelines.reading.cell_formats.date_systems import day_zero
from pipelines.reading.containers.binary_records import binary_records
from pipelines.reading.containers.formats import Format, format_of
from pipelines.reading.read_file import read_file
from tests.support.workbooks import changed, ods, openpyxl_xlsx, xls, xlsx

LIST = [["email", "name", "since"], ["a@x.fr", "Zoé", 43890]]


def mac(book: object, sheet: object) -> None:
    book.dates_1904 = True  # type: ignore[attr-defined]  # xlwt has no types


def from_1904(content: bytes) -> bytes:
    told = b'<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    return changed(content, "content.xml", lambda text: text.replace(b"<table:table ", told + b"<table:table ", 1))


@pytest.mark.matrix(2)
@pytest.mark.rule("PIT-37")
@pytest.mark.parametrize(
    ("content", "zero"),
    [
        (xlsx(LIST), DAY_ZERO),
        (xlsx(LIST, date_1904=True), DAY_ZERO_OF_1904),
        (openpyxl_xlsx(LIST), DAY_ZERO),
        (xls(LIST), DAY_ZERO),
        (xls(LIST, mac), DAY_ZERO_OF_1904),
        (ods(LIST), DAY_ZERO),
        (from_1904(ods(LIST)), DAY_ZERO_OF_1904),
    ],
)
def test_a_sheet_says_from_which_day_its_workbook_counts(content: bytes, zero: date) -> None:
    assert read_file(content).day_zero == zero


@pytest.mark.rule("PIT-36")
def test_text_counts_no_days() -> None:
    assert read_file(b"email,name,since\na@x.fr,Ann,43890\n").day_zero is None


@pytest.mark.rule("PIT-37")
@pytest.mark.parametrize("name", ["date_1904.xlsx", "date_1904.xls", "date_1904.xlsb"])
def test_workbooks_of_others_that_count_from_1904(corpus: Path, name: str) -> None:
    content = (corpus / "calamine" / name).read_bytes()
    assert day_zero(content, format_of(content)) == DAY_ZERO_OF_1904


@pytest.mark.rule("PIT-37")
@pytest.mark.parametrize(("name", "kind"), [("date.xlsx", "xlsx"), ("date.xls", "xls"), ("date.xlsb", "xlsb")])
def test_workbooks_of_others_that_count_from_1900(corpus: Path, name: str, kind: Format) -> None:
    assert day_zero((corpus / "calamine" / name).read_bytes(), kind) == DAY_ZERO


@given(st.binary(max_size=60))
def test_records_that_are_cut_off_end_the_part(part: bytes) -> None:
    assert sum(len(data) for _, data in binary_records(part)) <= len(part)
