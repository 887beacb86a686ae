"""What assets need from outside: the folders, the sources, the clock. Tests bring their own.

Lives here: reading the environment, once and in one place. Not here: what is done with any of it.
"""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from pipelines.settings import Home, Sources, read_sources

PROJECT = Path(__file__).resolve().parent.parent


class Workspace(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where everything lies (CUSTOMERS_HOME) and which sources are known (`sources.yaml`)."""

    home: str
    sources_file: str | None = None

    @property
    def folders(self) -> Home:
        """The folders of CUSTOMERS_HOME."""
        return Home(Path(self.home))

    def sources(self) -> Sources:
        """The sources, read anew each time: an edit counts from the next run on."""
        return read_sources(Path(self.sources_file) if self.sources_file else None)


class Clock(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The time, in UTC."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


class FixedClock(Clock):
    """A clock that stands still, for tests and repeatable runs."""

    instant: str

    def now(self) -> datetime:
        """The instant it was set to."""
        return datetime.fromisoformat(self.instant)


def workspace_of(environment: Mapping[str, str]) -> Workspace:
    """The workspace that CUSTOMERS_HOME and CUSTOMERS_SOURCES name; by default `data/` and `sources.yaml`."""
    declared = environment.get("CUSTOMERS_SOURCES")
    default = PROJECT / "sources.yaml"
    return Workspace(
        home=str(Path(environment.get("CUSTOMERS_HOME") or PROJECT / "data").absolute()),
        sources_file=declared or (str(default) if default.exists() else None),
    )


def prepare_home(home: Home) -> None:
    """Make the folders that people look for first, and Dagster's own with the project's `dagster.yaml`."""
    for folder in (home.inbox, home.dagster):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "dagster.yaml", home.dagster / "dagster.yaml")


def environment() -> dict[str, str]:
    """The environment of this process; the only place that reads it."""
    return dict(os.environ)
