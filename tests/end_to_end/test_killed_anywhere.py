"""A process killed at any write or step: analysts never see half a state, and the next process ends as if nothing were.

Hundreds of real processes die here, in `make killed`; CI takes more than a hundred of them, evenly spread.
"""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from pipelines.home import Home
from tests.crash.killed_writes import ACTIONS, FORKS, State, Undisturbed, killed_at, published_state, undisturbed
from tests.support.memo import scratch_home

pytestmark = pytest.mark.proofs

SAMPLED = 120
"""How many points CI tries, evenly spread over all actions, and at least one of each."""

EVERYTHING = os.environ.get("CUSTOMERS_PROPERTIES") == "thousands"
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
def processes() -> Iterator[Executor]:
    """As many as there are cores; whatever is to die gets a new one from them."""
    with ProcessPoolExecutor(os.cpu_count(), FORKS) as pool:
        yield pool


@pytest.fixture(scope="module")
def prepared(processes: Executor) -> Iterator[dict[str, Prepared]]:
    """Every action, done once."""
    with scratch_home() as scratch:
        root = scratch.root
        scenes = list({action.prepare: None for action in ACTIONS.values()})
        bases = [root / scene.__name__ for scene in scenes]
        before = dict(zip(scenes, processes.map(prepare, bases, scenes), strict=True))
        names = list(ACTIONS)
        own = [root / ACTIONS[name].prepare.__name__ for name in names]
        places = [root / name.replace(" ", "_") for name in names]
        expected = list(processes.map(undisturbed, own, places, names))
        whole = zip(names, own, places, expected, strict=True)
        yield {
            name: Prepared(base, place, before[ACTIONS[name].prepare], result) for name, base, place, result in whole
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
    """As many as CI tries, evenly spread, and one of each action."""
    even = [points[place * len(points) // SAMPLED] for place in range(SAMPLED)]
    each = {point.action: point for point in points}
    return sorted({*even, *each.values()}, key=points.index)


def _points(action: str, names: list[str]) -> Iterator[Point]:
    before = ""
    for number, name in enumerate(names, 1):
        if not (name.startswith(ALIKE) and before.startswith(ALIKE)):
            yield Point(action, number, name)
        before = name


@pytest.mark.rule("PIT-70")
def test_what_a_killed_process_leaves_the_next_one_mends_and_nobody_sees_half_of_it(
    prepared: dict[str, Prepared], processes: Executor
) -> None:
    every = points_of(prepared)
    points = every if EVERYTHING else spread(every)
    tried = processes.map(faults, [prepared[point.action] for point in points], points)
    told = dict(zip(points, tried, strict=True))
    assert {point: found for point, found in told.items() if found} == {}
    assert len(told) >= (len(every) if EVERYTHING else SAMPLED)
    assert {point.action for point in told} == set(ACTIONS)


def faults(prepared: Prepared, point: Point) -> list[str]:
    """What is not as it must be after a process was killed at a point."""
    place = prepared.place.with_name(f"{prepared.place.name}_{point.number}")
    survived = killed_at(prepared.base, place, point.action, point.number)
    alive = [] if survived.exit_code == -signal.SIGKILL else [f"ended with {survived.exit_code}"]
    seen = prepared.before if survived.seen is None else survived.seen
    seen_whole = seen in (prepared.before, prepared.expected.after)
    torn = [] if seen_whole else [f"analysts saw {differing(seen, prepared.expected.after)}"]
    return [*alive, *torn, *survived.left, *differing(survived.whole, prepared.expected.whole)]


def differing(found: State, expected: State) -> list[str]:
    """The tables and files that are not the same, or are there in one of the two alone."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
