"""Telling people that an import ended, by a command of the deployment's: it mails, posts to Slack, or what they like.

Lives here: the sensors, and what the command is told. Not here: which command that is
(`assets/instance/environment.py`). Nothing is told where none is named (UP-13).
"""

import json
import subprocess
from collections.abc import Collection, Sequence

import dagster as dg

from assets.instance.news import Teller, tell_news
from assets.instance.resources import Clock, Workspace
from assets.jobs.importing import import_files
from pipelines.home import Home
from pipelines.publishing.queries import imports_of_run

LONGEST_SECONDS = 60
ENDED = {dg.DagsterRunStatus.SUCCESS: "tell_of_imports", dg.DagsterRunStatus.FAILURE: "tell_of_failed_imports"}
"""The ends of a run that somebody is told of, with the name of the sensor that does it."""


def notification_sensors(command: Sequence[str]) -> list[dg.SensorDefinition]:
    """A sensor for each end of an import's run; none where no command is named."""
    return [_sensor(status, name, tuple(command)) for status, name in ENDED.items()] if command else []


def news_sensor(recipients: Collection[str]) -> list[dg.SensorDefinition]:
    """The sensor that tells the recipients of `sources.yaml`; none where nobody is declared."""
    return [notifications] if recipients else []


@dg.sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the recipients of sources.yaml what became of imports and syncs, many files in one message.",
)
def notifications(context: dg.SensorEvaluationContext, workspace: Workspace, clock: Clock) -> dg.SkipReason:
    """Tell what was not told yet; whoever cannot be reached is told later, and this tick is red until then."""
    sources = workspace.sources()
    faults = tell_news(Teller(workspace.folders, sources, context.instance, clock.now()))
    if faults:
        raise dg.Failure(f"not told: {'; '.join(f'{fault.name} ({fault.reason})' for fault in faults)}")
    return dg.SkipReason(f"no news is left for {', '.join(sources.notifications)}, or it is tried again later")


def _sensor(status: dg.DagsterRunStatus, name: str, command: Sequence[str]) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=name,
        run_status=status,
        monitor_all_code_locations=True,  # a run that a command makes is of none (dagster 1.13): it would pass unseen
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Hands what became of an import's files to the command of CUSTOMERS_NOTIFY, as JSON.",
    )
    def tell(context: dg.RunStatusSensorContext, workspace: Workspace) -> None:
        # By name: `monitor_all_code_locations` takes no list of jobs beside it.
        if context.dagster_run.job_name != import_files.name:
            return
        document = told_of_run(workspace.folders, context.dagster_run.run_id, status is dg.DagsterRunStatus.SUCCESS)
        if fault := run_command(command, document):
            context.log.error(f"the command of CUSTOMERS_NOTIFY {fault}: nobody was told of {document['run_id']}")

    return tell


def told_of_run(home: Home, run_id: str, succeeded: bool) -> dict[str, object]:
    """What became of each file of a run: no value of any of its rows; `text` says it in a line per file."""
    found = imports_of_run(home.published, run_id) if home.published.exists() else []
    lines = [f"{told['file_name']}: {told['status']}, {told['message']}" for told in found]
    if not succeeded:
        lines.append(f"The run {run_id} failed: its page says why.")
    taken = all(told["status"] not in ("refused", "failed") for told in found)  # a refused file's run goes well
    return {"run_id": run_id, "succeeded": succeeded and taken, "text": "\n".join(lines), "imports": found}


def run_command(command: Sequence[str], document: dict[str, object]) -> str:
    """Run a command with a document on its standard input; returns what went wrong, nothing where it went well.

    What the command prints is let go of: it may hold an address or a password.
    """
    # Instants and decimals have no form in JSON.
    text = json.dumps(document, ensure_ascii=False, default=str).encode()
    try:
        done = subprocess.run(command, input=text, capture_output=True, timeout=LONGEST_SECONDS, check=False)  # noqa: S603  # the deployment's own command
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"could not be run ({type(error).__name__})"
    return f"ended with {done.returncode}" if done.returncode else ""
