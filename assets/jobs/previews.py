"""Looking at files before importing them: the job and its form.

Lives here: what of a preview is shown on its run. Not here: the preview (`pipelines/ledger/previews.py`).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from assets.files import FileConfig, ImportConfig, named_arrivals, options_of
from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained
from assets.metadata import codes_of, records_table
from pipelines.configuration.asked import day_of
from pipelines.durable import written
from pipelines.home import Home
from pipelines.intake import inbox
from pipelines.intake.import_request import Request
from pipelines.ledger.previews import Preview, preview, save_mapping


class PreviewConfig(ImportConfig):
    """The files to look at, and what to say about them; the same form as an import's."""

    save_mapping: bool = Field(default=False, description="true: keep the shown mapping for the source from now on")


@dg.op
def preview_each_file(
    context: dg.OpExecutionContext, config: PreviewConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Show how each file is understood and what importing it would do; nothing is written."""
    now, home = clock.now(), workspace.folders
    with explained(context):
        as_of = day_of(config.as_of) or now.date()
        arrivals = named_arrivals(config, home)[0] or inbox.waiting(home.inbox)
        shown = [
            preview(
                Request(arrival, config.imported_by, now, as_of, options_of(config)),
                workspace.folders,
                workspace.sources(),
                context.log.info,
            )
            for arrival in arrivals
        ]
        page = _written(home, shown)
        for one in shown if config.save_mapping else ():
            save_mapping(home, one)
            context.log.info(f"the mapping of {one.file_name} is kept for the source {one.source}")
    saved = [one.source for one in shown] if config.save_mapping else []
    pages = {"with first values": dg.MetadataValue.path(str(page)), "mapping saved for": ", ".join(saved) or "none"}
    return dg.Output(None, metadata=_previewed(shown) | pages)


def _written(home: Home, shown: Sequence[Preview]) -> Path:
    """The previews with values of cells, in a file: Dagster keeps what runs say for long, and a file is removed."""
    target = home.reports / f"preview-{'-'.join(dict.fromkeys(one.source for one in shown)) or 'none'}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    with written(target) as unfinished:
        document = [one.model_dump(mode="json") for one in shown]
        unfinished.write_text(json.dumps({"previews": document}, ensure_ascii=False, indent=1), "utf-8")
    return target


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


@dg.job(
    description="Look at files before importing them: format, mapping, warnings and the exact outcome. In a shell: "
    "customers preview FILE…",
    config=dg.RunConfig(
        ops={"preview_each_file": PreviewConfig(files=[FileConfig(path="<folder>/march.csv", source="default")])}
    ),
)
def preview_files() -> None:
    """See `preview_each_file`."""
    preview_each_file()
