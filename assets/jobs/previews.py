"""Looking at files before importing them: the job and its form.

Lives here: what of a preview is shown on its run. Not here: the preview (`pipelines/ledger/previews.py`).
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from assets.files import ImportConfig, options_of
from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained
from assets.metadata import codes_of, records_table
from pipelines.intake import inbox
from pipelines.intake.import_request import Request
from pipelines.ledger.previews import Preview, preview


class PreviewConfig(ImportConfig):
    """The files to look at, and what to say about them; the same form as an import's."""


@dg.op
def preview_each_file(
    context: dg.OpExecutionContext, config: PreviewConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Show how each file is understood and what importing it would do; nothing is written."""
    now = clock.now()
    as_of = date.fromisoformat(config.as_of) if config.as_of else now.date()
    place = workspace.folders.inbox
    arrivals = [inbox.arrival_of(Path(file.path), file.source, place) for file in config.files] or inbox.waiting(place)
    with explained(context):
        shown = [
            preview(
                Request(arrival, config.imported_by, now, as_of, options_of(config)),
                workspace.folders,
                workspace.sources(),
                context.log.info,
            )
            for arrival in arrivals
        ]
    return dg.Output(None, metadata=_previewed(shown))


def _previewed(shown: Sequence[Preview]) -> dict[str, Any]:
    """What each file is taken for, column by column, and its outcome; whoever wants samples of values previews on the
    command line.
    """
    outcomes = [preview.outcome.model_dump(mode="json") for preview in shown]
    columns = [
        {"file": preview.file_name} | column.model_dump(exclude={"samples"})
        for preview in shown
        for column in preview.columns
    ]
    counts = ("file_name", "status", "rows_accepted", "rows_rejected", "customers_created", "customers_updated")
    return {
        "columns": records_table(columns, ("file", "header", "field", "how")),
        "outcomes": records_table(outcomes, counts),
        "messages": records_table(outcomes, ("file_name", "message")),
        "reject codes": dg.MetadataValue.json({each.file_name: each.outcome.reject_codes for each in shown}),
        "warnings": dg.MetadataValue.json({each.file_name: codes_of(each.outcome.warnings) for each in shown}),
    }


@dg.job(description="Look at files before importing them: format, mapping, warnings and the exact outcome.")
def preview_files() -> None:
    """See `preview_each_file`."""
    preview_each_file()
