"""A prepared home takes the place of the present one: the old or the new is there, whatever ends it early.

Lives here: the swap, and finishing one that was begun. Not here: how the next home is prepared
(`pipelines/backup/restore.py`). It stands beside the lock, for whoever opens the working database finishes it first.

The next home grows in `.restore/next`. `.restore/decided` is the point of no return: written once all of the next home
is on the disk, it lists what takes whose place. Before it, nothing has happened; after it, each part is moved by a
rename, and done again after a crash it comes to the same.
"""

import json
import shutil
from pathlib import Path

from pipelines.durable import flush, written
from pipelines.warehouse.write_lock import writer_lock

PLACE, NEXT, EARLIER, DECIDED = ".restore", "next", "earlier", "decided"

SWAPPED = (
    "warehouse/working.duckdb.wal",
    "customers.duckdb.wal",
    "warehouse/working.duckdb",
    "customers.duckdb",
    "warehouse/published.json",
    "warehouse/erasing",
    "archive",
    "staging",
    "rejects",
    "mappings",
    "secrets",
)
"""What takes the place of its like; what the next home lacks of it is gone then. The logs of databases go first: they
belong to the old ones."""


def next_home(root: Path) -> Path:
    """An empty folder in which the next home can be prepared; what an earlier attempt left of one is gone."""
    shutil.rmtree(root / PLACE, ignore_errors=True)
    place = root / PLACE / NEXT
    place.mkdir(parents=True)
    return place


def finish_decided(root: Path) -> None:
    """For whoever only reads: finish a swap that was decided on. Raises WarehouseBusy as `writer_lock`."""
    if is_decided(root):
        with writer_lock(root / "warehouse" / "working.lock"):
            settle(root)


def settle(root: Path) -> None:
    """Finish a swap that was decided on, and clear away what was prepared for one that was not; the writer's lock is
    ours, so that nobody prepares one now.
    """
    place = root / PLACE
    if not place.exists():
        return
    if is_decided(root):
        _finish(root)
    shutil.rmtree(place, ignore_errors=True)


def swap_in(root: Path) -> None:
    """Decide that the prepared home is the next one, and move it in; the writer's lock is ours."""
    place = root / PLACE
    # All of the next home is on the disk before the note that makes it the next one.
    flush(each for each in (place, *(place / NEXT).rglob("*")) if not each.is_symlink())
    there = [name for name in SWAPPED if (place / NEXT / name).exists()]
    with written(place / DECIDED) as unfinished:
        unfinished.write_text(json.dumps(there), "utf-8")
    # The folder's own name is flushed too: the note must be found after a loss of power.
    flush([root])
    settle(root)


def is_decided(root: Path) -> bool:
    """Whether a swap was decided on and not finished."""
    return (root / PLACE / DECIDED).exists()


def _finish(root: Path) -> None:
    """Move in what is not in its place yet."""
    place = root / PLACE
    there = json.loads((place / DECIDED).read_text("utf-8"))
    # In the order of the list, the logs of databases first.
    for name in SWAPPED:
        _move_in(root, name, name in there)
    flush(folder for folder in (root, root / "warehouse") if folder.exists())
    (place / DECIDED).unlink()
    flush([place])


def _move_in(root: Path, name: str, there: bool) -> None:
    """One part in the place of the present one, unless it is there already. A file takes another one's name at once, so
    that whoever opens the published one always finds one; of folders the present one is moved aside first.
    """
    present, following = root / name, root / PLACE / NEXT / name
    # Moved already, before a crash.
    if there and not following.exists():
        return
    if present.is_dir():
        aside = root / PLACE / EARLIER / name
        aside.parent.mkdir(parents=True, exist_ok=True)
        present.replace(aside)
    elif not there:
        present.unlink(missing_ok=True)
    if there:
        present.parent.mkdir(parents=True, exist_ok=True)
        following.replace(present)
