"""Files as assets: staged as text, validated row by row; one partition per import.

Lives here: which file a partition is, and what the UI shows of it. Not here: reading and validating
(`pipelines/intake/`), committing (`assets/customers.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import polars as pl
from pydantic import Field

from assets.instance.resources import Clock, Progress, Workspace
from assets.metadata import records_table, table_schema
from assets.pages.import_page import Context
from assets.partitions import imports
from pipelines.configuration.asked import OVERLAPS, choice_of, day_of
from pipelines.configuration.settings import Sources
from pipelines.errors import Permanent, Unreadable, WrongUse
from pipelines.home import Home
from pipelines.intake.import_request import Content, Options, Request, content_of
from pipelines.intake.inbox import REFUSED, Arrival, arrival_of, keyed, lists_of_folder, look
from pipelines.intake.process_file import give_up, process_file
from pipelines.intake.run_folders import claimed
from pipelines.models.sheet import ROW
from pipelines.models.staged_file import ROWS, Outcome, StagedFile, attempt_of, save_record
from pipelines.publishing.queries import import_entry
from schemas.ledger import AcceptedRows

LONG_FILE = 5_000_000
"""Bytes from which on the run's log tells where the work is; for a small file the events say enough."""


class FileConfig(dg.Config):
    """A file, or a folder of files, outside the inbox, and the source it is for."""

    path: str = Field(description="The file with its folder, as the machine of the UI sees it: /home/ann/march.csv")
    source: str = Field(default="default", description="The source it is for, as in sources.yaml: crm")


class ImportConfig(dg.Config):
    """What to say about the files of one run; what is not said, `sources.yaml` says."""

    files: list[FileConfig] = Field(
        default_factory=list, description="Files outside the inbox: {path: /home/ann/march.csv, source: crm}"
    )
    profile: str | None = Field(default=None, description="Validate by this profile instead of the source's: payments")
    locale: str | None = Field(default=None, description="How undecidable numbers and dates are read: fr, en, pl…")
    mapping: dict[str, str] = Field(default_factory=dict, description="Column title to field: {Mail: email}")
    ignore: list[str] = Field(default_factory=list, description="Column titles to leave out: [Remarks]")
    encoding: str | None = Field(
        default=None, description="Encoding of the text, where it is not found out: cp1250, utf-16…"
    )
    delimiter: str | None = Field(default=None, description="What stands between cells: ';', or tab for a tab")
    header_row: int | None = Field(default=None, description="Row of the titles, as a spreadsheet counts: 3")
    sheet: str | None = Field(default=None, description="Sheet of a workbook: March")
    on_overlap: str | None = Field(
        default=None, description="A file that repeats an earlier one: add, replace or skip_identical; else it is held"
    )
    as_of: str | None = Field(default=None, description="Day that priorities are counted to, YYYY-MM-DD")
    imported_by: str = Field(default="dagster", description="Who imports; it stays in the history")


@dg.multi_asset(
    name="stage_and_validate",
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.single_run(),
    specs=[
        dg.AssetSpec(
            "staged_rows",
            partitions_def=imports,
            skippable=True,
            group_name="files",
            kinds={"polars", "parquet"},
            description="What each file holds, all text, with the row numbers that a spreadsheet shows. "
            "The row count is that of the latest file.",
        ),
        dg.AssetSpec(
            "validated_rows",
            deps=["staged_rows"],
            partitions_def=imports,
            skippable=True,
            group_name="files",
            kinds={"pandera", "polars"},
            description="Every row validated by its profile's contract: accepted, or rejected with all reasons. "
            "The row count is that of the latest file.",
            metadata={"dagster/column_schema": table_schema(AcceptedRows)},
        ),
        dg.AssetSpec(
            "staged_files",
            deps=["validated_rows"],
            group_name="files",
            kinds={"parquet"},
            description="Files that are validated and wait to be committed: refused ones too, with their reason.",
        ),
    ],
)
def stage_and_validate(
    context: dg.AssetExecutionContext,
    config: ImportConfig,
    workspace: Workspace,
    clock: Clock,
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Secure, read and validate the files of this run; a bad one does not hold up the others."""
    # The UI offers to materialize any selection; files would be staged that no commit takes.
    if dg.AssetKey("staged_files") not in context.selected_asset_keys:
        raise dg.Failure("start the job import_files: it commits and publishes what is validated", allow_retries=False)
    home = workspace.folders
    arrivals, unread = _arrivals(config, home, context.partition_keys)
    # Told in the log and not raised: the other files of the run are read all the same.
    for reason in unread:
        context.log.error(reason)
    found = {key: arrivals.get(key) or archived(home, key) for key in context.partition_keys}
    try:
        staged_files = stage_files(context, found, config, Around(home, cache(workspace.sources), clock, progress))
    except WrongUse as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    shown = [staged_file.model_dump(mode="json") for staged_file in staged_files if staged_file]
    columns = ("file_name", "result", "message", "rows_accepted", "rows_rejected")
    # Only this asset is yielded: those of single partitions are logged one by one, where a file is taken.
    yield dg.MaterializeResult(
        asset_key="staged_files",
        metadata={"files": records_table(shown, columns), "file_count": len(shown)},
    )


def named_arrivals(config: ImportConfig, home: Home) -> tuple[list[Arrival], list[str]]:
    """The files that a form names, of a folder the lists in it; and what of folders is left, a sentence for each.

    Raises WrongUse for a path that is not there, and for a folder without a list.
    """
    found: list[Arrival] = []
    told: list[str] = []
    for file in config.files:
        path = Path(file.path)
        if not path.exists():
            raise WrongUse(f"{file.path} is not there; write the path as the machine sees it on which Dagster runs")
        lists, left = lists_of_folder(path) if path.is_dir() else ([path], "")
        found += [arrival_of(each, file.source, home.inbox) for each in lists]
        told += [left] if left else []
    return found, told


def _arrivals(config: ImportConfig, home: Home, wanted: Sequence[str]) -> tuple[dict[str, Arrival], list[str]]:
    """The files that these partitions mean, by import key, and which cannot be read.

    Those that the form names; the inbox is looked through for others only where that is not all of them.
    """
    listed, unread = keyed([arrival_of(Path(file.path), file.source, home.inbox) for file in config.files])
    found = {key: arrival for arrival, key in listed.items()}
    # Looking through the inbox reads every file in it, for its hash.
    if found.keys() >= set(wanted):
        return found, unread
    arrivals, closed = look(home.inbox)
    more, unreadable = keyed([arrival for arrival in arrivals if arrival not in listed])
    return {key: arrival for arrival, key in more.items()} | found, [*unread, *closed, *unreadable]


def archived(home: Home, key: str) -> Arrival | None:
    """The original of an earlier import, so that its partition can be run again, after an undo for instance.

    One that was refused while it was read lies in the inbox, in its source's folder of refused files.
    """
    files = sorted((*(home.archive / key).glob("*"), *home.inbox.glob(f"*/{REFUSED}/{key}/*")))
    # The source of an archived file stands in the history alone, which the published file holds.
    if not files or not home.published.exists():
        return None
    found = import_entry(home.published, key)
    return arrival_of(files[0], found["source"][0], home.inbox) if found.height else None


class Around(NamedTuple):
    """What reading any file of a run needs; the sources are read once, which takes as long as validating a short
    list.
    """

    home: Home
    sources: Callable[[], Sources]
    clock: Clock
    progress: Progress


def stage_files(
    context: Context, arrivals: Mapping[str, Arrival | None], config: ImportConfig, around: Around
) -> list[StagedFile | None]:
    """Secure, read and validate files, each by its import key; None for one that is not there.

    Raises WrongUse for a form that says what cannot be.
    """
    options_of(config)
    day_of(config.as_of)
    return [_file_one(context, key, arrival, config, around) for key, arrival in arrivals.items()]


def _file_one(
    context: Context,
    key: str,
    arrival: Arrival | None,
    config: ImportConfig,
    around: Around,
) -> StagedFile | None:
    home = around.home
    if arrival is None:
        context.log.error(f"no file for import {key}: neither named, nor in the inbox or the archive; drop it again")
        return None
    now = around.clock.now()
    as_of = day_of(config.as_of) or now.date()
    attempt = attempt_of(context.run.run_id)
    request = Request(arrival, config.imported_by, now, as_of, options_of(config), attempt)
    folder = home.staging / attempt / key
    try:
        content = content_of(arrival, key)
        with claimed(home, folder):
            staged_file = _processed(context, request, content, around)
            _show(context, staged_file, folder)
    # Not a failure of the step: the file changed or went since it was listed, and comes again.
    except Unreadable as error:
        context.log.error(str(error))
        save_record(folder, unread_outcome(arrival, key, str(error)))
        return None
    except OSError as error:
        # A full disk hits every file behind this one too.
        raise dg.Failure(f"{arrival.path.name} could not be staged: {error}", allow_retries=False) from error
    return staged_file


def unread_outcome(arrival: Arrival, key: str, reason: str) -> Outcome:
    """What becomes of a file that could not be read: nothing, and it stays where it is."""
    return Outcome(import_id=key, source=arrival.source, file_name=arrival.path.name, status="failed", message=reason)


def _processed(context: Context, request: Request, content: Content, around: Around) -> StagedFile:
    """The staged file of a file, whatever becomes of it."""
    report = around.progress.logged(context.log) if len(content.data) > LONG_FILE else around.progress.report
    try:
        return process_file(request, content, around.home, around.sources(), report)
    # What the next attempt would end with as well is kept as the file's outcome.
    except Permanent as error:
        return give_up(request, content, around.home, str(error))
    except Exception as error:  # one file's surprise must not hold up the others; the run ends red
        context.log.error(f"{request.arrival.path.name}: {error!r}", exc_info=True)
        return give_up(request, content, around.home, repr(error))


def options_of(config: ImportConfig) -> Options:
    """What the form says about its files. Raises WrongUse with the sentence that the command gives."""
    if config.on_overlap is not None:
        choice_of(config.on_overlap, OVERLAPS)
    said = {name: getattr(config, name) for name in Options.model_fields}
    return Options.model_validate(said | {"delimiter": "\t" if config.delimiter == "tab" else config.delimiter})


def _show(context: Context, staged_file: StagedFile, folder: Path) -> None:
    """How a file was read; what becomes of it the commit tells, on the partition of `validated_rows`."""
    if (folder / ROWS).exists() and staged_file.result != "failed":
        context.log_event(_staged(staged_file, [*pl.read_parquet_schema(folder / ROWS)]))


def _staged(staged_file: StagedFile, titles: Sequence[str]) -> dg.AssetMaterialization:
    """How a file was read; its rows are people's, and what a page shows Dagster keeps (PIT-75)."""
    # The evidence quotes cells.
    dialect = {name: value for name, value in (staged_file.dialect or {}).items() if name != "evidence"}
    return dg.AssetMaterialization(
        asset_key="staged_rows",
        partition=staged_file.key,
        metadata={
            "dagster/row_count": staged_file.rows_read,
            "file": staged_file.file_name,
            "source": staged_file.source,
            "dialect": dg.MetadataValue.json(dialect),
            "rows_blank": staged_file.rows_blank,
            "titles": ", ".join(title for title in titles if title != ROW),
        },
    )
