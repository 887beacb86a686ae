"""A process killed at any write or step: analysts never see half a state, and the next process ends as if nothing were.

Hundreds of real processes die here, of which the suite takes every fifth; `make killed` takes them all.
"""

import os
import signal
from collections.abc import Iterator
from multiprocessing.pool import Pool
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from pipelines.settings import Home
from tests.killing import ACTIONS, FORKS, State, Undisturbed, killed_at, published_state, undisturbed

LEAST = 100
ALIKE = "execute COMMENT"
"""A new snapshot gets a comment for each column: the first of them stands for all."""


class Point(NamedTuple):
    """A place at which an action is ended, counted from 1, and what is about to happen there."""

    action: str
    number: int
    name: str


class Prepared(NamedTuple):
    """An action's home before it, what analysts see there, and what the action comes to when nobody disturbs it."""

    base: Path
    before: State
    expected: Undisturbed


@pytest.fixture(scope="module")
def processes() -> Iterator[Pool]:
    """As many at once as there are cores, a new one for everything that is asked of them."""
    with FORKS.Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        yield pool


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, processes: Pool) -> dict[str, Prepared]:
    """Every action, done once."""
    root = tmp_path_factory.mktemp("homes")
    places = [(root / name.replace(" ", "_"), name) for name in ACTIONS]
    return dict(zip(ACTIONS, processes.starmap(prepare, places, chunksize=1), strict=True))


def prepare(folder: Path, name: str) -> Prepared:
    base = folder / "base"
    base.mkdir(parents=True)
    ACTIONS[name].prepare(Home(base))
    return Prepared(base, published_state(Home(base)), undisturbed(base, folder / "0", name))


def points_of(prepared: dict[str, Prepared]) -> list[Point]:
    """The points of all actions; in the suite every fifth."""
    found = [point for name, each in prepared.items() for point in _points(name, each.expected.points)]
    everything = settings.default is not None and settings.default.max_examples > 100
    return found if everything else found[2::5]


def _points(action: str, names: list[str]) -> Iterator[Point]:
    before = ""
    for number, name in enumerate(names, 1):
        if not (name.startswith(ALIKE) and before.startswith(ALIKE)):
            yield Point(action, number, name)
        before = name


def test_what_a_killed_process_leaves_the_next_one_mends_and_nobody_sees_half_of_it_pit_70(
    prepared: dict[str, Prepared], processes: Pool
) -> None:
    points = points_of(prepared)
    tried = processes.starmap(faults, [(prepared[point.action], point) for point in points], chunksize=1)
    told = dict(zip(points, tried, strict=True))
    assert {point: found for point, found in told.items() if found} == {}
    assert len(told) >= LEAST
    assert {point.action for point in told} == set(ACTIONS)


def faults(prepared: Prepared, point: Point) -> list[str]:
    """What is not as it must be after a process was killed at a point."""
    place = prepared.base.with_name(str(point.number))
    survived = killed_at(prepared.base, place, point.action, point.number)
    alive = [] if survived.exit_code == -signal.SIGKILL else [f"ended with {survived.exit_code}"]
    seen_whole = survived.seen in (prepared.before, prepared.expected.after)
    torn = [] if seen_whole else [f"analysts saw {differing(survived.seen, prepared.expected.after)}"]
    return [*alive, *torn, *differing(survived.whole, prepared.expected.whole)]


def differing(found: State, expected: State) -> list[str]:
    """The tables and files that are not the same, or are there in one of the two alone."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
