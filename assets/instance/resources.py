"""What assets need from outside: the folders, the sources, the clock. Tests bring their own."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.instance.dead_runs import BY_COMMAND, alive
from assets.instance.environment import environment, home_of, sources_of, wait_of
from assets.instance.run_origin import stand_under_job
from assets.instance.stop_signals import noticing
from pipelines.configuration.settings import Sources
from pipelines.configuration.sources_file import usable_sources
from pipelines.home import Home
from pipelines.progress import Report, silent
from pipelines.warehouse.write_lock import Turn, taking_turns


class Workspace(dg.ConfigurableResource):  # type: ignore[type-arg]  # it gives itself, Dagster types any value
    """Where everything lies (CUSTOMERS_HOME) and which sources are known (`sources.yaml`)."""

    home: str
    sources_file: str | None = None

    @property
    def folders(self) -> Home:
        """The folders of CUSTOMERS_HOME."""
        return Home(Path(self.home))

    @property
    def declared_in(self) -> Path:
        """Where the paths that `sources.yaml` names begin."""
        return Path(self.sources_file).parent if self.sources_file else Path(self.home)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Workspace"]:
        """For the steps of a run: it is known to be alive, and others know who writes."""
        # A run of the daemon's has its origin already.
        if context.run and context.instance and BY_COMMAND in context.run.tags:
            stand_under_job(context.instance, context.run)
        with alive(self.folders, context.run), as_writer(context), noticing():
            yield self

    def sources(self) -> Sources:
        """The sources, read anew each time: an edit counts from the next run on."""
        return usable_sources(Path(self.sources_file) if self.sources_file else None)


class Clock(dg.ConfigurableResource):  # type: ignore[type-arg]  # as above
    """The time, in UTC."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


class FixedClock(Clock):
    """A clock that stands still, for tests and repeatable runs."""

    instant: str

    def now(self) -> datetime:
        """The instant it was set to."""
        return datetime.fromisoformat(self.instant)

    def wait(self, seconds: float) -> None:
        """No time passes."""


class Progress:
    """Whom long work tells where it is; in a daemon's run the events are enough, so it tells nobody."""

    def report(self, stage: str) -> None:
        """A stage begins."""

    def logged(self, log: dg.DagsterLogManager) -> Report:
        """As `report`, told in a run's log as well (AU-18)."""

        def tell(stage: str) -> None:
            self.report(stage)
            log.info(stage)

        return tell


@contextmanager
def as_writer(context: dg.InitResourceContext) -> Iterator[None]:
    """Within a daemon's run, others that wait are told of the run, and it tells of its own waiting in its log."""
    run = context.run
    if run is None or BY_COMMAND in run.tags:  # the command that started it has said more already
        yield
        return
    told = context.log.warning if context.log else silent
    with taking_turns(Turn(f"the job {run.job_name}, run {run.run_id}", wait_of(environment()), told)):
        yield


def workspace_of(variables: Mapping[str, str]) -> Workspace:
    """The workspace that the environment names."""
    sources = sources_of(variables)
    return Workspace(home=str(home_of(variables).root), sources_file=str(sources) if sources else None)
