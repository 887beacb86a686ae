"""Strikes: the end of a process, or an error, at the n-th thing that our code writes.

Lives here: counting every call that writes below one home, and what happens at the one that is chosen. Not here: what
is tried with it (`killed_writes.py`, `end_to_end/test_ledger_properties.py`).

Each call is one point: the strike comes before it, so that the strike after it is the next point. A call that writes
much is two: at the second one, half of it is done.
"""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl
import pytest

from pipelines.rejects import write as reject_files

Call = Callable[..., Any]


class Struck(BaseException):
    """The end of a process, for a test within one."""


class Write(NamedTuple):
    """A call that writes: whose it is, which argument is the place (None: a statement), how half of it is done."""

    owner: Any
    name: str
    place: int | None = 0
    half: Callable[..., None] | None = None


def raised() -> None:
    """End what goes on by an exception that nobody expects."""
    raise Struck


def killed() -> None:
    """End the process without any farewell."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def counted(root: Path, at: int = 0, strike: Callable[[], None] = raised) -> Iterator[list[str]]:
    """Count what is written below `root`, each point by its name, and strike at the one numbered `at`, from 1."""
    points: list[str] = []
    lock = threading.Lock()

    def point(name: str, first: Callable[[], None] | None = None) -> None:
        with lock:
            points.append(name)
            chosen = len(points) == at
        if chosen:
            if first:
                first()
            strike()

    with pytest.MonkeyPatch.context() as patch:
        for write in WRITES:
            patch.setattr(write.owner, write.name, _counting(write, root, point))
        yield points


def _counting(write: Write, root: Path, point: Callable[..., None]) -> Call:
    real = getattr(write.owner, write.name)

    def call(*arguments: Any, **options: Any) -> Any:
        if write.place is not None and not _is_ours(arguments[write.place], root):
            return real(*arguments, **options)
        name = f"{write.name} {_told(write, arguments)}"
        point(name)
        half = write.half
        if half:
            point(f"half of {name}", lambda: half(real, *arguments, **options))
        return real(*arguments, **options)

    return call


def _is_ours(place: Any, root: Path) -> bool:
    text = str(Path(f"/proc/self/fd/{place}").readlink() if isinstance(place, int) else place)
    return text.startswith(str(root)) and "/dagster/" not in text


def _told(write: Write, arguments: tuple[Any, ...]) -> str:
    if write.place is None:
        return " ".join(str(arguments[1]).split())[:60] if len(arguments) > 1 else ""
    place = arguments[write.place]
    return str(place) if isinstance(place, int) else Path(place).name


def _half_text(real: Call, path: Path, text: str, *others: Any) -> None:
    real(path, text[: len(text) // 2], *others)


def _half_bytes(real: Call, path: Path, content: bytes) -> None:
    real(path, content[: len(content) // 2])


def _half_copy(real: Call, source: Path, target: Path) -> None:
    real(source, target)
    _halve(target)


def _half_frame(real: Call, frame: pl.DataFrame, path: Path, **options: Any) -> None:
    real(frame, path, **options)
    _halve(path)


def _half_workbook(real: Call, path: Path, *content: Any) -> None:
    real(path, *content)
    _halve(path)


def _half_tree(_: Call, folder: Path, **__: Any) -> None:
    for path in sorted(each for each in Path(folder).rglob("*") if each.is_file())[:1]:
        path.unlink()


def _halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


WRITES = (
    Write(os, "link", 1),
    Write(os, "replace", 1),
    Write(os, "fsync"),
    Write(shutil, "copyfile", 1, _half_copy),
    Write(shutil, "rmtree", 0, _half_tree),
    Write(Path, "mkdir"),
    Write(Path, "rmdir"),
    Write(Path, "unlink"),
    Write(Path, "chmod"),
    Write(Path, "write_text", 0, _half_text),
    Write(Path, "write_bytes", 0, _half_bytes),
    Write(pl.DataFrame, "write_parquet", 1, _half_frame),
    Write(pl.DataFrame, "write_csv", 1, _half_frame),
    Write(reject_files, "write_rows", 0, _half_workbook),
    Write(duckdb.DuckDBPyConnection, "execute", None),
    Write(duckdb.DuckDBPyConnection, "close", None),
)
