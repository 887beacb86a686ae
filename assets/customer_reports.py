"""Showing one customer, the rows of one import, or its report, from the UI, as the commands do.

Lives here: the jobs with their typed forms. Not here: what is known (`pipelines/lineage/`), what a report says
(`pipelines/reports/`). What is found lies in a file: Dagster keeps what runs say for long, and nobody's data are to be
among it.
"""

import json

import dagster as dg
from pydantic import Field

from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained
from pipelines.configuration.asked import choice_of
from pipelines.durable import written
from pipelines.lineage.html_report import language_of, write_html
from pipelines.lineage.report import report_of
from pipelines.lineage.rows_of_import import rows_of_import
from pipelines.reports.paths import index_path
from pipelines.reports.write_reports import wanted_reports, write_reports
from schemas.codes import LANGUAGES


class ShowConfig(dg.Config):
    """Which customer is shown, in which language."""

    customer: str = Field(description="customer_id, or any address, phone number or reference that it has")
    language: str | None = Field(default=None, description="en, fr or pl; default: its source's")


class RowsConfig(dg.Config):
    """Which import is shown."""

    import_id: str = Field(description="As in import_history, for example crm-678ae2851fbb")


class ReportConfig(dg.Config):
    """Whose reports are written again."""

    import_ids: list[str] = Field(
        default_factory=list, description="As in import_history, for example crm-678ae2851fbb; none: of every import"
    )


@dg.op
def show_one_customer(context: dg.OpExecutionContext, config: ShowConfig, workspace: Workspace, clock: Clock) -> None:
    """Write everything known about a customer as a page."""
    home = workspace.folders
    with explained(context):
        asked = choice_of(config.language, LANGUAGES) if config.language else None
        report = report_of(home, config.customer)
        language = asked or language_of(report, workspace.sources())
        target = home.reports / f"customer-{report.customer_id}.html"
        write_html(report, language, clock.now(), target)
    context.log.info(f"everything known about customer {report.customer_id} is in {target}")
    context.add_output_metadata({"page": dg.MetadataValue.path(str(target)), "values": report.values.height})


@dg.op
def list_rows_of_one_import(context: dg.OpExecutionContext, config: RowsConfig, workspace: Workspace) -> None:
    """Write what an import brought, row by row."""
    home = workspace.folders
    with explained(context):
        brought = rows_of_import(home, config.import_id)
        target = home.reports / f"rows-{config.import_id}.json"
        target.parent.mkdir(exist_ok=True)
        document = {
            "import": brought.entry,
            "accepted": brought.accepted.to_dicts(),
            "rejected": brought.rejected.to_dicts(),
        }
        with written(target) as unfinished:
            unfinished.write_text(json.dumps(document, ensure_ascii=False, default=str), "utf-8")
    counts = {"accepted": brought.accepted.height, "rejected": brought.rejected.height}
    context.add_output_metadata({"rows": dg.MetadataValue.path(str(target))} | counts)


@dg.job(
    description="Write everything known about one customer, with the origin of each value, as a page. In a shell: "
    "customers show WHO --html FILE",
    config=dg.RunConfig(ops={"show_one_customer": ShowConfig(customer="<e-mail address or customer_id>")}),
)
def show_customer() -> None:
    """See `show_one_customer`."""
    show_one_customer()


@dg.job(
    description="Write what one import brought, row by row. In a shell: customers rows IMPORT_ID",
    config=dg.RunConfig(ops={"list_rows_of_one_import": RowsConfig(import_id="<import id>")}),
)
def rows_of_an_import() -> None:
    """See `list_rows_of_one_import`."""
    list_rows_of_one_import()


@dg.op
def write_reports_again(
    context: dg.OpExecutionContext, config: ReportConfig, workspace: Workspace, clock: Clock
) -> None:
    """Write reports of imports as the tables are now, and the page that lists them."""
    home = workspace.folders
    with explained(context):
        written = write_reports(home, wanted_reports(home, config.import_ids), clock.now())
    context.add_output_metadata({"index": dg.MetadataValue.path(str(index_path(home))), "reports": len(written)})


@dg.job(description="Write the report of imports again, after a restore for instance; without an id that of all.")
def import_reports() -> None:
    """See `write_reports_again`."""
    write_reports_again()
