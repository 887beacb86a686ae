"""Plain files within a folder that strangers write to: opened and removed without following any link.

Lives here: telling a plain file from what only looks like one, whether somebody still writes it, opening it, removing
it. Not here: which files wait
(`inbox.py`). A link in the inbox would have us read, store and show any file of the machine; each step of the way is
opened without following links, so that nobody can put one there between looking and reading.
"""

import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

KINDS = {
    stat.S_IFLNK: "symbolic_link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}
"""What is no plain file. A hard link is one: the kernel lets nobody make one of a file that he may not read."""


def kind_of(path: Path) -> str | None:
    """What a path names where it is neither a plain file nor a folder; None where it is, or is gone."""
    try:
        return KINDS.get(stat.S_IFMT(path.lstat().st_mode))
    except FileNotFoundError:
        return None


def place_within(path: Path, folder: Path) -> Path | None:
    """Where a path lies below a folder, whatever `..` or links to the folder itself lead there; None for outside.

    A link below the folder is not followed here: what it names lies elsewhere, and has to be refused as that.
    """
    plain = path.parent.resolve() / path.name if ".." in path.parts else path.absolute()
    for here in (folder.absolute(), folder.resolve()):
        if plain.is_relative_to(here):
            return plain.relative_to(here)
    # The parent alone is resolved: a link by the file's own name has to be seen as a link.
    real = path.parent.resolve() / path.name
    return real.relative_to(folder.resolve()) if real.is_relative_to(folder.resolve()) else None


def is_being_written(descriptor: int) -> bool | None:
    """Whether anybody has an open file open for writing, by what the kernel says; None where it does not say.

    Linux grants a lease for reading only while nobody has the file open for writing, by whatever process, and only to
    the file's owner or to root; most file systems of a network grant none. The lease is given back at once.
    """
    try:
        # whoever opens the file just now is told to us by this signal, which means nothing to anybody; the one that
        # the kernel would send by itself, SIGIO, ends a process
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except (AttributeError, OSError):  # no Linux; not ours, or a file system without leases
        return None
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


@contextmanager
def opened_within(folder: Path, place: Path) -> Iterator[int]:
    """A descriptor of the plain file at a place below a folder. Raises OSError for all else, links on the way too."""
    with _folder_of(folder, place) as descriptor:
        # O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
        file = os.open(place.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
        try:
            # Asked of the open descriptor: a name may mean another file by now.
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(f"{place.name} is no plain file")
            yield file
        finally:
            os.close(file)


def remove_within(folder: Path, place: Path) -> None:
    """Remove the file at a place below a folder, no link on the way being followed."""
    with _folder_of(folder, place) as descriptor:
        os.unlink(place.name, dir_fd=descriptor)


def move_within(folder: Path, place: Path, to: Path) -> None:
    """Move the file at a place below a folder to another, whose folders are made; no link on either way is followed."""
    with _folder_of(folder, place) as here, _folder_of(folder, to, made=True) as there:
        os.rename(place.name, to.name, src_dir_fd=here, dst_dir_fd=there)


@contextmanager
def _folder_of(folder: Path, place: Path, made: bool = False) -> Iterator[int]:
    """A descriptor of the folder that holds a place."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in place.parts[:-1]:
            if made:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
            # Step by step from descriptor to descriptor, so that no part of the way can become a link meanwhile.
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)
