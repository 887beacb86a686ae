"""The reader of workbooks is a process of its own: damage, its death, its time and its memory cost the file alone."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import SealBroken
from pipelines.reading.workbooks import workbook_reader, workbook_worker
from tests.pipelines.reading.workbooks.workbook_lists import LIST, SHEET, cells, refusal
from tests.support.workbooks import archive, changed, ods, xls, xlsx


@pytest.mark.parametrize(
    "content",
    [
        changed(xlsx(LIST), SHEET, lambda text: text[: len(text) // 2]),
        changed(xlsx(LIST), "xl/workbook.xml", lambda text: b"<nothing/>"),
        archive({"[Content_Types].xml": "spreadsheetml.sheet.main"}),
        xls(LIST)[:2500],
        xls(LIST * 200)[:-9000],
        changed(ods(LIST), "content.xml", lambda text: text[:-30]),
    ],
    ids=["sheet", "workbook", "nothing", "old", "end of old", "ods"],
)
def test_a_damaged_workbook_is_refused_with_a_plain_reason(content: bytes) -> None:
    assert refusal(content)[0] == "CORRUPT_FILE"


def test_a_part_that_is_not_what_it_declares_is_refused() -> None:
    content = xlsx(LIST)
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        checksum = container.getinfo("docProps/app.xml").CRC.to_bytes(4, "little")
    assert refusal(content.replace(checksum, b"\x00\x01\x02\x03"))[0] == "CORRUPT_FILE"


def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[str, str]]:
    """What becomes of a workbook when the process that reads it does this."""
    monkeypatch.setattr(workbook_reader, "PROJECT", tmp_path)
    monkeypatch.setattr(workbook_reader, "READER", "reader")

    def refused(program: str) -> tuple[str, str]:
        (tmp_path / "reader.py").write_text(program, "utf-8")
        return refusal(xlsx(LIST))

    return refused


def test_the_death_of_the_reader_refuses_the_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = reader(tmp_path, monkeypatch)
    assert refused("import os; os.abort()")[0] == "READER_FAILED"
    assert refused("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")[0] == "READER_FAILED"
    code, sentence = refused("import sys; sys.exit(3)")
    assert code == "READER_FAILED"
    assert "save it as xlsx or as CSV" in sentence
    assert (
        "memory"
        in refused("import os, sys; sys.stderr.write('memory allocation of 9 bytes'); sys.stderr.flush(); os.abort()")[
            1
        ]
    )
    assert refused("import sys; sys.exit(4)")[0] == "TOO_MUCH_MEMORY"


def test_a_reader_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_reader, "SECONDS", 1)
    code, sentence = reader(tmp_path, monkeypatch)("while True: pass")
    assert code == "TOO_MUCH_TIME"
    assert "longer than the 1 second " in sentence and "send the parts" in sentence


def test_a_fault_of_ours_in_the_reader_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SealBroken, match="no such name"):
        reader(tmp_path, monkeypatch)("raise NameError('no such name')")


def test_a_workbook_that_takes_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cells, at both ends of the largest sheet, are 17 billion cells to a reader that keeps them all."""
    monkeypatch.setattr(workbook_reader, "MEMORY", 2_000_000_000)
    content = xlsx(LIST, lambda book, sheet: sheet.write_string(1_048_575, 16_383, "far"))
    code, sentence = refusal(content)
    assert code == "TOO_MUCH_MEMORY"
    assert "memory" in sentence


def test_a_reader_that_the_machine_killed_is_told_as_that_and_not_as_a_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reader(tmp_path, monkeypatch)("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")[0] == (
        "TOO_MUCH_MEMORY"
    )


def test_the_exit_codes_are_the_readers_own() -> None:
    assert (workbook_reader.UNREADABLE, workbook_reader.OUT_OF_MEMORY) == (
        workbook_worker.UNREADABLE,
        workbook_worker.OUT_OF_MEMORY,
    )


@pytest.mark.rule("PIT-18")
def test_text_with_nul_bytes_is_refused_not_guessed() -> None:
    assert workbook_reader.is_garbled(pl.DataFrame({"row_number": [1], "0": ["T\x00i\x00"]}))
    assert not workbook_reader.is_garbled(pl.DataFrame({"row_number": [1], "0": ["Ti"]}))


@pytest.mark.rule("RF-01")
@pytest.mark.parametrize("name", ["biff5_write.xls", "issue_643_biff5_formula.xls"])
def test_a_workbook_of_excel_5_or_95_is_read(corpus: Path, name: str) -> None:
    cells_read = cells((corpus / "calamine" / name).read_bytes(), "SheetJS")
    assert cells_read.row(2)[:4] == ("foo", "bar", "2014-02-19 14:30:00", "0.3")
