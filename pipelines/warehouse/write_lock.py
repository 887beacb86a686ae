"""Turns: one writer of a database at a time over all processes, and what is told while another one writes.

Lives here: the lock, which the kernel frees with the process that holds it, so that the dead hold up nobody; who holds
it; how long the others wait. Not here: the databases (`database.py`), which run is dead
(`pipelines/intake/attempts.py`).
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pipelines.errors import WarehouseBusy
from pipelines.locks import is_ours
from pipelines.progress import Report, silent

LOOK_SECONDS = 0.1
PATIENT_SECONDS = 1.0
"""A wait that is shorter than this is not worth telling."""
TELL_SECONDS = 60.0


@dataclass(frozen=True)
class Turn:
    """Who wants to write: its name for those who wait, how long it waits itself, and whom it tells that it does."""

    name: str = ""
    wait_seconds: float = 600.0
    tell: Report = silent


_turn: ContextVar[Turn] = ContextVar("turn", default=Turn())  # noqa: B039  # it is frozen


@contextmanager
def taking_turns(turn: Turn) -> Iterator[None]:
    """Whatever waits for a writer within the block does so as `turn` says."""
    token = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(token)


@contextmanager
def writer_lock(path: Path, wait_seconds: float | None = None) -> Iterator[None]:
    """The lock of a database, ours alone for the time of the block.

    Raises WarehouseBusy when another process still holds it after `wait_seconds`, by default those of the turn.
    """
    turn = _turn.get()
    limit = turn.wait_seconds if wait_seconds is None else wait_seconds
    # Appending: opening it must not empty what the present holder wrote.
    with open(path, "a+", encoding="utf-8") as lock:
        _wait(lock, path, limit, turn.tell)
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "name": turn.name}))
        lock.flush()
        yield


def _wait(lock: TextIO, path: Path, limit: float, tell: Report) -> None:
    begun = time.monotonic()
    # So that the first word comes after a second, the next ones after a minute each.
    told = begun + PATIENT_SECONDS - TELL_SECONDS
    while not is_ours(lock.fileno()):
        now = time.monotonic()
        if now - begun > limit:
            raise WarehouseBusy(
                f"{path} is held by {_holder(lock)}, and {limit:g} seconds of waiting are over. "
                "Try again when it has finished, or let more time pass: CUSTOMERS_WAIT_SECONDS"
            )
        if now - told >= TELL_SECONDS:
            told = now
            tell(f"waiting for {_holder(lock)}; at most {limit:g} seconds in all, Ctrl-C ends the wait")
        time.sleep(LOOK_SECONDS)


def _holder(lock: TextIO) -> str:
    """Who holds the lock, and since when: what is written there was written when it was taken."""
    lock.seek(0)
    since = datetime.fromtimestamp(os.fstat(lock.fileno()).st_mtime, UTC)
    try:
        held = json.loads(lock.read())
        who = f"{held['name']} (process {held['pid']})" if held["name"] else f"process {held['pid']}"
    except (ValueError, TypeError, KeyError):  # just taken, or of a version that wrote the number alone
        who = "another process"
    return f"{who}, which has been writing since {since:%Y-%m-%d %H:%M:%S} UTC"
