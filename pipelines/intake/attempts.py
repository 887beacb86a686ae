"""Attempts: what each run was asked to do, whether it lives, and whether anybody heard its answer.

Lives here: the part of staging that a run has to itself, its lock, which the kernel drops with the process, the
question in it. Not here: what is staged there (`pipelines/models/staged_file.py`), who clears away what the dead left
(`run_folders.py`).

A run whose part of staging is there and locked by nobody has died, or ended without an answer that was heard. Whoever
asks the same again is then told that it is done, and not that it was done before (PIT-70).
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipelines.home import Home
from pipelines.locks import hold, is_locked
from pipelines.models.staged_file import OUTCOME, RUNS, STAGED_FILE, TOLD, attempt_of

ASKED = "asked.json"

_here: set[Path] = set()
"""The runs that this process has begun and not ended."""

_answers: list[tuple[Home, str]] = []
"""The runs whose answers this process is about to give."""


@contextmanager
def begun(home: Home, run_id: str, asked: Mapping[str, object]) -> Iterator[None]:
    """Have a run's part of staging until the block ends; whoever finds it unlocked earlier knows that we are dead.

    `asked`: what makes two runs ask for the same. Begun in this process already, nothing happens.
    """
    folder = _folder(home, run_id)
    if folder in _here:
        yield
        return
    # Whoever sweeps would remove the folder between its making and its locking.
    with gate(home):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = hold(folder)
    _here.add(folder)
    try:
        (folder / ASKED).write_text(_text(asked), "utf-8")
        yield
    finally:
        _here.discard(folder)
        # Closing lets go of the lock, as the end of the process would.
        os.close(descriptor)


def is_here(home: Home, run_id: str) -> bool:
    """Whether this process has begun a run and not ended it."""
    return _folder(home, run_id) in _here


def left_traces(home: Home, run_id: str) -> bool:
    """Whether a run has, or left, a part of staging."""
    return _folder(home, run_id).exists()


def is_alive(home: Home, run_id: str) -> bool:
    """Whether a living process has a run's part of staging."""
    return is_locked(_folder(home, run_id))


def stopped(home: Home, asked: Mapping[str, object]) -> list[str]:
    """The runs that were asked for the same, are alive no more, and whose answer nobody heard; the earliest first."""
    text = _text(asked)
    found = [path for path in home.staging.glob(f"{RUNS}*/{ASKED}") if path.read_text("utf-8") == text]
    dead = [path for path in found if not is_locked(path.parent)]
    return [_run_of(path.parent) for path in sorted(dead, key=lambda path: (path.stat().st_mtime_ns, path))]


def stopped_imports(home: Home, key: str, but: str) -> list[Path]:
    """Where earlier runs that are alive no more staged an import of this key, and nobody heard what became of it."""
    folders = home.staging.glob(f"{RUNS}*/{key}")
    return [
        folder
        for folder in folders
        if folder.parent.name != but
        and ((folder / STAGED_FILE).exists() or (folder / OUTCOME).exists())
        and not is_locked(folder.parent)
    ]


def unheard(home: Home, job: str | None = None) -> list[str]:
    """The runs, of one job or of any, that are alive no more and whose answer nobody heard yet."""
    found = home.staging.glob(f"{RUNS}*/{ASKED}")
    dead = [path for path in found if not is_locked(path.parent)]
    return sorted(_run_of(path.parent) for path in dead if job in (None, _job_of(path)))


def shown(home: Home, run_id: str, well: bool) -> None:
    """The answer of a run is on its page: its outcomes were told, what it was asked for is open only if it went ill."""
    folder = _folder(home, run_id)
    for outcome in folder.glob(f"*/{OUTCOME}"):
        # Under another name, by which `load_outcome` still finds it.
        outcome.replace(outcome.with_name(TOLD))
    if well:
        (folder / ASKED).unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def answer(home: Home, run_ids: Sequence[str]) -> None:
    """The answers of these runs will be shown next."""
    _answers.extend((home, run_id) for run_id in run_ids)


def heard(well: bool) -> None:
    """What was to be shown was shown: nothing of those runs is needed any more, but for files that wait.

    Where it did not go `well`, whoever asks again gets their answer.
    """
    answered = [*_answers] if well else []
    _answers.clear()
    for home, run_id in answered:
        folder = _folder(home, run_id)
        (folder / ASKED).unlink(missing_ok=True)
        for place in [place for place in folder.glob("*") if not (place / STAGED_FILE).exists()]:
            shutil.rmtree(place, ignore_errors=True)
        if folder.exists() and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def gate(home: Home) -> Iterator[None]:
    """Nobody begins a folder of staging while another one sweeps."""
    staging = home.staging
    staging.mkdir(parents=True, exist_ok=True)
    descriptor = hold(staging)
    try:
        yield
    finally:
        os.close(descriptor)


def _folder(home: Home, run_id: str) -> Path:
    return home.staging / attempt_of(run_id)


def _run_of(folder: Path) -> str:
    return folder.name.removeprefix(RUNS)


def _text(asked: Mapping[str, object]) -> str:
    # Sorted, for two runs that were asked the same are found by the equality of this text.
    return json.dumps(asked, sort_keys=True, default=str)


def _job_of(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))["job"]
    except (ValueError, KeyError):  # it died while it wrote this
        return None
