"""Folders in staging that a living process works in, and clearing away those of dead ones.

Lives here: the claim on a folder, which the kernel drops with its process; telling what nobody claims; removing it. Not
here: what lies in the folders (`pipelines/models/staged_file.py`), what is committed of it
(`pipelines/ledger/commit_imports.py`).
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from pipelines.home import Home
from pipelines.intake.attempts import gate
from pipelines.locks import hold, is_locked
from pipelines.models.staged_file import (
    EARLIER_NAME,
    HELD,
    OUTCOME,
    ROWS,
    RUNS,
    STAGED_FILE,
    TOLD,
    StagedFile,
    load_staged_file,
    rename_record,
)

PREVIEWS = ".preview-"
ANSWERS_KEPT = timedelta(days=1)
"""How long an outcome, or a question that got no answer, waits for somebody to read it or to ask again."""


@contextmanager
def claimed(home: Home, folder: Path) -> Iterator[None]:
    """Make a folder of staging and work in it: nobody commits or removes what lies there until the block ends."""
    with gate(home):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = hold(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def waiting_staged_files(home: Home) -> list[StagedFile]:
    """Every staged file that is whole and waits to be committed, of any run, living or dead, oldest first."""
    staging = home.staging
    places = [*staging.glob(f"*/{STAGED_FILE}"), *staging.glob(f"{RUNS}*/*/{STAGED_FILE}")]
    found = [_loaded(path.parent) for path in places if not is_locked(path.parent)]
    return sorted(
        (staged_file for staged_file in found if staged_file),
        key=lambda staged_file: (staged_file.started_at, staged_file.key),
    )


def _loaded(folder: Path) -> StagedFile | None:
    """The staged file that lies in a folder; one that is none any more is set aside, to be swept: its file is
    elsewhere.
    """
    try:
        return load_staged_file(folder)
    except ValidationError:
        # Out of the way, so that one broken record does not stop every later run.
        (folder / STAGED_FILE).replace(folder / f"{STAGED_FILE}.damaged")
        return None


def rename_earlier_records(home: Home) -> None:
    """Bring what an earlier version left in staging, held or waiting, to today's names; it is found by them alone."""
    for place in (f"{HELD}/*/{EARLIER_NAME}", f"{RUNS}*/*/{EARLIER_NAME}"):
        for record in home.staging.glob(place):
            if not is_locked(record.parent):
                rename_record(record.parent)


def sweep(home: Home, held: Collection[str], now: datetime) -> None:
    """Remove what dead processes left: previews, files half read, outcomes nobody read, settled staged files (PIT-70).

    `held`: the keys of the imports that are held; what was read of them stays, and so does every staged file that
    waits.
    """
    staging = home.staging
    if not staging.exists():
        return
    # Nobody may begin a folder between the question whether it is locked and its removal.
    with gate(home):
        runs = [folder for folder in staging.glob(f"{RUNS}*/*") if not _needed(folder, now)]
        settled = [folder for folder in staging.glob(f"{HELD}/*") if folder.name not in held]
        # The copy of what was read lasts as long as its import, held or not.
        for folder in settled:
            keep_rows(folder, staging / folder.name)
        for folder in (*staging.glob(f"{PREVIEWS}*"), *runs, *settled):
            if not is_locked(folder):
                _remove(folder)
        for run in staging.glob(f"{RUNS}*"):
            if not any(run.iterdir()) and not is_locked(run):
                run.rmdir()


def keep_rows(folder: Path, lasting: Path) -> None:
    """Of what lies beside a settled staged file the rows that were read stay, whatever becomes of the others."""
    if (folder / ROWS).exists():
        lasting.mkdir(parents=True, exist_ok=True)
        (folder / ROWS).replace(lasting / ROWS)


def _needed(folder: Path, now: datetime) -> bool:
    """Whether it is of a run that goes on, a staged file that waits, or an answer that somebody may want to hear."""
    if (folder / STAGED_FILE).exists() or is_locked(folder.parent):
        return True
    answers = (folder, *(folder / name for name in (OUTCOME, TOLD)))
    kept = [path for path in answers if path.is_file()]
    return any(now.timestamp() - path.stat().st_mtime < ANSWERS_KEPT.total_seconds() for path in kept)


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
