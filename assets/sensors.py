"""The inbox sensor: complete files become partitions, and one run for all that came together; and the one of dead runs.

Lives here: what was seen and requested (the cursor). Not here: what a complete file is
(`pipelines/intake/inbox.py`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import dagster as dg

from assets.customers import outcomes_of
from assets.instance.dead_runs import free_dead_runs
from assets.instance.resources import Clock, Workspace
from assets.jobs.importing import import_files
from assets.partitions import add_partitions, file_tags, range_tags
from pipelines.configuration.typed import Typed
from pipelines.home import Home
from pipelines.intake.inbox import QUIET, Arrival, Seen, as_named, keyed, look, seen_now, shown_name, wait_until_whole

BATCH = 200
RUN_KEY = "dagster/run_key"
LONGEST_PAUSE = timedelta(days=1)
BETWEEN_LOOKS = 2.5
"""Seconds. The daemon asks a sensor every five at most (1.13.27), so that each time it looks twice."""


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
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes a file from the inbox once nobody writes it any more: it looks every two or three seconds.",
)
def inbox(context: dg.SensorEvaluationContext, workspace: Workspace, clock: Clock) -> dg.SensorResult:
    """Request runs for all complete files that were not requested yet in their present state, or whose run died."""
    home, remembered = workspace.folders, _remembered(context.cursor)
    asked = _looked_after(context.instance, home, remembered.asked)
    looked = _looked(home, remembered._replace(asked=asked), clock)
    # A file that left the inbox is forgotten, so the cursor does not grow with every import.
    asked = {path: one for path, one in asked.items() if path in looked.seen}
    found, unread = keyed(looked.whole[:BATCH])
    for reason in (*looked.closed, *unread):
        context.log.warning(reason)
    arrivals_by_key = {key: arrival for arrival, key in found.items()}
    requests = []
    for group in _parted(add_partitions(context.instance, list(arrivals_by_key)), arrivals_by_key, asked):
        named = {key: arrivals_by_key[key] for key in group}
        marks = {key: looked.seen[str(arrival.path)].signature for key, arrival in named.items()}
        tries = max(_tries(asked, arrival) for arrival in named.values()) + 1
        request = _request(named, marks, tries)
        requests.append(request)
        for key, arrival in named.items():
            told = Asked(mark=marks[key], key=key, run_key=str(request.run_key), tries=tries, at=clock.now())
            asked[str(arrival.path)] = told
    return dg.SensorResult(
        skip_reason=None if requests else _nothing_new(looked),
        run_requests=requests,
        # A look that fails keeps the cursor of the one before it.
        cursor=_cursor(asked, looked.seen),
    )


def _nothing_new(looked: "_Looked") -> str:
    """Why no run is requested, with the files that somebody still writes."""
    written = f"; still written or open: {', '.join(looked.written[:10])}" if looked.written else ""
    return f"in the inbox: {len(looked.seen)} (none newly complete){written}"


class _Remembered(NamedTuple):
    """What was requested, and what was seen, at the last look, by path."""

    asked: Mapping[str, Asked]
    seen: Mapping[str, Seen]


def _remembered(cursor: str | None) -> _Remembered:
    told = json.loads(cursor) if cursor else {}
    asked = {path: Asked.model_validate(one) for path, one in told.get("asked", {}).items()}
    seen = {path: Seen(one[0], datetime.fromisoformat(one[1])) for path, one in told.get("looked", {}).items()}
    return _Remembered(asked, seen)


def _cursor(asked: Mapping[str, Asked], seen: Mapping[str, Seen]) -> str:
    looked = {path: (one.signature, one.since.isoformat()) for path, one in seen.items()}
    return json.dumps({"looked": looked, "asked": {path: one.model_dump(mode="json") for path, one in asked.items()}})


class _Looked(NamedTuple):
    """Files that are whole and to be requested, the state of each that is there, why some cannot be seen, and the
    names of those that somebody still writes.
    """

    whole: list[Arrival]
    seen: Mapping[str, Seen]
    closed: list[str]
    written: list[str]


def _looked(home: Home, before: _Remembered, clock: Clock) -> _Looked:
    """Look into the inbox; again after a while where nothing is whole, and once more when the next file will be."""
    pause, seen = 0.0, before.seen
    for place in range(3):
        clock.wait(pause)
        now = clock.now()
        arrivals, closed = look(home.inbox)
        seen = seen_now(arrivals, seen, now)
        states = [(arrival, str(arrival.path)) for arrival in arrivals if str(arrival.path) in seen]
        due = [(one, seen[path]) for one, path in states if _is_due(before.asked.get(path), seen[path].signature, now)]
        waits = {arrival: wait_until_whole(arrival, state, now) for arrival, state in due}
        whole = [arrival for arrival, wait in waits.items() if wait is not None and not wait]
        soon = [wait.total_seconds() for wait in waits.values() if wait and wait <= QUIET]
        if whole or (place > 0 and not soon):
            break
        pause = min([*soon, BETWEEN_LOOKS])
    return _Looked(whole, seen, closed, [shown_name(arrival.path) for arrival, wait in waits.items() if wait is None])


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


def _request(arrivals: Mapping[str, Arrival], marks: Mapping[str, str], tries: int) -> dg.RunRequest:
    """One run for files that came together; Dagster starts a run key once, so that another try has another one."""
    group = list(arrivals)
    names = file_tags([arrival.path.name for arrival in arrivals.values()])
    # The state of the file is part of the run key: the same content that is dropped again gets a run again.
    mark = marks[group[-1]] + (f":try {tries}" if tries > 1 else "")
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
