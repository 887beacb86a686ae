"""Workbooks of the corpus: the same cells in every format, refusals with a plain reason, no crash."""

import json
from collections import Counter
from pathlib import Path

import pytest

from pipelines.errors import FileRefused
from pipelines.files.formats import format_of
from pipelines.files.reading import read_file
from pipelines.files.workbook_process import cells_of_sheet, is_of_reader, sheets_of
from pipelines.files.workbooks import cells_of
from tests.corpus import Line

PROTECTED = ("pass_protected.ods", "pass_protected.xlsb", "pass_protected.xlsx", "issue_385.xls")
TABLES = ("table.xls", "table.xlsx", "table.ods")
TABLE = [["id", "name"], ["1", "english"], ["2", "中国人"]]
HARD = ("pass_protected", "issue_385", "too_small", "issue_594_dos", "OOM", "ptgexp")
REASONS = (
    "CORRUPT_FILE",
    "PASSWORD_PROTECTED",
    "INVALID_FILE_FORMAT",
    "FILE_TOO_LARGE",
    "DUPLICATE_HEADER",
    "NO_HEADER",
    "EMPTY_FILE",
)


def workbooks(corpus: Path) -> list[Path]:
    return sorted(path for path in (corpus / "calamine").iterdir() if path.suffix != ".json")


def outcome(path: Path) -> str:
    """`read`, or the code of the refusal, as a run gets it: the cells by a process of their own."""
    try:
        read_file(path.read_bytes())
    except FileRefused as refused:
        return refused.reason.code
    return "read"


def outcome_here(path: Path) -> str:
    """As `outcome`, its cells read in this process and no title row looked for, which is many times faster."""
    content = path.read_bytes()
    try:
        if format_of(content) == "csv":
            return "text"
        names = [each.name for each in sheets_of(content) if each.visible and each.filled]
    except FileRefused as refused:
        return refused.reason.code
    except BaseException as error:
        return "CORRUPT_FILE" if is_of_reader(error) else "ESCAPED"
    if not names:
        return "EMPTY_FILE"
    return "read" if all(cells_of_sheet(content, content, True, name).height for name in names) else "no cells"


def cells(path: Path) -> list[list[str]] | str:
    """The rows of the sheet that is read, without row numbers; the code of a refusal."""
    content = path.read_bytes()
    try:
        text = cells_of(content, format_of(content)).text
    except FileRefused as refused:
        return refused.reason.code
    return [list(row[1:]) for row in text.rows()]


def measure(corpus: Path) -> list[Line]:
    groups = json.loads((corpus / "calamine" / "workbook_groups.json").read_text("utf-8"))
    alike = [len({json.dumps(cells(corpus / "calamine" / name)) for name in group}) == 1 for group in groups]
    protected = [outcome(corpus / "calamine" / name) == "PASSWORD_PROTECTED" for name in PROTECTED]
    tables = [cells(corpus / "tabulator" / "data" / name) == TABLE for name in TABLES]
    hard = {path.name: outcome(path) for path in workbooks(corpus) if path.name.startswith(HARD)}
    plain = [code == "read" or code in REASONS for code in hard.values()]
    found = [outcome_here(path) for path in workbooks(corpus)]
    orderly = [code in ("read", "text", *REASONS) for code in found]
    note = ", ".join(f"{count} {code}" for code, count in Counter(found).most_common())
    return [
        _line("workbooks alike in every format", alike),
        _line("protected workbooks refused by name", protected),
        _line("one table in xls, xlsx and ods", tables),
        _line("damaged workbooks read or refused with a plain reason", plain),
        _line("workbooks that end in an orderly way", orderly, note),
    ]


def _line(topic: str, right: list[bool], note: str = "") -> Line:
    return Line(topic, len(right), sum(right), right.count(False), note)


@pytest.fixture(scope="module")
def lines(corpus: Path) -> list[Line]:
    return measure(corpus)


def test_every_line_is_right_pit_17_pit_37(lines: list[Line]) -> None:
    assert [(line.topic, line.right) for line in lines] == [(line.topic, line.cases) for line in lines]


def test_refused_are_the_four_protected_ones_and_the_three_that_are_broken(lines: list[Line]) -> None:
    assert "4 PASSWORD_PROTECTED, 3 CORRUPT_FILE, 1 text" in lines[-1].note
