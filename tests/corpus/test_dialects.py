"""Delimited files of every dialect: read exactly where the answer is known, an orderly end everywhere else."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import FileRefused
from pipelines.models.sheet import Sheet
from pipelines.reading.text.csv_reader import read_delimited
from tests.corpus import Line

pytestmark = pytest.mark.slow

FOLDERS = ("univocity", "tabulator", "messytables", "clevercsv", "duckdb-csv")
WIDTHS = ("MISSING COLUMNS", "TOO MANY COLUMNS", "INVALID ENCODING", "UNQUOTED VALUE")


def sheet_or_code(path: Path) -> Sheet | str:
    try:
        return read_delimited(path.read_bytes())
    except FileRefused as refused:
        return refused.reason.code


def table(sheet: Sheet | str) -> list[tuple[str, ...]]:
    return [] if isinstance(sheet, str) else [sheet.titles, *(row[1:] for row in sheet.rows.rows())]


def spectrum(corpus: Path) -> Iterator[bool]:
    for expected in sorted((corpus / "csv-spectrum" / "json").glob("*.json")):
        found = table(sheet_or_code(corpus / "csv-spectrum" / "csvs" / f"{expected.stem}.csv"))
        rows = [dict(zip(found[0], row, strict=True)) for row in found[1:]]
        yield rows == json.loads(expected.read_text("utf-8"))


def same_tables(corpus: Path) -> Iterator[bool]:
    messy, essential = corpus / "messytables", corpus / "univocity" / "csv"
    yield table(sheet_or_code(messy / "simple.csv")) == table(sheet_or_code(messy / "simple.ssv"))
    for ends in ("mac", "dos"):
        found = table(sheet_or_code(essential / f"essential-{ends}.csv"))
        flat = [tuple(cell.replace("\r\n", "\n") for cell in row) for row in found]
        yield flat == table(sheet_or_code(essential / "essential.csv"))
    for name, delimiter in (("imdb", ","), ("airedale", ",")):
        sheet = sheet_or_code(corpus / "clevercsv" / f"{name}.csv")
        yield not isinstance(sheet, str) and sheet.dialect.delimiter == delimiter and sheet.faulty.is_empty()


def files(corpus: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        paths = sorted((corpus / folder).rglob("*"))
        yield from (path for path in paths if path.is_file() and "expected" not in str(path.relative_to(corpus)))


def conserves(sheet: Sheet | str) -> bool:
    """Every row below the titles is a row, a fault or a blank, once: their numbers have no gap but for blanks."""
    if isinstance(sheet, str):
        return True
    numbers = sorted([*sheet.rows["row_number"], *sheet.faulty["row_number"]])
    first = sheet.dialect.header_row
    whole = len(set(numbers)) == len(numbers) and (not numbers or numbers[0] > first)
    return whole and (not numbers or numbers[-1] - first <= len(numbers) + sheet.blank_count)


def records_of(path: Path, sheet: Sheet | str) -> bool:
    """Rows, faults and blanks below the titles are as many as the records that Python's csv module counts."""
    if isinstance(sheet, str) or sheet.dialect.encoding not in ("utf-8", "utf-8-sig") or not sheet.faulty.is_empty():
        return True
    text = path.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if "\\" in text or "'" in text or ', "' in text:
        return True
    csv.field_size_limit(2**31 - 1)
    counted = sum(1 for _ in csv.reader(io.StringIO(text, newline=""), delimiter=sheet.dialect.delimiter or ","))
    return counted == sheet.dialect.header_row + sheet.row_count + sheet.blank_count


def rejects(corpus: Path) -> Iterator[tuple[str, int, bool]]:
    """Each line that DuckDB rejects for its width, encoding or quotes in a file with titles: whether we told it."""
    listed = (corpus / "duckdb-csv" / "expected_rejects.jsonl").read_text("utf-8").splitlines()
    for read in (json.loads(line) for line in listed):
        sheet = sheet_or_code(corpus / "duckdb-csv" / read["file"])
        if "header = 1" in read["options"]:
            yield from ((read["file"], line, _is_told(sheet, line)) for line in sorted(_lines(read)))


def _lines(read: dict[str, Any]) -> set[int]:
    return {reject["line"] for reject in read["rejects"] if reject["error"] in WIDTHS}


def _is_told(sheet: Sheet | str, line: int) -> bool:
    if isinstance(sheet, str):
        return True
    warned = any(note.parameters.get("row") == line for note in sheet.warnings)
    return line in sheet.faulty["row_number"] or warned


def count(topic: str, outcomes: list[bool]) -> Line:
    return Line(topic, len(outcomes), sum(outcomes), len(outcomes) - sum(outcomes))


def measure(corpus: Path) -> list[Line]:
    read = [(path, sheet_or_code(path)) for path in files(corpus)]
    refused = sum(isinstance(sheet, str) for _, sheet in read)
    ends = [conserves(sheet) and records_of(path, sheet) for path, sheet in read]
    return [
        count("dialects: csv-spectrum", list(spectrum(corpus))),
        count("dialects: the same table", list(same_tables(corpus))),
        Line("dialects: an orderly end", len(ends), sum(ends), len(ends) - sum(ends), f"{refused} refused"),
        count("dialects: DuckDB's rejects", [told for _, _, told in rejects(corpus)]),
    ]


@pytest.mark.rule("UP-09", "PIT-05", "PIT-09")
def test_every_dialect_is_read_exactly_or_ends_in_order(corpus: Path) -> None:
    assert [(line.topic, line.wrong) for line in measure(corpus) if line.wrong] == []
