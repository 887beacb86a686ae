"""A real command that is killed anywhere: the next one, asked the same, answers and leaves the tables as undisturbed.

More than a hundred commands die here in `make killed`, by SIGKILL, by the SIGHUP of a closed terminal, by SIGTERM and
Ctrl-C, once or twice; CI takes a few.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.killed_commands import SCENES, Death, faults, prepared
from tests.support.memo import scratch_home

pytestmark = pytest.mark.proofs

EVERYTHING = os.environ.get("CUSTOMERS_PROPERTIES") == "thousands"
SHARES = [(0.03 + place) / 16 for place in range(16)] if EVERYTHING else [0.55, 0.85]
"""After which shares of its work a command is ended."""
DEATHS = (
    (signal.SIGKILL, False),
    (signal.SIGHUP, False),
    (signal.SIGTERM, True),
    (signal.SIGINT, False),
    (signal.SIGHUP, True),
)
"""By which signal, and whether it comes twice; each scene begins with another."""


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A place for homes; in memory, where there is room."""
    with scratch_home() as scratch:
        yield scratch.root


@pytest.mark.rule("PIT-70")
@pytest.mark.parametrize("name", SCENES)
def test_whoever_asks_again_after_a_death_gets_the_answer_of_the_first_attempt(root: Path, name: str) -> None:
    """Never more than 30 seconds of waiting: CUSTOMERS_WAIT_SECONDS ends the second command with another code."""
    expected = prepared(root, name)
    points = [
        Death(share, *DEATHS[place % len(DEATHS)]) for place, share in enumerate(SHARES, list(SCENES).index(name))
    ]
    told = {point: faults(expected, name, point) for point in points}
    shutil.rmtree(expected.base)
    assert {point: found for point, found in told.items() if found} == {}
    assert sum(found is not None for found in told.values()) >= len(points) * 3 // 4
