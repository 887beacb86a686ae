"""Homes that tests begin with: what is the same at the start of several is done once a process, and copied.

Lives here: copying a home as it stands, and `once`. Not here: what is done in it (`flow.py`).
"""

import functools
import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from pipelines.home import Home

P, T = ParamSpec("P"), TypeVar("T")

places: list[Path] = []
"""Where homes are kept until the session ends; `conftest.py` says it."""

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


def _copied(source: str, target: str) -> None:
    (os.link if Path(source).name == "customers.duckdb" else shutil.copy2)(source, target)
