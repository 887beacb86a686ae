"""The kernel's locks on files and folders, which end with the process that holds them: every use of filelock.

Lives here: taking one, asking whether one is taken. Not here: what a lock means (`pipelines/warehouse/write_lock.py`,
`pipelines/intake/attempts.py`, `pipelines/intake/run_folders.py`).
"""

import fcntl
import os
from pathlib import Path

from filelock import lock_descriptor

LOOK_SECONDS = 0.01


def is_ours(descriptor: int) -> bool:
    """Lock an open file for us alone, without waiting; False where another process has it."""
    return lock_descriptor(descriptor, blocking=False)


def hold(folder: Path) -> int:
    """Lock a folder for us alone as soon as nobody else does; the descriptor, which frees it when it is closed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        lock_descriptor(descriptor, poll_interval=LOOK_SECONDS)
    except BaseException:  # Ctrl-C while we waited
        os.close(descriptor)
        raise
    return descriptor


def is_locked(folder: Path) -> bool:
    """Whether a living process has locked a folder; not whether we have.

    Asked with a lock for many, which filelock 4.2.11 has not: two that ask at once would take each other for the one.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # Let go of again as the descriptor is closed: this only asks.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
