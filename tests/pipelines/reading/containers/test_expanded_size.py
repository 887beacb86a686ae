"""Files that are small on the disk and large in memory: refused by name before they are read (PIT-19)."""

import io
import struct
import zipfile
from dataclasses import replace

import pytest

from pipelines.configuration.settings import FileSource
from pipelines.configuration.typed import FileLimits
from pipelines.errors import FileRefused
from pipelines.intake.limited_reading import read_allowed
from pipelines.reading.containers.expanded_size import CellTooLong, ExpandsTooFar, check_container, check_text
from schemas.profiles import MAX_CELL, PROFILES
from tests.support.workbooks import ods, xlsx

DEFAULT = PROFILES["default"]
ROWS = [["email", "name"], ["a@example.com", "Ana"]]


def refused(content: bytes, language: str = "en", **limits: int) -> FileRefused:
    profile = FileLimits(**limits).applied(DEFAULT)
    with pytest.raises(FileRefused) as caught:
        read_allowed(content, FileSource(locale=language), profile)
    return caught.value


def filled(content: bytes, size: int, name: str = "xl/media/image1.bin", claimed: int | None = None) -> bytes:
    """A workbook with a part of so many zero bytes, whose size is declared as claimed."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as container:
        container.writestr(name, bytes(size))
    made = out.getvalue()
    if claimed is not None:
        made = made.replace(struct.pack("<I", size), struct.pack("<I", claimed))
    return made


@pytest.mark.rule("PIT-19")
@pytest.mark.parametrize("make", [xlsx, ods])
def test_a_workbook_that_expands_too_far_is_refused_by_name(make: object) -> None:
    content = filled(make(ROWS), 3_000_000)  # type: ignore[operator]  # a function, parametrised
    assert len(content) < 50_000
    refusal = refused(content, max_expanded=1_000_000)
    assert refusal.reason.code == "EXPANDS_TOO_FAR"
    assert "at most 1,000,000 bytes are allowed" in refusal.reason.message
    assert read_allowed(content, FileSource(), DEFAULT).row_count == 1


def test_a_key_of_an_event_that_is_too_long_is_told_with_the_first_line_that_fills_it() -> None:
    lines = ['{"kind": "form"}', '{"kind": "form", "%s": 1}' % ("k" * 3_000)]
    with pytest.raises(FileRefused) as caught:
        read_allowed("\n".join(lines).encode(), FileSource(), FileLimits(max_cell=2_000).applied(PROFILES["captured"]))
    assert caught.value.reason.code == "CELL_TOO_LONG"
    assert "(row 2, " in caught.value.reason.message


@pytest.mark.rule("PIT-19")
def test_what_a_container_declares_of_its_parts_is_not_believed() -> None:
    content = filled(xlsx(ROWS), 3_000_000, claimed=10)
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        assert sum(part.file_size for part in container.infolist()) < 100_000
    with pytest.raises(ExpandsTooFar):
        check_container(content, 1_000_000, MAX_CELL)


@pytest.mark.rule("PIT-19")
def test_many_parts_over_the_same_bytes_are_counted_each() -> None:
    content = xlsx(ROWS)
    for place in range(5):
        content = filled(content, 300_000, name=f"xl/media/{place}.bin")
    with pytest.raises(ExpandsTooFar):
        check_container(content, 1_000_000, MAX_CELL)
    check_container(content, 2_000_000, MAX_CELL)


@pytest.mark.rule("PIT-19")
def test_a_cell_of_a_workbook_that_never_ends_is_refused_before_it_is_read() -> None:
    out = io.BytesIO(xlsx(ROWS))
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part, old.read(part).replace(b">name<", b">" + b"n" * 10_000_000 + b"<"))
    with pytest.raises(CellTooLong):
        check_container(changed.getvalue(), 1_000_000_000, 8 * MAX_CELL)
    assert refused(changed.getvalue()).reason.code == "CELL_TOO_LONG"


@pytest.mark.parametrize("kind", ["csv", "quoted csv", "utf-16", "wrong width", "xlsx", "title"])
def test_a_cell_longer_than_allowed_is_refused_with_its_row(kind: str) -> None:
    long = "x" * 2_001
    content = {
        "csv": f"email,name\na@example.com,{long}\n".encode(),
        "quoted csv": f'email,name\na@example.com,"{long[:2000]},y"\n'.encode(),
        "utf-16": f"email,name\na@example.com,{long}\n".encode("utf-16"),
        "wrong width": f"email,name\na@example.com,Ana\nb@example.com,B,{long}\n".encode(),
        "xlsx": xlsx([["email", "name"], ["a@example.com", long]]),
        "title": f"email,name,{long}\na@example.com,Ana,x\n".encode(),
    }[kind]
    assert refused(content, max_cell=2_000).reason.code == "CELL_TOO_LONG"
    assert read_allowed(content, FileSource(), replace(DEFAULT, max_cell=2_010)).titles[0] == "email"


def test_signs_are_counted_and_not_bytes() -> None:
    content = f"email,name\na@example.com,{'ż' * 2_000}\n".encode()
    assert read_allowed(content, FileSource(), replace(DEFAULT, max_cell=2_000)).row_count == 1


def test_the_row_and_the_column_of_a_long_cell_are_told_in_the_senders_language() -> None:
    content = f"email,name\na@example.com,Ana\nb@example.com,{'x' * 30}\n".encode()
    refusal = refused(content, "fr", max_cell=20)
    assert "30 caractères (ligne 3, «\u202fname\u202f»), 20 au maximum" in refusal.reason.message


@pytest.mark.parametrize("size", [10, 1_000, 100_000])
def test_a_text_without_any_separator_is_refused_wherever_it_stands(size: int) -> None:
    check_text(b"a,b\n" * size, 100)
    with pytest.raises(CellTooLong):
        check_text(b"a,b\n" * size + b"x" * 101 + b"\n" + b"c,d\n" * size, 100)


def test_the_profile_says_how_far_a_workbook_may_expand() -> None:
    assert DEFAULT.expanded("xlsx") == 1_000_000_000
    assert PROFILES["upflow"].expanded("xlsx") >= 100_000_000
    assert FileLimits(max_bytes={"xlsx": 5_000_000}).applied(DEFAULT).expanded("xlsx") == 100_000_000
    assert FileLimits(max_expanded=7).applied(DEFAULT).expanded("xlsx") == 7
