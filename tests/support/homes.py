"""Homes that tests begin with: what is the same at the start of several is done once a process, and copied.

Lives here: copying a home as it stands, `once`, empty tables, opening a snapshot. Not here: what is done in a home
(`flow.py`).
"""

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import duckdb

from pipelines.home import Home
from pipelines.ledger.transaction import next_over
from pipelines.warehouse.database import Connection, working

P, T = ParamSpec("P"), TypeVar("T")

places: list[Path] = []
"""Where homes are kept until the session ends; `conftest.py` says it, other processes than a session's have none."""

numbers = count()


def copy_home(base: Path, place: Path) -> None:
    """A home as it stands. The snapshot is the same file, for it is known by its inode; nobody writes into it."""
    shutil.copytree(base, place, copy_function=_copied, dirs_exist_ok=True)


def once(prepare: Callable[Concatenate[Home, P], T]) -> Callable[Concatenate[Home, P], T]:
    """What `prepare` does in an empty home, done once for each of its arguments and copied into each test's home.

    What it returns is the same object each time, and must be one that nobody changes. Nothing may be replaced in the
    product while it prepares: another test would be given what came of that.
    """
    made: dict[Any, tuple[Path, T]] = {}

    @functools.wraps(prepare)
    def copied(home: Home, *args: P.args, **kwargs: P.kwargs) -> T:
        assert not home.working.exists(), "only an empty home can be prepared"
        key = (args, tuple(sorted(kwargs.items())))
        if key not in made:
            base = places[-1] / str(next(numbers))
            base.mkdir()
            made[key] = base, prepare(Home(base), *args, **kwargs)
        base, found = made[key]
        copy_home(base, home.root)
        return found

    return copied


def begin(home: Home) -> None:
    """Give a home without tables empty ones: making them takes half as long as a short import, copying them 1 ms."""
    if places and not home.working.exists() and not home.published.exists():
        copy_home(_empty(), home.root)


@functools.cache
def _empty() -> Path:
    home = Home(places[-1] / "empty")
    with working(home.working) as connection, next_over(connection, home):
        pass
    return home.root


@contextmanager
def snapshot_of(home: Home) -> Iterator[Connection]:
    """The published snapshot, to read, in a database that stays: starting DuckDB takes 15 ms, attaching a file 1 ms."""
    connection, path = _reader(), str(home.published).replace("'", "''")
    # A strike may have come just before the last one was let go of.
    connection.execute("USE memory; DETACH DATABASE IF EXISTS snapshot")
    connection.execute(f"SET TimeZone = 'UTC'; ATTACH '{path}' AS snapshot (READ_ONLY); USE snapshot")
    try:
        yield connection
    finally:
        connection.execute("USE memory; DETACH snapshot")


def stop() -> None:
    """At the end of a session: what stays open until then is closed, or DuckDB complains of leaks."""
    if _reader.cache_info().currsize:
        _reader().close()
        _reader.cache_clear()


@functools.cache
def _reader() -> Connection:
    return duckdb.connect(config={"python_enable_replacements": "false"})


def _copied(source: str, target: str) -> None:
    """A snapshot is linked, for it is only ever replaced whole; where homes lie on another disk it is copied too."""
    if Path(source).name == "customers.duckdb" and Path(source).stat().st_dev == Path(target).parent.stat().st_dev:
        os.link(source, target)
    else:
        shutil.copy2(source, target)
