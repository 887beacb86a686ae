"""A Dagster instance and definitions over a temporary home, with a clock that stands still."""

import warnings
from collections.abc import Iterator

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.instance.resources import FixedClock, Progress, Workspace
from pipelines.home import Home
from tests.support.flow import NOW
from tests.support.homes import begin


@pytest.fixture
def workspace(home: Home) -> Workspace:
    begin(home)
    home.inbox.mkdir()
    declared = home.root / "sources.yaml"
    declared.write_text("sources: {billing: {kind: stripe, workers: 4}}", "utf-8")
    return Workspace(home=str(home.root), sources_file=str(declared))


@pytest.fixture
def defs(workspace: Workspace) -> dg.Definitions:
    return build_definitions(workspace, FixedClock(instant=NOW.isoformat()), Progress())


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """One that keeps its events in memory, for half the price; what is kept in files is tested in `instance/`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with dg.DagsterInstance.ephemeral() as instance:
            yield instance
