"""Exporting a table from the UI, as the command does.

Lives here: the job with its typed form. Not here: what is written (`pipelines/publishing/exports.py`).
"""

from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.instance.resources import Workspace
from assets.jobs.ops import explained
from pipelines.configuration.asked import EXPORTED_AS, choice_of
from pipelines.errors import WrongUse
from pipelines.publishing.export_styles import written_as, written_for
from pipelines.publishing.exports import Wanted, export
from pipelines.publishing.selection import Selection


class ExportConfig(dg.Config):
    """Which table, of which customers, and the file to write."""

    file: str = Field(description="The file to write, with its folder; one that is there is replaced")
    table: str = Field(default="customers", description="A table or view of customers.duckdb")
    format: str = Field(default="csv", description="csv, xlsx or parquet")
    status: str | None = Field(default=None, description="Only rows of customers who are active, or potential")
    priority: str | None = Field(default=None, description="Only rows of customers with priority high, medium or low")
    group: str | None = Field(default=None, description="Only rows of customers who belong to this group")
    segment: str | None = Field(default=None, description="Only rows of customers in this segment")
    source: str | None = Field(default=None, description="CSV as this source reads it back")
    locale: str | None = Field(default=None, description="CSV as people of this locale read it: fr, de-CH, en-GB")


@dg.op
def export_one_table(context: dg.OpExecutionContext, config: ExportConfig, workspace: Workspace) -> None:
    """Write a table of the snapshot as a file."""
    with explained(context):
        kind = choice_of(config.format, EXPORTED_AS)
        # Refused instead of left unheard: whoever gives a locale counts on its decimal comma.
        if kind != "csv" and (config.source or config.locale):
            raise WrongUse("source and locale say how a CSV is written; a workbook shows numbers as its reader's does")
        sources = workspace.sources()
        style = written_as(sources, config.source, config.locale) if config.source else written_for(config.locale)
        chosen = Selection(config.status, config.priority, config.group, config.segment)
        wanted = Wanted(config.table, kind, chosen, style)
        count = export(workspace.folders.published, wanted, Path(config.file))
    context.log.info(f"{count} rows of {config.table} written to {config.file}")
    context.add_output_metadata({"rows": count, "file": dg.MetadataValue.path(config.file)})


@dg.job(
    description="Export a table, whole or of some customers, as CSV, XLSX or Parquet.",
    config=dg.RunConfig(ops={"export_one_table": ExportConfig(file="<folder>/customers.csv")}),
)
def export_table() -> None:
    """See `export_one_table`."""
    export_one_table()
