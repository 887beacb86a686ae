"""A home in which commands begin at once."""

import shutil
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from assets.instance.environment import prepare_home
from pipelines.home import Home
from tests.support import homes


@pytest.fixture(autouse=True)
def as_wide_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No table is laid out for the terminal that the tests run in, whose width a worker of pytest-xdist inherits."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def at_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands work in this home, where Dagster's databases are made already: that takes half as long as a run."""
    monkeypatch.setenv("CUSTOMERS_HOME", str(home.root))
    monkeypatch.setenv("DAGSTER_HOME", str(home.dagster))
    shutil.copytree(_dagster(), home.dagster)


@cache
def _dagster() -> Path:
    kept = Home(homes.places[-1] / "dagster")
    prepare_home(kept)
    with dg.DagsterInstance.from_config(str(kept.dagster)):
        return kept.dagster
