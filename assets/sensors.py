"""The inbox sensor: complete files become partitions, and one run for all that came together; and the one of dead runs.

Lives here: what was seen and requested (the cursor). Not here: what a complete file is
(`pipelines/intake/inbox.py`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.customers import outcomes_of
from assets.instance.dead_runs import free_dead_runs
from assets.instance.resources import Workspace
from assets.jobs.importing import import_files
from assets.partitions import add_partitions, file_tags, range_tags
from pipelines.configuration.typed import Typed
from pipelines.home import Home
from pipelines.intake.inbox import Arrival, as_named, complete, keyed, look

BATCH = 200
RUN_KEY = "dagster/run_key"
LONGEST_PAUSE = timedelta(days=1)


class Asked(Typed):
    """That a file was requested: in which state, as which import and run, the how-manyth time, and when.

    `answered`: its run told what became of it; a file that is still there then waits for a person.
    """

    mark: str
    key: str
    run_key: str
    tries: int
    at: datetime
    answered: bool = False

    @property
    def due(self) -> datetime:
        """When it is requested again where its run dies: at once, then ever later, for it may be what kills them."""
        return self.at + min(timedelta(minutes=4 ** min(self.tries, 9) // 4 - 1), LONGEST_PAUSE)


@dg.sensor(
    job=import_files,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes a file from the inbox once its size and time have not changed between two looks.",
)
def inbox(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult:
    """Request runs for all complete files that were not requested yet in their present state, or whose run died."""
    home, now = workspace.folders, datetime.now(UTC)
    before, seen_before = _remembered(context.cursor)
    arrivals, closed = look(home.inbox)
    stable, seen = complete(arrivals, seen_before)
    asked = _looked_after(context.instance, home, {path: one for path, one in before.items() if path in seen})
    fresh = [arrival for arrival in stable if _is_due(asked.get(str(arrival.path)), seen[str(arrival.path)], now)]
    found, unread = keyed(fresh[:BATCH])
    for reason in (*closed, *unread):
        context.log.warning(reason)
    arrivals_by_key = {key: arrival for arrival, key in found.items()}
    requests = []
    for group in _parted(add_partitions(context.instance, list(arrivals_by_key)), arrivals_by_key, asked):
        named = {key: arrivals_by_key[key] for key in group}
        tries = max(_tries(asked, arrival) for arrival in named.values()) + 1
        request = _request(named, seen, tries)
        requests.append(request)
        for key, arrival in named.items():
            mark = seen[str(arrival.path)]
            asked[str(arrival.path)] = Asked(mark=mark, key=key, run_key=str(request.run_key), tries=tries, at=now)
    return dg.SensorResult(
        skip_reason=None if requests else f"{len(arrivals)} files in the inbox, none newly complete",
        run_requests=requests,
        cursor=json.dumps({"seen": seen, "asked": {path: one.model_dump(mode="json") for path, one in asked.items()}}),
    )


def _remembered(cursor: str | None) -> tuple[dict[str, Asked], dict[str, str]]:
    """What was requested, and what was seen, at the last look; of an older version's cursor what was seen."""
    told = json.loads(cursor) if cursor else {}
    asked = {path: Asked.model_validate(one) for path, one in told.get("asked", {}).items()}
    return asked, told.get("seen", {})


def _looked_after(instance: dg.DagsterInstance, home: Home, asked: Mapping[str, Asked]) -> dict[str, Asked]:
    """The same, with those noted as answered whose run told what became of them, or was ended by a person.

    Without those that became no run, so that they are requested again: Dagster 1.13 keeps a cursor before it submits
    the runs that were requested with it, and a submission that fails would leave a file noted as requested for ever.
    """
    runs = {key: _run_of(instance, key) for key in {one.run_key for one in asked.values() if not one.answered}}
    looked = {path: _answered(home, one, runs.get(one.run_key)) for path, one in asked.items()}
    return {path: one for path, one in looked.items() if one.answered or one.mark == DIED or runs.get(one.run_key)}


def _run_of(instance: dg.DagsterInstance, run_key: str) -> dg.DagsterRun | None:
    return next(iter(instance.get_runs(dg.RunsFilter(tags={RUN_KEY: run_key}), limit=1)), None)


def _answered(home: Home, asked: Asked, run: dg.DagsterRun | None) -> Asked:
    if asked.answered or run is None or not run.is_finished:
        return asked
    told = outcomes_of(home, [asked.key], [run.run_id])[asked.key]
    by_itself = told is not None or run.status != dg.DagsterRunStatus.FAILURE
    return asked.model_copy(update={"answered": True} if by_itself else {"mark": DIED})


DIED = "its run died"
"""In place of the state in which a file was requested: it may be requested anew."""


def _is_due(asked: Asked | None, mark: str, now: datetime) -> bool:
    return asked is None or (asked.mark != mark and (asked.mark != DIED or now >= asked.due))


def _tries(asked: Mapping[str, Asked], arrival: Arrival) -> int:
    """How many runs died over a file."""
    one = asked.get(str(arrival.path))
    return one.tries if one and one.mark == DIED else 0


def _parted(
    groups: Sequence[Sequence[str]], arrivals: Mapping[str, Arrival], asked: Mapping[str, Asked]
) -> Iterator[Sequence[str]]:
    """Files over which two runs died come alone: one of them may be what kills them, and the others can do without."""
    for group in groups:
        if max(_tries(asked, arrivals[key]) for key in group) < 2:
            yield group
        else:
            yield from ([key] for key in group)


def _request(arrivals: Mapping[str, Arrival], seen: Mapping[str, str], tries: int) -> dg.RunRequest:
    """One run for files that came together; Dagster starts a run key once, so that another try has another one."""
    group = list(arrivals)
    names = file_tags([arrival.path.name for arrival in arrivals.values()])
    mark = seen[str(arrivals[group[-1]].path)] + (f":try {tries}" if tries > 1 else "")
    form = {"ops": {"stage_and_validate": {"config": {"files": as_named(arrivals.values())}}}}
    if len(group) == 1:
        return dg.RunRequest(run_key=f"{group[0]}:{mark}", partition_key=group[0], tags=names, run_config=form)
    return dg.RunRequest(run_key=f"{group[0]}..{group[-1]}:{mark}", tags=range_tags(group) | names, run_config=form)


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process is gone, so that they hold no place of the living.",
)
def dead_runs(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SkipReason:
    """Free what belongs to dead runs."""
    freed = free_dead_runs(context.instance, workspace.folders, datetime.now(UTC))
    return dg.SkipReason(f"marked as failed: {', '.join(freed)}" if freed else "every unfinished run is alive")
