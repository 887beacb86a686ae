"""Importing files by their paths, or whole folders, from a form: nobody has to find a partition first (AU-12).

Lives here: the job with its form. Not here: reading and validating (`assets/files.py`), what is told of each file
(`assets/customers.py`): it is the same as of a file that was dropped into the inbox.
"""

from functools import cache

import dagster as dg
from pydantic import Field

from assets.customers import fail_for_files_without_result, outcomes_of, tell_imports
from assets.files import Around, FileConfig, ImportConfig, named_arrivals, stage_files
from assets.instance.resources import Clock, Progress, Workspace
from assets.jobs.ops import explained, show_tables
from assets.pages.import_page import tag_run
from assets.partitions import add_partitions, file_tags
from assets.reports.renew import renew_reports
from pipelines.errors import Unreadable, WrongUse
from pipelines.intake.inbox import keyed
from pipelines.ledger.commit_imports import commit_waiting
from pipelines.ledger.decisions.note_settings import note_settings


class PathConfig(ImportConfig):
    """Which files or folders, and what to say about them."""

    files: list[FileConfig] = Field(
        description="Files or folders: {path: /home/ann/march.csv, source: crm}; of a folder the lists in it"
    )
    imported_by: str = Field(description="Your name; it stays in the history")


@dg.op
def import_each_path(
    context: dg.OpExecutionContext,
    config: PathConfig,
    workspace: Workspace,
    clock: Clock,
    progress: dg.ResourceParam[Progress],
) -> None:
    """Import files by their paths; a file that is named so is never moved."""
    home, run_id = workspace.folders, context.run.run_id
    with explained(context):
        arrivals, left = named_arrivals(config, home)
        found, unread = keyed(arrivals)
        for reason in (*left, *unread):
            context.log.warning(reason)
        if not found:
            raise Unreadable("; ".join(unread)) if unread else WrongUse("no file is named")
        by_key = {key: arrival for arrival, key in found.items()}
        add_partitions(context.instance, list(by_key))
        context.instance.add_run_tags(run_id, file_tags([arrival.path.name for arrival in found]))
        stage_files(context, by_key, config, Around(home, cache(workspace.sources), clock, progress))
        committed = commit_waiting(home, run_id, clock.now(), progress.logged(context.log))
        note_settings(home, workspace.sources())
        renew_reports(context.log, home, committed.new_imports, clock.now())
        outcomes = outcomes_of(home, list(by_key), [run_id])
        tag_run(context, tell_imports(context, home, committed, outcomes))
        show_tables(context, workspace)
    fail_for_files_without_result(outcomes)


@dg.job(
    description="Import files, or all files of a folder, by their paths. In a shell: customers import FILE…",
    config=dg.RunConfig(
        ops={
            "import_each_path": PathConfig(
                files=[FileConfig(path="<folder>/march.csv", source="default")], imported_by="<your name>"
            )
        }
    ),
)
def import_from_path() -> None:
    """See `import_each_path`."""
    import_each_path()
