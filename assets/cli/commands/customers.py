"""Commands that show what is known of one customer, and what one import brought. They only read.

Lives here: arguments. Not here: what is known (`pipelines/lineage/`), how it looks (`assets/cli/output/customers.py`).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assets.cli import completion
from assets.cli.exit_codes import answers, as_json, declared_sources, prepared_home

if TYPE_CHECKING:
    from schemas.codes import Language

LANGUAGES = click.Choice(("en", "fr", "pl"))


@click.command()
@click.argument("who")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page that anybody can read.")
@click.option("--language", type=LANGUAGES, help="Of the page; default: that of the customer's source.")
@as_json
@answers
def show(who: str, html: Path | None, language: "Language | None", as_json: bool) -> None:
    """Show everything known about one customer, and where each value came from.

    WHO: an e-mail address, phone number or customer_id, or the id in a source's own system.
    """
    from assets.cli.output import customers as drawn
    from pipelines.lineage.report import report_of

    report = report_of(prepared_home(), who)
    if html:
        from pipelines.lineage.html_report import language_of, write_html

        spoken = language or language_of(report, declared_sources())
        write_html(report, spoken, datetime.now(UTC), html)
    drawn.report(report, html, as_json)


@click.command()
@click.argument("import_id", shell_complete=completion.import_ids)
@as_json
@answers
def rows(import_id: str, as_json: bool) -> None:
    """List what IMPORT_ID brought, row by row: accepted with their customer, rejected with their reasons."""
    from assets.cli.output import customers as drawn
    from pipelines.lineage.rows_of_import import rows_of_import

    drawn.rows(rows_of_import(prepared_home(), import_id), as_json)
