"""Customers as assets: what one transaction writes, and the snapshot that analysts open.

Lives here: the commit step, the publishing step, what the UI shows of each table. Not here: the transaction
(`pipelines/ledger/commit_imports.py`) or its checks (`pipelines/ledger/checks/`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from assets.checks import CHECKS, results_of
from assets.instance.resources import Clock, Progress, Workspace
from assets.metadata import records_table, sample, table_schema
from assets.pages import held_imports
from assets.pages.import_page import Context, ImportFacts, pages_of, tag_run, tell_import
from assets.pages.pictures import bars
from assets.partitions import keys_of_run
from assets.reports.renew import renew_reports
from pipelines.home import Home
from pipelines.identity import key_of_import
from pipelines.intake.run_folders import waiting_staged_files
from pipelines.ledger.commit_imports import Committed, commit_waiting
from pipelines.ledger.decisions.note_settings import note_settings
from pipelines.ledger.transaction import ChecksFailed
from pipelines.models.staged_file import Outcome, StagedFile, attempt_of, load_outcome
from pipelines.publishing.exports import table_counts
from pipelines.publishing.queries import BY_MONTH, TableSample, numbers_by_month, table_samples
from pipelines.publishing.tables import TABLES, VIEWS
from pipelines.reports.paths import report_path
from schemas.base import summary_of
from schemas.ledger import AcceptedRows

LONG_COMMIT = 100_000
Metadata = dict[str, dg.MetadataValue[Any] | int]

DEPENDENCIES: dict[str, list[str]] = {
    "contributions": ["staged_files", "stripe_charges", "stripe_refunds", "stripe_customers"],
    "rejected_rows": ["staged_files"],
    "import_history": ["staged_files"],
    "customers": ["contributions"],
    "contacts": ["contributions"],
    "customer_groups": ["contributions"],
    "customer_custom_fields": ["contributions"],
    "payments": ["contributions"],
    "customer_priority": ["customers"],
    "customer_priority_history": ["customer_priority"],
}


NO_FILE = "no file was found for this import: it went or changed while the run began; drop it again"


def _spec(name: str, dependencies: list[str]) -> dg.AssetSpec:
    contract = (TABLES | VIEWS).get(name, AcceptedRows)
    schema = "ledger" if name == "contributions" else "main"
    return dg.AssetSpec(
        name,
        deps=dependencies,
        group_name="customers",
        kinds={"duckdb", "polars"} if name in ("customers", "customer_priority") else {"duckdb"},
        description=summary_of(contract),
        metadata={"dagster/column_schema": table_schema(contract), "dagster/table_name": f"{schema}.{name}"},
    )


@dg.multi_asset(
    name="commit_staged_files",
    specs=[
        *(_spec(name, dependencies) for name, dependencies in DEPENDENCIES.items()),
        dg.AssetSpec(
            held_imports.NAME,
            deps=["import_history"],
            group_name="files",
            kinds={"duckdb"},
            description=held_imports.DESCRIPTION,
        ),
    ],
    check_specs=[*CHECKS, held_imports.CHECK],
)
def commit_staged_files(
    context: dg.AssetExecutionContext, workspace: Workspace, clock: Clock, progress: dg.ResourceParam[Progress]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Commit every validated file in one transaction: ledger, customers, priorities, rejects, history."""
    home = workspace.folders
    try:
        # Each line of a log is an event, about 25 ms: a short import would wait for them.
        report = progress.logged(context.log) if _is_long(waiting_staged_files(home)) else progress.report
        committed = commit_waiting(home, context.run.run_id, clock.now(), report)
        # With every import, so that an edit of the segments in sources.yaml needs no command of its own.
        note_settings(home, workspace.sources())
    except ChecksFailed as failure:
        # Before the failure, after which Dagster takes nothing more from the step.
        yield from results_of(failure.check_results)
        raise dg.Failure(str(failure), allow_retries=False) from failure
    renew_reports(context.log, home, committed.new_imports, clock.now())
    tag_run(context, tell_imports(context, home, committed, _outcomes_of_run(context, home)))
    for name, metadata in tables_metadata(home).items():
        files = reject_files(committed) if name == "rejected_rows" else {}
        yield dg.MaterializeResult(asset_key=name, metadata=metadata | files)
    waiting = held_imports.held(home)
    yield dg.MaterializeResult(asset_key=held_imports.NAME, metadata=held_imports.metadata_of(home, waiting))
    yield held_imports.result_of(waiting)
    yield from results_of(committed.check_results)


@dg.asset(
    deps=["customers", "customer_priority", "customer_priority_history", "rejected_rows", "import_history"],
    group_name="customers",
    kinds={"duckdb"},
    description="`customers.duckdb`, the file that analysts open: each change is swapped in at once.",
)
def customers_snapshot(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[None]]:
    """Open the snapshot as an analyst does; then fail the run where we could not do our part for a file of it.

    A refused file is no such fault: its sender mends it, and its partition says how.
    """
    home = workspace.folders
    yield dg.MaterializeResult(metadata=snapshot_metadata(home))
    fail_for_files_without_result(_outcomes_of_run(context, home))


def _is_long(staged_files: list[StagedFile]) -> bool:
    """Whether the run's log should tell where the work is."""
    return sum(staged_file.rows_accepted for staged_file in staged_files) > LONG_COMMIT


def reject_files(committed: Committed) -> Metadata:
    """Where the rejected rows of each file lie to be mended, and how many there are; nothing where there are none."""
    written = [outcome.model_dump() for outcome in committed.outcomes if outcome.reject_file]
    columns = ("file_name", "import_id", "rows_rejected", "reject_file")
    return {"reject files": records_table(written, columns)} if written else {}


def snapshot_metadata(home: Home) -> Metadata:
    """Where the snapshot lies and how many rows each of its tables has."""
    # Until the first import there is no snapshot, and the asset can be materialized all the same.
    counts = table_counts(home.published) if home.published.exists() else {}
    return {
        "dagster/row_count": counts.get("customers", 0),
        "path": dg.MetadataValue.path(str(home.published)),
        **{f"{name} rows": count for name, count in counts.items()},
    }


def tables_metadata(home: Home) -> dict[str, Metadata]:
    """How many rows each table has now, and the first of them, as published: no run waits for what a page shows."""
    told = {name: sample_metadata(shown) for name, shown in table_samples(home.published).items()}
    split = told["customer_priority"].get("sample")
    if isinstance(split, dg.TableMetadataValue):
        told["customer_priority"]["split"] = bars("customers by priority", _priority_split(split))
    for name, numbers in numbers_by_month(home.published).items():
        if numbers:
            told[name]["by month"] = bars(BY_MONTH[name][0], numbers)
    return told


def _priority_split(sample: dg.TableMetadataValue) -> dict[str, int]:
    """How many customers have each priority, of the sample's rows, each a priority and what it is based on."""
    counts = dict.fromkeys(("high", "medium", "low"), 0)
    for record in sample.records:
        counts[str(record.data["priority"])] += int(str(record.data["customer_count"]))
    return counts


def sample_metadata(shown: TableSample) -> Metadata:
    """How many rows a table has, and the first of them."""
    rows = {"sample": sample(shown.rows)} if shown.rows.width else {}
    return {"dagster/row_count": shown.row_count, **rows}


def outcomes_of(home: Home, keys: Sequence[str], runs: Sequence[str]) -> dict[str, Outcome | None]:
    """What became of each import in a run, or in one that it continues; None where no file was found for it."""
    folders = [home.staging / attempt_of(run) for run in runs]
    found = {key: [load_outcome(folder / key) for folder in folders] for key in keys}
    return {key: next((outcome for outcome in outcomes if outcome), None) for key, outcomes in found.items()}


def _outcomes_of_run(context: dg.AssetExecutionContext, home: Home) -> dict[str, Outcome | None]:
    """What became of each import that a run is about."""
    # A run started again from its failed step has another id; what it goes on with was staged under the first.
    runs = (context.run.run_id, context.run.parent_run_id, context.run.root_run_id)
    return outcomes_of(home, keys_of_run(context.run, context.instance), [run for run in runs if run])


def tell_imports(
    context: Context, home: Home, committed: Committed, outcomes: Mapping[str, Outcome | None]
) -> list[ImportFacts]:
    """Note what became of each file on its partition, also of one that another run committed meanwhile.

    `outcomes`: of the imports that this run is about, by import key. Returns what is said of those.
    """
    staged_files = {staged_file.key: staged_file for staged_file in committed.staged_files}
    of_run = {key: outcome for key, outcome in outcomes.items() if outcome}
    of_others = {key_of_import(outcome.import_id): outcome for outcome in committed.outcomes}
    told = []
    # Another run's staged files too: one transaction takes all that wait, and its run may find nothing left to tell.
    for key, outcome in (of_others | of_run).items():
        pages = pages_of({"report": report_path(home, outcome.import_id)})
        facts = tell_import(context, outcome, staged_files.get(key), pages)
        if facts.status in ("held", "refused"):
            context.log.warning(f"{facts.file_name} is {facts.status}: {facts.sentence} To do: {facts.next_step}")
        if key in of_run:
            told.append(facts)
    return told


def fail_for_files_without_result(outcomes: Mapping[str, Outcome | None]) -> None:
    """Fail a run in which we could not do our part for a file; what a sender has to mend is no such thing."""
    bad = [
        {"file": outcome.file_name if outcome else key, "reason": outcome.message if outcome else NO_FILE}
        for key, outcome in outcomes.items()
        if outcome is None or outcome.status == "failed"
    ]
    if bad:
        others = f"; the other {len(outcomes) - len(bad)} were" if len(bad) < len(outcomes) else ""
        listed = " ".join(f"{entry['file']}: {entry['reason']}" for entry in bad)
        raise dg.Failure(
            f"{len(bad)} of {len(outcomes)} files not imported{others}. {listed}",
            allow_retries=False,
            metadata={"not imported": records_table(bad, ("file", "reason"))},
        )
