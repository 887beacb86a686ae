"""Fixtures that every test may use."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

from pipelines.home import Home

settings.register_profile("suite", deadline=None, derandomize=True, database=None, max_examples=100)
settings.register_profile("thousands", deadline=None, database=None, max_examples=2000)
settings.load_profile(os.environ.get("CUSTOMERS_PROPERTIES", "suite"))
"""By default property tests give the same answer every time they run, on any machine; `make properties` looks on."""


def pytest_sessionfinish() -> None:
    """What a command kept from the collector is looked through after all: else DuckDB complains of leaks."""
    gc.unfreeze()


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
