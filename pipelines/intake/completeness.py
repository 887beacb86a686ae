"""Completeness: whether all is there that a staged file is committed from.

Lives here: looking. Not here: what becomes of a staged file that is not whole (`pipelines/ledger/commit_imports.py`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.models.staged_file import (
    ACCEPTED,
    AS_SENT,
    CUSTOM_FIELDS,
    DETAILS,
    ORIGINAL,
    ORIGINS,
    REJECTED,
    StagedFile,
    save_record,
)
from schemas.sentences.note import Note

FRAMES = (ACCEPTED, DETAILS, CUSTOM_FIELDS, REJECTED, ORIGINS, AS_SENT)
"""What a staged file is committed from, beside the original. The rows that were read are a copy for people."""

ALWAYS = (ACCEPTED, REJECTED)
"""The frames that every validated staged file has."""


def each_alone(home: Home, staged_files: Sequence[StagedFile]) -> list[StagedFile]:
    """The staged files; of one that lost something in staging a failed one, so that it holds up no other."""
    return [_checked(staged_file.folder(home.staging), staged_file) for staged_file in staged_files]


def _checked(folder: Path, staged_file: StagedFile) -> StagedFile:
    lost = next(_lost(folder, staged_file), None)
    if lost is None:
        return staged_file
    told = Note("STAGING_LOST", found=lost).line(staged_file.language)
    failed = staged_file.model_copy(update={"result": "failed", "message": told, "searched": False})
    save_record(folder, failed)
    for name in FRAMES:  # nothing is taken of it, least of all what is damaged
        (folder / name).unlink(missing_ok=True)
    return failed


def _lost(folder: Path, staged_file: StagedFile) -> Iterator[str]:
    if staged_file.result == "failed":
        return
    if staged_file.searched and not (folder / ORIGINAL).exists():
        yield ORIGINAL
    if staged_file.leans_on_ledger and staged_file.result == "validated" and not (folder / AS_SENT).exists():
        yield AS_SENT
    for name in FRAMES:
        there = (folder / name).exists()
        if not _is_parquet(folder / name) if there else staged_file.result == "validated" and name in ALWAYS:
            yield name


def _is_parquet(path: Path) -> bool:
    try:
        # The end of a Parquet file holds its schema: one that was cut off has none.
        pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True
