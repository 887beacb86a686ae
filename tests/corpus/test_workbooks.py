"""Workbooks of the corpus: the same cells in every format, refusals with a plain reason, no crash.

Each costs a process, as in a run. The suite takes every fifth of the harmless ones, `make corpus` all of them.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.errors import FileRefused
from pipelines.reading.containers.formats import format_of
from pipelines.reading.read_file import read_file
from pipelines.reading.workbooks.workbook_reader import cells_of
from tests.corpus import Line

pytestmark = pytest.mark.slow

PROTECTED = ("pass_protected.ods", "pass_protected.xlsb", "pass_protected.xlsx", "issue_385.xls")
TABLES = ("table.xls", "table.xlsx", "table.ods")
TABLE = [["id", "name"], ["1", "english"], ["2", "中国人"]]
HARD = ("pass_protected", "issue_385", "too_small", "issue_594_dos", "OOM", "ptgexp")
SHARE = 5
REASONS = (
    "CORRUPT_FILE",
    "READER_FAILED",
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
    """`read`, or the code of the refusal, as a run gets it."""
    try:
        read_file(path.read_bytes())
    except FileRefused as refused:
        return refused.reason.code
    return "read"


def outcomes(paths: Sequence[Path]) -> list[str]:
    with ThreadPoolExecutor(os.cpu_count()) as hands:
        return list(hands.map(outcome, paths))


def cells(path: Path) -> list[list[str]] | str:
    """The rows of the sheet that is read, without row numbers; the code of a refusal."""
    content = path.read_bytes()
    try:
        text = cells_of(content, format_of(content)).text
    except FileRefused as refused:
        return refused.reason.code
    return [list(row[1:]) for row in text.rows()]


def measure(corpus: Path, share: int = 1) -> list[Line]:
    groups = json.loads((corpus / "calamine" / "workbook_groups.json").read_text("utf-8"))
    alike = [len({json.dumps(cells(corpus / "calamine" / name)) for name in group}) == 1 for group in groups]
    protected = [outcome(corpus / "calamine" / name) == "PASSWORD_PROTECTED" for name in PROTECTED]
    tables = [cells(corpus / "tabulator" / "data" / name) == TABLE for name in TABLES]
    hard = outcomes([path for path in workbooks(corpus) if path.name.startswith(HARD)])
    others = outcomes([path for path in workbooks(corpus) if not path.name.startswith(HARD)][::share])
    return [
        _line("workbooks alike in every format", alike),
        _line("protected workbooks refused by name", protected),
        _line("one table in xls, xlsx and ods", tables),
        _line("damaged workbooks read or refused with a plain reason", _orderly(hard), _counted(hard)),
        _line("other workbooks that end in an orderly way", _orderly(others), _counted(others)),
    ]


def _orderly(found: Sequence[str]) -> list[bool]:
    return [code == "read" or code in REASONS for code in found]


def _counted(found: Sequence[str]) -> str:
    return ", ".join(f"{count} {code}" for code, count in Counter(found).most_common())


def _line(topic: str, right: list[bool], note: str = "") -> Line:
    return Line(topic, len(right), sum(right), right.count(False), note)


@pytest.fixture(scope="module")
def lines(corpus: Path) -> list[Line]:
    return measure(corpus, SHARE)


@pytest.mark.rule("PIT-17", "PIT-37")
def test_every_line_is_right(lines: list[Line]) -> None:
    assert [(line.topic, line.right) for line in lines] == [(line.topic, line.cases) for line in lines]


@pytest.mark.rule("PIT-17")
def test_refused_are_the_four_protected_ones_and_the_broken(lines: list[Line]) -> None:
    assert lines[-2].note == "4 read, 4 PASSWORD_PROTECTED, 1 CORRUPT_FILE, 1 READER_FAILED"
    assert "PASSWORD_PROTECTED" not in lines[-1].note
