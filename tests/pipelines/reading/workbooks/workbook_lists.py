"""A list as workbooks hold it, and short ways to read one."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipelines.errors import FileRefused
from pipelines.reading.read_file import read_file
from pipelines.reading.workbooks.workbook_worker import cells_of_sheet

SHEET = "xl/worksheets/sheet1.xml"


LIST = [
    ["email", "name", "total", "since"],
    ["a@x.fr", "Zoé", 1234.5, date(2024, 3, 1)],
    ["b@x.fr", "Max", 1234, date(2024, 12, 31)],
]


def cells(content: bytes, sheet: str = "List") -> pl.DataFrame:
    """All cells as the reader's process finds them, here without a process."""
    return cells_of_sheet(content, content, True, sheet)


def refusal(content: bytes, **how: Any) -> tuple[str, str]:
    with pytest.raises(FileRefused) as refused:
        read_file(content, **how)
    return refused.value.reason.code, refused.value.reason.message
