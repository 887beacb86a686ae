"""Date cells that hold 0, as a reference to a blank cell gives: no day."""

from typing import Any

import polars as pl
import xlsxwriter

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.models.staged_file import REJECTED
from tests.support.flow import file_one
from tests.support.workbooks import xlsx


def test_a_date_cell_of_0_is_blank_and_a_payment_without_a_day_is_rejected(home: Home) -> None:
    def zero(book: xlsxwriter.Workbook, sheet: Any) -> None:
        for row in (1, 2):
            sheet.write_number(row, 2, 0 if row == 1 else 46000, book.add_format({"num_format": "dd/mm/yyyy"}))

    path = home.root / "zero.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(xlsx([["email", "amount", "payment date"], ["a@example.com", 5], ["b@example.com", 6]], zero))
    staged_file = file_one(home, path, "shop", Sources(sources={"shop": FileSource(profile="payments", locale="en")}))
    assert pl.read_parquet(home.staging / staged_file.key / REJECTED)["row_number"].to_list() == [2]
    assert staged_file.rows_accepted == 1 and "ZERO_DATES" in " ".join(staged_file.warnings)
