"""Quick: what makes thousands of steps affordable, and changes nothing of what they show.

Lives here: homes in memory, and remembering what a file said the last time. Not here: the steps.
"""

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pipelines.home import Home
from pipelines.intake import process_file

MEMORY, ENOUGH = Path("/dev/shm"), 200_000_000
"""Where Linux keeps files in memory, and the free bytes from which on we take of them."""

validated: dict[tuple[object, ...], Any] = {}
here = threading.local()


@contextmanager
def scratch_home() -> Iterator[Home]:
    """An empty home that waits for no disk, where the machine has room for it; gone afterwards."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH
    with TemporaryDirectory(dir=MEMORY if roomy else None) as folder:
        yield Home(Path(folder))


@contextmanager
def remembered() -> Iterator[None]:
    """What is read in a file, and the verdict on it, are functions of its bytes and terms: found out once a process.

    Good where no mapping is saved. All that writes, and all of the ledger, is done every time.
    """
    real = process_file.read_allowed

    def reading(content: bytes, source: Any, profile: Any, beside: Any) -> Any:
        terms = source.model_dump_json(exclude={"on_overlap", "amounts"})
        known = (beside.base_currency, beside.earlier)
        here.file = (hashlib.sha256(content).hexdigest(), terms, profile.name, *known)
        return _once(here.file, lambda: real(content, source, profile, beside))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process_file, "read_allowed", reading)
        patch.setattr(process_file, "clear_of_cards", _of_this_file("cards", process_file.clear_of_cards))
        patch.setattr(process_file, "map_columns", _of_this_file("mapping", process_file.map_columns))
        patch.setattr(process_file, "validate", _of_this_file("validation", process_file.validate))
        yield


def _of_this_file(what: str, real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: _once((what, *here.file), lambda: real(*given))


def _once(key: tuple[object, ...], find_out: Callable[[], Any]) -> Any:
    if key not in validated:
        validated[key] = find_out()
    return validated[key]
