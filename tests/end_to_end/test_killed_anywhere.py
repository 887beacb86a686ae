"""A process killed at any write or step: analysts never see half a state, and the next process ends as if nothing were.

Hundreds of real processes die here, in `make killed`; the suite takes some of them, evenly spread.
"""

import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.pool import Pool
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from pipelines.settings import Home
from tests.killing import ACTIONS, FORKS, State, Undisturbed, killed_at, published_state, undisturbed

pytestmark = pytest.mark.slow

LEAST, SAMPLED = 100, 40
"""How many points there are at least, and how many of them the suite tries."""

EVERYTHING = settings.default is not None and settings.default.max_examples > 100
ALIKE = "execute COMMENT"
"""A new snapshot gets a comment for each column: the first of them stands for all."""


class Point(NamedTuple):
    """A place at which an action is ended, counted from 1, and what is about to happen there."""

    action: str
    number: int
    name: str


class Prepared(NamedTuple):
    """An action's home before it, a place beside it, what analysts see there, and what comes of it undisturbed."""

    base: Path
    place: Path
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
    scenes = list({action.prepare for action in ACTIONS.values()})
    told = processes.starmap(prepare, [(root / scene.__name__, scene) for scene in scenes], chunksize=1)
    before = dict(zip(scenes, told, strict=True))
    places = [(root / scene.__name__, root / name.replace(" ", "_"), name) for name, (scene, _) in ACTIONS.items()]
    expected = processes.starmap(undisturbed, places, chunksize=1)
    return {
        name: Prepared(base, place, before[ACTIONS[name].prepare], result)
        for (base, place, name), result in zip(places, expected, strict=True)
    }


def prepare(base: Path, scene: Callable[[Home], object]) -> State:
    """A home in which an action can begin; what analysts see there."""
    base.mkdir()
    scene(Home(base))
    return published_state(Home(base))


def points_of(prepared: dict[str, Prepared]) -> list[Point]:
    """The points of all actions, in their order."""
    return [point for name, each in prepared.items() for point in _points(name, each.expected.points)]


def spread(points: list[Point]) -> list[Point]:
    """As many as the suite tries, evenly spread, and one of each action."""
    even = [points[place * len(points) // SAMPLED] for place in range(SAMPLED)]
    each = {point.action: point for point in points}
    return sorted({*even, *each.values()}, key=points.index)


def _points(action: str, names: list[str]) -> Iterator[Point]:
    before = ""
    for number, name in enumerate(names, 1):
        if not (name.startswith(ALIKE) and before.startswith(ALIKE)):
            yield Point(action, number, name)
        before = name


def test_what_a_killed_process_leaves_the_next_one_mends_and_nobody_sees_half_of_it_pit_70(
    prepared: dict[str, Prepared], processes: Pool
) -> None:
    every = points_of(prepared)
    points = every if EVERYTHING else spread(every)
    tried = processes.starmap(faults, [(prepared[point.action], point) for point in points], chunksize=1)
    told = dict(zip(points, tried, strict=True))
    assert {point: found for point, found in told.items() if found} == {}
    assert len(every) >= LEAST
    assert len(told) >= (LEAST if EVERYTHING else SAMPLED)
    assert {point.action for point in told} == set(ACTIONS)


def faults(prepared: Prepared, point: Point) -> list[str]:
    """What is not as it must be after a process was killed at a point."""
    place = prepared.place.with_name(f"{prepared.place.name}_{point.number}")
    survived = killed_at(prepared.base, place, point.action, point.number)
    alive = [] if survived.exit_code == -signal.SIGKILL else [f"ended with {survived.exit_code}"]
    seen_whole = survived.seen in (prepared.before, prepared.expected.after)
    torn = [] if seen_whole else [f"analysts saw {differing(survived.seen, prepared.expected.after)}"]
    return [*alive, *torn, *differing(survived.whole, prepared.expected.whole)]


def differing(found: State, expected: State) -> list[str]:
    """The tables and files that are not the same, or are there in one of the two alone."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
