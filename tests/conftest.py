"""Fixtures that every test may use."""

import gc
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pipelines.home import Home
from tests.support import homes

WHENEVER = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
"""Nothing that the clock decides: a machine that others load is no fault of a test."""

settings.register_profile("suite", WHENEVER, derandomize=True, max_examples=100)
settings.register_profile("thousands", WHENEVER, max_examples=2000)
settings.load_profile(os.environ.get("CUSTOMERS_PROPERTIES", "suite"))
"""By default property tests give the same answer every time they run, on any machine; `make properties` looks on."""

MEMORY, ENOUGH = Path("/dev/shm"), 2_000_000_000
"""Where Linux keeps files in memory, and the free bytes from which on tests write there: nothing waits for a disk."""

if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

gc.disable()
"""While thousands of tests are collected all that is made stays: looking for garbage takes a third of that time."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the alike cases of a test `make test` runs as many as its marker `matrix` keeps; the others are slow."""
    kept: Counter[str] = Counter()
    for item in items:
        matrix, test = item.get_closest_marker("matrix"), item.nodeid.partition("[")[0]
        if matrix is None or item.get_closest_marker("slow"):
            continue
        kept[test] += 1
        if kept[test] > matrix.args[0]:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """From here on there is garbage, none of it among what was collected; looked for less often than usual."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_sessionfinish() -> None:
    """What a command kept from the collector is looked through after all: else DuckDB complains of leaks."""
    homes.stop()
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def kept_homes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where homes lie that are prepared once and copied."""
    homes.places.append(tmp_path_factory.mktemp("homes"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty CUSTOMERS_HOME."""
    root = tmp_path / "home"
    root.mkdir()
    return Home(root)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files, beside the project or where CUSTOMERS_CORPUS says; its tests skip without it."""
    default = Path(__file__).resolve().parents[2] / "shared" / "corpus"
    folder = Path(os.environ.get("CUSTOMERS_CORPUS", default))
    if not folder.is_dir():
        pytest.skip("the corpus is not here")
    return folder
