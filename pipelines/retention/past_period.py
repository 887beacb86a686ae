"""What is past its period: originals, what was read of them, reject files, reports, logs (PIT-75).

Lives here: which files those are, and what must stay whatever its age. Not here: removing them (`remove_files.py`),
Dagster's runs (`assets/instance/retention.py`).

The age of what belongs to an import counts from the end of that import as the ledger has it, for files that were
restored or moved look younger. What the ledger does not know is nobody's to remove: it stays.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines.configuration.retention import Retention
from pipelines.home import Home
from pipelines.intake.run_folders import waiting_staged_files
from pipelines.ledger.known_imports import held_keys
from pipelines.locks import is_locked
from pipelines.models.staged_file import STAGED_FILE
from pipelines.rejects.write import OF_ERASED
from pipelines.warehouse.database import Connection, rows_of

IMPORTS = f"""
    SELECT import_id, import_key, finished_at, status LIKE 'done%' OR status = 'refused' AS counts,
        import_id IN (
            SELECT import_id FROM ledger.listed_rejects
            WHERE severity = 'row' AND resolved_by_import_id IS NULL AND NOT {OF_ERASED}
        ) AS has_open_rows,
        import_id IN (SELECT import_id FROM ledger.rejected_rows WHERE severity = 'row') AS has_rejects,
        format IS NOT DISTINCT FROM 'stripe' AS is_sync
    FROM ledger.import_keys
"""
OF_IMPORTS = ("archive", "staging", "rejects", "open_rejects")
IN_LEDGER = "rejected_rows"
"""What senders wrote in rejected rows; no file."""
BY_THEMSELVES = ("reports", "logs")
"""The kinds of files of which no import is the origin: their age is that of the file."""


class Old(NamedTuple):
    """One thing that is past its period: its kind and files, the folder that they fill alone, since when it is kept."""

    kind: str
    files: tuple[Path, ...]
    folder: Path | None
    since: datetime

    @property
    def byte_count(self) -> int:
        """What its files take."""
        return sum(path.lstat().st_size for path in self.files)


class _Periods:
    """The periods as seen at one instant."""

    def __init__(self, periods: Retention, now: datetime) -> None:
        self._periods, self._now = periods, now

    def are_over(self, kind: str, since: datetime) -> bool:
        """Whether something of a kind is kept longer than it is to be."""
        days = self._periods.days(kind)
        return days is not None and self._now - since > timedelta(days=days)


def old_files(home: Home, connection: Connection | None, periods: Retention, now: datetime) -> list[Old]:
    """Everything that is past its period, but for what waits or is held.

    Args:
        home: the folders.
        connection: the ledger; None where there is none, and then nothing of an import is old: nobody knows its age.
        periods: how long each kind is kept.
        now: the instant that ages are counted to.
    """
    at = _Periods(periods, now)
    found = [old for kind, folder in _own_folders(home).items() for old in _old_by_itself(kind, folder, at)]
    if connection is not None and any(periods.days(kind) is not None for kind in OF_IMPORTS):
        imports = rows_of(connection, IMPORTS)
        kept = held_keys(connection) | {staged_file.key for staged_file in waiting_staged_files(home)}
        settled = imports.filter(~pl.col("import_key").is_in(list(kept)))
        found += [*_originals(home, settled, at), *_staged(home, settled, at), *_reject_files(home, settled, at)]
    return found


def past_rejects(connection: Connection, periods: Retention, now: datetime) -> list[str]:
    """The imports whose reject files are past their period, whether these are still there or not."""
    at = _Periods(periods, now)
    rejecting = rows_of(connection, IMPORTS).filter("has_rejects").sort("import_id")
    return [row["import_id"] for row in rejecting.iter_rows(named=True) if at.are_over(_kind(row), row["finished_at"])]


def past_texts(connection: Connection, periods: Retention, now: datetime) -> dict[str, datetime]:
    """The imports of whose rejected rows the texts are past their period, with the instant that each ended.

    What a sender may still mend is needed to read it when it comes back, for as long as its reject file is kept. An
    object of an account has no sender: by its text a sync knows that it was told of.
    """
    if periods.days(IN_LEDGER) is None:
        return {}
    at = _Periods(periods, now)
    known = rows_of(connection, IMPORTS).filter(~pl.col("is_sync"))
    settled = known.filter(~pl.col("import_key").is_in(list(held_keys(connection)))).sort("import_id")
    return {
        row["import_id"]: row["finished_at"]
        for row in settled.iter_rows(named=True)
        if at.are_over(IN_LEDGER, row["finished_at"]) and at.are_over(_kind(row), row["finished_at"])
    }


def _own_folders(home: Home) -> Mapping[str, Path]:
    return dict(zip(BY_THEMSELVES, (home.reports, home.logs), strict=True))


def _old_by_itself(kind: str, folder: Path, at: _Periods) -> Iterator[Old]:
    for path in _files(folder):
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if at.are_over(kind, since):
            yield Old(kind, (path,), None, since)


def _originals(home: Home, settled: pl.DataFrame, at: _Periods) -> Iterator[Old]:
    for identity, since in settled.select("import_id", "finished_at").iter_rows():
        folder = home.archive / identity
        if at.are_over("archive", since) and _is_folder(folder):
            yield Old("archive", _files(folder), folder, since)


def _staged(home: Home, settled: pl.DataFrame, at: _Periods) -> Iterator[Old]:
    """What was read of the bytes of one or several imports, of which the latest counts."""
    latest = settled.group_by("import_key", maintain_order=True).agg(pl.col("finished_at").max())
    for key, since in latest.iter_rows():
        folder = home.staging / key
        # What waits is needed whatever its age.
        waits = (folder / STAGED_FILE).exists() or is_locked(folder)
        if at.are_over("staging", since) and _is_folder(folder) and not waits:
            yield Old("staging", _files(folder), folder, since)


def _reject_files(home: Home, settled: pl.DataFrame, at: _Periods) -> Iterator[Old]:
    for row in settled.filter("has_rejects").iter_rows(named=True):
        kind, since = _kind(row), row["finished_at"]
        names = (home.rejects / f"{row['import_id']}{suffix}" for suffix in (".csv", ".xlsx"))
        files = tuple(path for path in names if path.is_file())
        if files and at.are_over(kind, since):
            yield Old(kind, files, None, since)


def _kind(row: Mapping[str, object]) -> str:
    """Whether a sender may still mend rows of an import: of one that was undone or replaced nobody needs to."""
    return "open_rejects" if row["counts"] and row["has_open_rows"] else "rejects"


def _is_folder(path: Path) -> bool:
    """A folder of ours; a link could lead anywhere."""
    return path.is_dir() and not path.is_symlink()


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()))
