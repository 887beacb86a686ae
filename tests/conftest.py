"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

from pipelines.settings import Home


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
