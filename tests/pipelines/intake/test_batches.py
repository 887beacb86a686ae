"""However many rows are worked on at a time, and wherever they lie meanwhile, a file comes to the same (AU-19)."""

from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from pipelines.configuration.settings import FileSource, Sources
from pipelines.frames_on_disk import FramesOnDisk
from pipelines.home import Home
from pipelines.intake import process_file as steps
from pipelines.models.sheet import Dialect, Sheet, no_faulty
from tests.pipelines.test_cases import CASES, expectation, input_of
from tests.support.flow import file_one

TITLES = ("email", "name", "Total spent", "First payment", "Phone", "Status", "Notes")
CELLS = (
    st.sampled_from(["a@x.fr", "B@x.fr", "no address", "", "Zoë@x.fr", "c@x.fr", "test@test.com", "d@münchen.de"]),
    st.sampled_from(["Ann", "Zoë Łoś", "", "Total", "N/A", "=SUM(A1)", "  Bob  "]),
    st.sampled_from(["1.50", "2,50", "1,234", "1.234,50", "€ 3", "", "-4", "12,3x", "1e3", "7"]),
    st.sampled_from(["2024-05-06", "05/03/2024", "25/03/2024", "03/25/2024", "", "6 mai 2024", "2031-01-01"]),
    st.sampled_from(["+33 6 12 34 56 78", "0612345678", "", "abc", "4111 1111 1111 1111"]),
    st.sampled_from(["active", "potential", "", "TBD", "?"]),
    st.sampled_from(["", "x;y", 'say "hi"', "null", "two words"]),
)
LISTS = st.lists(st.tuples(*CELLS), max_size=25)
BATCHES = (1, 7, 1_000)


def staged(home: Home, path: Path, batch: int | None, sources: Sources | None = None) -> dict[str, Any]:
    """All that is staged of a file whose rows lie on the disk in such batches, or in memory."""
    disk = FramesOnDisk if batch is None else partial(FramesOnDisk, above=0, batch=batch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "FramesOnDisk", disk)
        record = file_one(home, path, "shop", sources)
    frames = sorted(record.folder(home.staging).glob("*.parquet"))
    assert record.result != "failed", record.message
    return {"record": record, **{frame.name: pl.read_parquet(frame).write_json() for frame in frames}}


def spelled(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"') else cell


@pytest.mark.rule("AU-19")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=LISTS)
def test_a_list_comes_to_the_same_in_batches_of_any_size(home: Home, rows: list[tuple[str, ...]]) -> None:
    path = home.root / "list.csv"
    path.write_text("\n".join(",".join(map(spelled, row)) for row in [TITLES, *rows]) + "\n", "utf-8")
    whole = staged(home, path, None)
    for batch in BATCHES:
        assert staged(home, path, batch) == whole


@pytest.mark.rule("AU-19")
def test_a_workbook_comes_to_the_same_in_batches_of_any_size(home: Home) -> None:
    path = home.root / "list.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["email", "name", "Total spent"])
        for row in range(1, 30):
            sheet.write_row(row, 0, [f"p{row}@x.fr" if row % 7 else "wrong", "Ann", row + 0.5 if row % 5 else "1,5"])
    whole = staged(home, path, None)
    for batch in BATCHES:
        assert staged(home, path, batch) == whole


@pytest.mark.rule("AU-19")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_comes_to_the_same_in_batches(case: Path, home: Home) -> None:
    asked = expectation(case)
    told = {"profile": asked["profile"], "locale": asked["locale"], "currency": asked.get("currency")}
    source = FileSource(**told, default_country=asked.get("country"))
    sources = Sources(base_currency=asked.get("base_currency", "USD"), sources={"shop": source})
    assert staged(home, input_of(case), 3, sources) == staged(home, input_of(case), None, sources)


@pytest.mark.rule("SC-18")
def test_a_row_with_a_card_number_is_laid_down_nowhere(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    laid: list[str] = []
    lay = FramesOnDisk.lay_part

    def noted(disk: FramesOnDisk, folder: Path, part: pl.DataFrame) -> pl.DataFrame:
        laid.append(part.write_json())
        return lay(disk, folder, part)

    monkeypatch.setattr(FramesOnDisk, "lay_part", noted)
    path = home.root / "list.csv"
    path.write_text("email,name\n" + "a@x.fr,Ann\n" * 9 + "b@x.fr,4111111111111111\n", "utf-8")
    staged(home, path, 2)
    assert laid
    assert "4111" not in "".join(laid)


def test_what_is_laid_down_is_what_it_was_and_leaves_no_file(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": ["a", None, "a text that is longer than others"], "list": [["x"], None, []]})
    disk = FramesOnDisk(tmp_path, above=0, batch=2)
    laid = disk.lay(disk.parts(frame))
    disk.release()
    assert laid.equals(frame)
    assert laid.schema == frame.schema
    assert not list(tmp_path.iterdir())


def test_a_sheet_of_few_rows_stays_in_memory(tmp_path: Path) -> None:
    rows = pl.DataFrame({"row_number": [2], "email": ["a@x.fr"]})
    sheet = Sheet("csv", Dialect(1), ("email",), rows, no_faulty(), 0)
    assert sheet.laid(FramesOnDisk(tmp_path)).rows is rows
