"""What the process finds around it: the environment, the project's folder, CUSTOMERS_HOME.

Lives here: reading the environment, once and in one place, without Dagster. Not here: the resources made of it.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from pipelines.settings import Home

PROJECT = Path(__file__).resolve().parent.parent


def environment() -> dict[str, str]:
    """The environment of this process; the only place that reads it."""
    return dict(os.environ)


def home_of(variables: Mapping[str, str]) -> Home:
    """The folders that CUSTOMERS_HOME names; by default `data/` in the project."""
    return Home(Path(variables.get("CUSTOMERS_HOME") or PROJECT / "data").absolute())


def sources_of(variables: Mapping[str, str]) -> Path | None:
    """The file that CUSTOMERS_SOURCES names; by default the project's `sources.yaml`, if there is one."""
    default = PROJECT / "sources.yaml"
    declared = variables.get("CUSTOMERS_SOURCES")
    return Path(declared) if declared else default if default.exists() else None


def prepare_home(home: Home) -> None:
    """Make the folders that people look for first, and Dagster's own with the project's `dagster.yaml`."""
    for folder in (home.inbox, home.dagster):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "dagster.yaml", home.dagster / "dagster.yaml")
