"""Folders in staging that a living process works in, and clearing away those of dead ones.

Lives here: the claim on a folder, which the kernel drops with its process; telling what nobody claims; removing it.
Not here: what lies in the folders (`filing.py`), what is booked of it (`pipelines/booking.py`).
"""

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.files import filing as filed
from pipelines.files.filing import Filing, load_filing
from pipelines.settings import Home

PREVIEWS = ".preview-"
OUTCOMES_KEPT = timedelta(days=1)
"""How long an outcome waits for its run to read it: longer than any run takes."""


@contextmanager
def claimed(home: Home, folder: Path) -> Iterator[None]:
    """Make a folder of staging and work in it: nobody books or removes what lies there until the block ends."""
    with _gate(home):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def waiting_filings(home: Home) -> list[Filing]:
    """Every filing that is whole and waits to be booked, of any run, living or dead, oldest first."""
    staging = home.of("").staging
    places = [*staging.glob(f"*/{filed.FILING}"), *staging.glob(f"{filed.RUNS}*/*/{filed.FILING}")]
    found = [load_filing(path.parent) for path in places if not _busy(path.parent)]
    return sorted((filing for filing in found if filing), key=lambda filing: (filing.started_at, filing.key))


def sweep(home: Home, held: Collection[str], now: datetime) -> None:
    """Remove what dead processes left: previews, files half read, outcomes nobody read, settled filings (PIT-70).

    `held`: the keys of the imports that are held; their papers stay, and so does every filing that waits.
    """
    staging = home.of("").staging
    if not staging.exists():
        return
    with _gate(home):
        runs = [folder for folder in staging.glob(f"{filed.RUNS}*/*") if not _needed(folder, now)]
        settled = [folder for folder in staging.glob(f"{filed.HELD}/*") if folder.name not in held]
        for folder in settled:
            keep_rows(folder, staging / folder.name)
        for folder in (*staging.glob(f"{PREVIEWS}*"), *runs, *settled):
            if not _busy(folder):
                shutil.rmtree(folder, ignore_errors=True)
        for run in staging.glob(f"{filed.RUNS}*"):
            _remove_empty(run)


def keep_rows(folder: Path, lasting: Path) -> None:
    """Of the papers of a settled filing the rows that were read stay, whatever becomes of the others."""
    if (folder / filed.ROWS).exists():
        lasting.mkdir(parents=True, exist_ok=True)
        (folder / filed.ROWS).replace(lasting / filed.ROWS)


def _needed(folder: Path, now: datetime) -> bool:
    """Whether a filing waits in a run's folder, or an outcome that its run may not have read yet."""
    outcome = folder / filed.OUTCOME
    if (folder / filed.FILING).exists():
        return True
    return outcome.exists() and now.timestamp() - outcome.stat().st_mtime < OUTCOMES_KEPT.total_seconds()


def _remove_empty(run: Path) -> None:
    if not any(run.iterdir()):
        run.rmdir()


def _busy(folder: Path) -> bool:
    """Whether a living process works in a folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def _gate(home: Home) -> Iterator[None]:
    """Nobody begins a folder while another sweeps."""
    staging = home.of("").staging
    staging.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(staging, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
