"""News: what Dagster's record of runs, and the history of imports, say that somebody may want to know (UP-13).

Lives here: runs that ended, and syncs that are late, as events; who tells of which runs. Not here: who learns of them
(`pipelines/notifications/`), when it is looked (`assets/notifications.py` and the commands).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg

from assets.instance.dead_runs import BY_COMMAND, PARTITION
from assets.instance.environment import environment, proxies_of, secret_of
from pipelines.configuration.cron import second_time_after
from pipelines.configuration.notifications import WAYS, Recipient, Secret
from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.notifications.message import Event, Message
from pipelines.notifications.tell import Fault, When, tell
from pipelines.publishing.queries import imports_of_run

if TYPE_CHECKING:  # mail and webhooks take 30 ms to import, and most deployments tell nobody
    from pipelines.notifications.channels import Way

IMPORTS, SYNCS = ("import_files",), ("stripe_sync", "stripe_full_sync")
ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
UNDER_WAY = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED)
GRACE = timedelta(minutes=1)
"""So long a command has to tell of its own runs; then the daemon does, for it may have been killed."""
LONGEST_GATHERING = timedelta(minutes=10)
"""So long the news of a batch wait for its other runs, to be one message."""
MOST_RUNS = 1_000


class Teller(NamedTuple):
    """The process that tells: where, by which sources, when.

    `began`: of a command, which tells of runs of commands alone, and at once; None: the daemon.
    """

    home: Home
    sources: Sources
    instance: dg.DagsterInstance
    now: datetime
    began: datetime | None = None

    @property
    def is_command(self) -> bool:
        """Whether a command tells."""
        return self.began is not None


def tell_news(teller: Teller) -> list[Fault]:
    """Tell whoever is declared what they were not told yet; returns those who could not be reached."""
    if not teller.sources.notifications:
        return []

    from pipelines.notifications.channels import send

    def send_one(_: str, recipient: Recipient, message: Message) -> None:
        send(_way(recipient, teller.sources), message)

    when = When(teller.now, teller.began or teller.now)
    return tell(teller.home, teller.sources, when, lambda since: [*_happened(teller, since)], send_one)


def _way(recipient: Recipient, sources: Sources) -> "Way":
    """How a recipient is reached; its secret is read now, and kept nowhere. Raises NotTold where there is none."""
    from pipelines.notifications.channels import Way

    variables = environment()
    if recipient.mail:
        server = sources.mail_server
        password = server.password if server else None
        return Way("mail", secret_of(variables, password) if password else None, recipient.mail, server)
    kind = next(way for way in WAYS if getattr(recipient, way))
    told: Secret = getattr(recipient, kind)
    secret = secret_of(variables, told)
    return Way(kind, secret, proxies=proxies_of(variables, secret.strip()))


def _happened(teller: Teller, since: datetime) -> Iterator[Event]:
    filters = dg.RunsFilter(statuses=list(ENDED), updated_after=since)
    records = teller.instance.get_run_records(filters, limit=MOST_RUNS, ascending=True)
    if not teller.is_command and _goes_on(teller, records):
        return
    for record in records:
        of_command = BY_COMMAND in record.dagster_run.tags
        ripe = teller.is_command or teller.now - record.update_timestamp.replace(tzinfo=UTC) > GRACE
        if (of_command and ripe) or not (of_command or teller.is_command):
            yield from _of_run(teller, record.dagster_run)
    if not teller.is_command:
        yield from _late(teller)


def _goes_on(teller: Teller, ended: Sequence[dg.RunRecord]) -> bool:
    """Whether a batch of imports goes on, and nothing waits for it for long."""
    runs = teller.instance.get_run_records(dg.RunsFilter(statuses=list(UNDER_WAY), job_name=IMPORTS[0]), limit=1)
    first = min((record.update_timestamp.replace(tzinfo=UTC) for record in ended), default=teller.now)
    begun = max((record.create_timestamp.replace(tzinfo=UTC) for record in runs), default=None)
    return begun is not None and teller.now - max(begun, first) < LONGEST_GATHERING


def _of_run(teller: Teller, run: dg.DagsterRun) -> Iterator[Event]:
    """What a run that ended has to tell: the check that stopped it, each import, that it failed where these do not."""
    found = []
    if run.job_name in (*IMPORTS, *SYNCS) and teller.home.published.exists():
        found = imports_of_run(teller.home.published, run.run_id)
    source = run.tags.get(PARTITION, "") if run.job_name in SYNCS else ""
    has_failed = run.status == dg.DagsterRunStatus.FAILURE
    is_stopped = has_failed and _check_failed(teller, run)
    if is_stopped:
        yield Event("checks", run.run_id, source, name=run.job_name)
    yield from (_of_import(run, told) for told in found)
    if has_failed and not is_stopped and not found:
        yield Event("sync_failed" if source else "failed", run.run_id, source, name=run.job_name)


def _of_import(run: dg.DagsterRun, told: dict[str, object]) -> Event:
    status = str(told["status"])
    kind = {"done_with_rejects": "rejects", "undone": "done", "replaced": "done"}.get(status, status)
    counts = (int(str(told[name])) for name in ("rows_read", "rows_accepted", "rows_rejected"))
    named = (str(told[name]) for name in ("source", "import_id", "file_name"))
    return Event(kind, run.run_id, *named, *counts)  # type: ignore[arg-type]  # a closed list of statuses


def _check_failed(teller: Teller, run: dg.DagsterRun) -> bool:
    wanted = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    records = teller.instance.get_records_for_run(run.run_id, of_type=wanted).records
    found = [event.asset_check_evaluation_data for record in records if (event := record.event_log_entry.dagster_event)]
    # Those that only warn are of files with rejected rows and of imports that wait.
    return any(check.severity == dg.AssetCheckSeverity.ERROR and not check.passed for check in found)


def _late(teller: Teller) -> Iterator[Event]:
    """Accounts whose sync came due twice since one went well."""
    for name, source in teller.sources.stripe_sources.items():
        if source.recorded or not (teller.home.secrets / f"{name}.json").exists():
            continue
        done = [_latest_success(teller, job, name) for job in SYNCS]
        latest = max((instant for instant in done if instant), default=None)
        if latest and teller.now > second_time_after(source.schedule, latest):
            since = f"{latest:%Y-%m-%d %H:%M}"
            yield Event("sync_late", f"late:{name}:{since}", name, name=name, since=since)


def _latest_success(teller: Teller, job: str, source: str) -> datetime | None:
    filters = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS], tags={PARTITION: source})
    found = teller.instance.get_run_records(filters, limit=1)
    return found[0].create_timestamp.replace(tzinfo=UTC) if found else None
