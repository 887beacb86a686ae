"""Completeness: whether all is there that a filing is booked from.

Lives here: looking. Not here: what becomes of a filing that is not whole (`pipelines/ledger/commit_imports.py`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.models import staged_file as filed
from pipelines.models.staged_file import Filing

FRAMES = (filed.ACCEPTED, filed.DETAILS, filed.REJECTED, filed.ORIGINS)
ALWAYS = (filed.ACCEPTED, filed.REJECTED)
"""The frames that every judged filing has."""


def each_alone(home: Home, filings: Sequence[Filing]) -> list[Filing]:
    """The filings; of one that lost something in staging a failed one, so that it holds up no other."""
    return [_checked(home.of(filing.attempt).staging / filing.key, filing) for filing in filings]


def _checked(folder: Path, filing: Filing) -> Filing:
    lost = next(_lost(folder, filing), None)
    if lost is None:
        return filing
    told = f"of what was read of this file {lost} is gone from staging or damaged; import the file again"
    failed = filing.model_copy(update={"verdict": "failed", "message": told, "searched": False})
    filed.save(folder, failed)
    for name in FRAMES:  # nothing is taken of it, least of all what is damaged
        (folder / name).unlink(missing_ok=True)
    return failed


def _lost(folder: Path, filing: Filing) -> Iterator[str]:
    if filing.verdict == "failed":
        return
    if filing.searched and not (folder / filed.ORIGINAL).exists():
        yield filed.ORIGINAL
    for name in FRAMES:
        there = (folder / name).exists()
        if not _is_parquet(folder / name) if there else filing.verdict == "judged" and name in ALWAYS:
            yield name


def _is_parquet(path: Path) -> bool:
    try:
        pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True
