"""Originals that name a person: a copy without that person's rows takes their place, whatever format they had.

Lives here: reading an original once more, the copy. Not here: which files are searched (`erase_files.py`). A workbook
or a text in an old encoding is not changed in place: what is left of a row in its other parts, such as shared strings,
comments or an undo of a spreadsheet, nobody could promise.
"""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipelines.durable import written
from pipelines.erasure.traces import Traces
from pipelines.errors import FileRefused
from pipelines.ledger.erased_rows import COPY, NUMBER
from pipelines.models.sheet import ROW, ReadingOptions, Sheet
from pipelines.reading.read_file import read_file

NESTED = 3


def names_person(content: bytes, traces: Traces, encodings: Sequence[str] = (), depth: int = 0) -> bool:
    """Whether a file names them, in any encoding that files come in, in the members of a container too."""
    if any(traces.are_in(text) for text in _texts(content, encodings)):
        return True
    if depth == NESTED or not zipfile.is_zipfile(io.BytesIO(content)):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            parts = (container.read(part) for part in container.infolist())
            return any(names_person(part, traces, encodings, depth + 1) for part in parts)
    except (zipfile.BadZipFile, RuntimeError, OSError):
        return False


def _texts(content: bytes, encodings: Sequence[str]) -> list[str]:
    """A content as each encoding reads it; any that writes ASCII as ASCII shows addresses and numbers alike."""
    wide = [content[start:].decode(f"utf-16-{order}", "replace") for start in (0, 1) for order in ("le", "be")]
    plain = [content.decode(encoding, "replace") for encoding in dict.fromkeys(("utf-8", *encodings))]
    return [*plain, *wide] if b"\x00" in content else plain


def replace_original(path: Path, rows: Sequence[int], traces: Traces, dialect: dict[str, object]) -> bool:
    """Put a copy without the person's rows in an original's place, or nothing where it cannot be read.

    Args:
        path: the original, in the archive or in staging.
        rows: numbers of rows that are known to be theirs.
        traces: what else tells a row of theirs.
        dialect: how the file was read when it came.

    Returns whether the other rows are still there.
    """
    sheet = _read(path, {} if path.name.endswith(COPY) else dialect)
    if sheet is None:
        path.unlink()
        return False
    known = sheet.rows.drop(ROW) if NUMBER in sheet.titles else sheet.rows.rename({ROW: NUMBER})
    cells = known.select(pl.concat_str(pl.exclude(NUMBER), separator=" | ", ignore_nulls=True)).to_series()
    theirs = known[NUMBER].cast(pl.Int64).is_in(rows) | pl.Series(map(traces.in_row, cells), dtype=pl.Boolean)
    copy = path.with_name(path.name.removesuffix(COPY) + COPY)
    with written(copy) as unfinished:
        known.filter(~theirs).write_csv(unfinished, include_bom=True)
    if copy != path:
        path.unlink()
    return True


def _read(path: Path, dialect: dict[str, object]) -> Sheet | None:
    told = {name: dialect[name] for name in ("encoding", "delimiter", "header_row", "sheet") if name in dialect}
    try:
        return read_file(path.read_bytes(), told=ReadingOptions.model_validate(told))
    except FileRefused:
        return None
