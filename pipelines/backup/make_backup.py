"""Making a backup while runs go on: a folder that is there whole, or not at all.

Lives here: the order of copying. Not here: what is copied (`parts.py`), what is said of it (`manifest.py`).

Everything that a transaction writes is written under the writer's lock. So what is written once, originals above all,
is copied before, while runs go on; under the lock the ledger is copied, and of the rest what came or changed meanwhile,
so that imports wait as long as it takes to copy one file. The digests are taken after it.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from pipelines.backup.counting import counted
from pipelines.backup.manifest import MANIFEST, CopiedFile, Manifest, read_manifest, software_version, write_manifest
from pipelines.backup.parts import LEDGER, lasting_files, waiting_files
from pipelines.durable import flush
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.transaction import ledger_transaction
from pipelines.progress import Report, silent
from pipelines.warehouse.database import Connection, value_of

Stamp = tuple[int, int, int]


def back_up(home: Home, target: Path, now: Callable[[], datetime], report: Report = silent) -> Manifest:
    """Copy all that cannot be made again into a folder.

    Args:
        home: the folders.
        target: the folder to make; one that is there must be empty. What ends early leaves nothing under this name.
        now: the clock, asked once the lock is held: the instant that the backup shows.
        report: told each stage.

    Returns:
        The manifest, as it lies in the folder.

    Raises:
        WrongUse: the folder lies in the home, or holds something; AlreadyDone: it holds a backup. WarehouseBusy:
            another process wrote for too long.
    """
    target = target.resolve()
    _refuse_place(home, target)
    with _made_whole(target) as folder:
        report("copying originals")
        # Most of the bytes before the lock: imports wait for the ledger's copy alone.
        early = {path: _copied(home, path, folder) for path in lasting_files(home)}
        report("copying the ledger")
        with ledger_transaction(home) as connection:
            made_at, counts = now(), counted(connection, home)
            base = value_of(connection, "SELECT any_value(base_currency) FROM ledger.deployment")
            _copy_ledger(connection, home, folder)
            _catch_up(home, folder, early)
        report("taking digests")
        # Digests of the copies, not of the originals: what is compared later is what was copied.
        manifest = Manifest(
            software=software_version(),
            made_at=made_at,
            base_currency=str(base) if base else None,
            counts=counts,
            files=tuple(copied_files(folder)),
        )
        write_manifest(folder, manifest)
    return manifest


def _refuse_place(home: Home, target: Path) -> None:
    """Raise WrongUse for a place where a backup would be none."""
    if target.is_relative_to(home.root.resolve()):
        raise WrongUse(f"{target} lies in {home.root}, which it is to be a copy of: name a folder elsewhere")
    if (target / MANIFEST).is_file():
        made_at = read_manifest(target).made_at
        raise AlreadyDone(f"{target} holds the backup of {made_at:%Y-%m-%d %H:%M} UTC; give each a folder of its own")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WrongUse(f"{target} is there already, and not empty: name a new folder")


@contextmanager
def _made_whole(target: Path) -> Iterator[Path]:
    """A folder beside the target, for its owner alone, that gets its name when the block ends well."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    try:
        yield unfinished
        # On the disk before it gets its name: a backup that is there is whole.
        flush((*unfinished.rglob("*"), unfinished))
        unfinished.replace(target)
        flush([target.parent])
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _copied(home: Home, path: Path, folder: Path) -> Stamp | None:
    """Copy a file to its place; what it was known by when it was copied, None where it went meanwhile."""
    copy = folder / path.relative_to(home.root)
    copy.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        stamp = _stamp(path)
        shutil.copyfile(path, copy)
        return stamp
    copy.unlink(missing_ok=True)
    return None


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _copy_ledger(connection: Connection, home: Home, folder: Path) -> None:
    """The ledger as one file, with all that was committed in it."""
    # Writes the log into the file, which then holds all of the ledger.
    connection.execute("CHECKPOINT")
    (folder / LEDGER).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(home.working, folder / LEDGER)


def _catch_up(home: Home, folder: Path, early: dict[Path, Stamp | None]) -> None:
    """Under the lock: what came or changed since it was copied, and without what is gone."""
    present = [*lasting_files(home), *waiting_files(home)]
    for path in early.keys() - set(present):
        (folder / path.relative_to(home.root)).unlink(missing_ok=True)
    for path in present:
        # By inode, size and time: a file that was replaced meanwhile is copied again.
        if early.get(path) != _stamp(path):
            _copied(home, path, folder)


def copied_files(folder: Path) -> Iterable[CopiedFile]:
    """Each file of a backup with its digest, in the order of their paths."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield CopiedFile(path=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=digest)
