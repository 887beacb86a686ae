"""Durability: what must be on the disk before something else says that it is there.

Lives here: the flush, and the one way in which a file takes another one's place. Not here: what is written. A process
that dies loses nothing that it wrote; a machine that loses power loses what the disk does not hold yet, and may keep
what was done later.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written(path: Path, ending: str = "writing") -> Iterator[Path]:
    """Write a file so that whoever reads it sees the old one or the whole new one, after a loss of power too.

    Args:
        path: The file; its folder is there.
        ending: Of the unfinished file's name; one that no other process has, where several may write the file.

    Yields:
        The unfinished file, beside it and hidden, which the block makes. What an earlier death left there is gone.
    """
    unfinished = path.with_name(f".{path.name}.{ending}")
    unfinished.unlink(missing_ok=True)
    try:
        yield unfinished
        put_in_place(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def put_in_place(unfinished: Path, path: Path) -> None:
    """Give a whole file the name of another one, in the same folder; both are on the disk before it returns."""
    # The bytes before the name: after a loss of power the name must not lead to an empty file.
    flush([unfinished])
    unfinished.replace(path)
    # And the name itself, which is written in the folder.
    flush([path.parent])


def flush(paths: Iterable[Path]) -> None:
    """Wait until the disk holds these files, or the names in these folders."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
