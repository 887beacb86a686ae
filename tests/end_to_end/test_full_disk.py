"""A disk with a few bytes left, at many levels: no command says a wrong word, and the next one mends it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.crash.killed_commands import SCENES, Answer, Expected, asked, differences, prepared, tables, unfinished_runs

pytestmark = pytest.mark.slow

EVERYTHING = os.environ.get("CUSTOMERS_PROPERTIES") == "thousands"
LEVELS = (0, 4, 16, 64, 160, 400, 700, 1_000, 1_400, 2_000, 2_600, 3_400, 4_500, 6_000, 9_000)
"""Kilobytes that are free when the command starts; it writes a few thousand."""
TRIED = LEVELS if EVERYTHING else LEVELS[4::5]
ACTIONS = ("first import", "import", "undo", "publish", "sync")
ROOM = 96_000_000
MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of its own, in memory; the test is skipped where nobody may make one."""
    place.mkdir()
    command = [str(MOUNT), "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
    if not MOUNT or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run([str(UMOUNT), "-l", str(place)], check=True)


@contextmanager
def filled(disk: Path, free: int) -> Iterator[None]:
    """A disk on which so many bytes are free, as long as the block lasts."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        rest = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - free
        os.posix_fallocate(file.fileno(), 0, rest)
    yield
    filler.unlink()


@pytest.mark.parametrize("name", ACTIONS)
def test_a_full_disk_is_never_answered_wrongly_and_the_next_run_repairs_all(tmp_path: Path, name: str) -> None:
    expected = prepared(tmp_path, name)
    told = {}
    for free in TRIED:
        with small_disk(tmp_path / f"disk_{free}") as disk:
            told[free] = faults(expected, name, disk, free * 1_000)
    assert {free: found for free, found in told.items() if found} == {}


def faults(expected: Expected, name: str, disk: Path, free: int) -> list[str]:
    """What is not as it must be after a command with so little room, and the same with enough."""
    place = Home(disk / "home")
    shutil.copytree(expected.base, place.root)
    with filled(disk, free):
        first = asked(place, *SCENES[name].words)
    again = asked(place, *SCENES[name].words)
    heard = first.document is not None and first.code == expected.answer.code
    found = differences(expected, again, heard, tables(place))
    return [*wrong_words(first, expected), *found, *unfinished_runs(place)]


def wrong_words(first: Answer, expected: Expected) -> list[str]:
    """What a command may not say: another code than the contract's, a traceback, that nothing was changed."""
    bad = [word for word in ("Traceback", "nothing was changed", "ALREADY_IMPORTED") if word in first.said]
    code = [] if first.code in (expected.answer.code, 2) else [f"exit code {first.code}"]
    silent = [] if first.code != 2 or "Error:" in first.said else ["no word about it"]
    return [f"{fault}: {first.said}" for fault in (*bad, *code, *silent)]
