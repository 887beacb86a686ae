"""Workbooks of other writers that were read wrong once (`../shared/faults`), and what is right."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from pipelines.files import filing as filed
from pipelines.files.filing import Filing
from pipelines.settings import FileSource, Home, Sources
from tests.flow import file_one
from tests.workbooks import xlsx

FAULTS = Path(__file__).parents[4] / "shared" / "faults" / "workbooks"


class Read:
    """What came of one file."""

    def __init__(self, filing: Filing, home: Home) -> None:
        assert filing.reason is None, filing.reason
        folder = home.staging / filing.key
        rows = pl.read_parquet(folder / filed.ACCEPTED)
        details = folder / filed.DETAILS
        rows = rows if rows.height else pl.DataFrame(schema={"row_number": pl.Int64})
        beside = pl.read_parquet(details) if details.exists() and rows.height else rows.select("row_number")
        self.accepted = rows.join(beside, on="row_number", how="left", maintain_order="left", suffix="_")
        self.rejected = pl.read_parquet(folder / filed.REJECTED)["row_number"].to_list()
        self.warnings = " ".join(filing.warnings)

    def of(self, name: str) -> list[Any]:
        return self.accepted[name].to_list()


def read(home: Home, path: Path, **source: Any) -> Read:
    filing = file_one(home, path, "shop", Sources(sources={"shop": FileSource(**source)}))
    return Read(filing, home)


def fault(name: str) -> Path:
    if not (FAULTS / name).exists():
        pytest.skip("needs ../shared/faults")
    return FAULTS / name


@pytest.mark.parametrize("name", ["sheetjs_list.xlsx", "sheetjs_list.xlsb"])
def test_a_list_of_sheetjs_is_read_whole(home: Home, name: str) -> None:
    found = read(home, fault(name), locale="en")
    assert found.accepted.height == 30
    assert str(found.of("last_payment_date")[0]) == "2024-01-01" and str(found.of("total_spent")[1]) == "11.500"


def test_days_of_sheetjs_counted_from_1904(home: Home) -> None:
    assert str(read(home, fault("sheetjs_1904.xlsx"), locale="en").of("last_payment_date")[0]) == "2026-01-05"


def test_all_iso_dates_of_a_large_sheet(home: Home) -> None:
    found = read(home, fault("sheetjs_iso_dates_large.xlsx"), locale="en")
    assert found.accepted.height == 9000 and found.accepted["last_payment_date"].null_count() == 0


def test_errors_of_an_open_document_are_told_and_cost_their_rows(home: Home) -> None:
    found = read(home, fault("error_cells.ods"), profile="default", locale="en")
    assert "ERROR_CELLS" in found.warnings and "HIDDEN_ROWS" in found.warnings
    assert 2 in found.rejected and 4 not in found.rejected, "#N/A in money: with the rule for errors, 3 too"


@pytest.mark.parametrize(
    ("name", "rejected"), [("formulas_without_results.xlsx", [2]), ("formulas-never-computed-openpyxl.xlsx", [2, 3])]
)
def test_formulas_without_results_are_told_and_cost_their_rows(home: Home, name: str, rejected: list[int]) -> None:
    found = read(home, fault(name), locale="en")
    assert "FORMULA_NOT_COMPUTED" in found.warnings
    assert found.rejected == rejected


def test_text_formulas_that_are_0_are_blank_and_told(home: Home) -> None:
    found = read(home, fault("text_formulas_resaved.xls"), locale="en")
    assert "FORMULA_NOT_COMPUTED" in found.warnings
    assert found.rejected == [2, 3, 4], "a name is required"


def test_numbers_are_padded_as_their_format_shows_them(home: Home) -> None:
    found = read(home, fault("zero_padded_format.xlsx"), locale="fr", default_country="FR")
    assert found.of("external_id") == ["000042", "000043", "000044"]
    assert found.of("postal_code") == ["01000", "75001", "01001"]
    assert found.of("phone") == ["+33612345678", "+33612345679", "+33612345670"]
    assert found.of("last_payment_date")[0] is None and "ZERO_DATES" in found.warnings


def test_numbers_of_gnumeric_are_no_days(home: Home) -> None:
    found = read(home, fault("gnumeric-formats-from-50.xls"), locale="fr")
    assert found.of("postal_code")[0] == "01000"
    assert found.of("external_id")[0] == "020451", "its format has six places"


def test_sound_files_of_perl_and_gnumeric_are_read(home: Home) -> None:
    assert read(home, fault("xls-codepage-1252.xls"), locale="en").of("name")[0] == "Zoé Łuk"
    assert read(home, fault("gnumeric.ods"), locale="en").of("name") == ["Ann Lee"]


def test_percents_of_excel4node_are_told_with_their_column(home: Home) -> None:
    assert "the first in Total spent" in read(home, fault("percent-excel4node.xlsx"), locale="en").warnings


def test_a_date_cell_of_0_is_blank_and_a_payment_without_a_day_is_rejected(home: Home) -> None:
    def zero(book: xlsxwriter.Workbook, sheet: Any) -> None:
        for row in (1, 2):
            sheet.write_number(row, 2, 0 if row == 1 else 46000, book.add_format({"num_format": "dd/mm/yyyy"}))

    path = home.root / "zero.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(xlsx([["email", "amount", "payment date"], ["a@example.com", 5], ["b@example.com", 6]], zero))
    found = read(home, path, profile="payments", locale="en")
    assert found.rejected == [2] and found.accepted.height == 1
    assert "ZERO_DATES" in found.warnings
