"""Commands about imports that were made: list them, undo one, settle one that is held, write its report again.

Lives here: arguments, and what each command runs. Not here: what an undo or a decision does (`pipelines/ledger/`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from assets.cli import completion
from assets.cli.exit_codes import DONE, WITH_REJECTS, answers, as_json, prepared_home
from assets.cli.output import drawing
from pipelines.configuration.asked import OVERLAPS
from pipelines.errors import WrongUse
from pipelines.reports.paths import index_path, report_path

MOST_LISTED = 500
"""Lines of a table that anybody looks at: drawing ten thousand took 6 s."""


@click.command()
@click.option("--all", "everything", is_flag=True, help="Every import, not only those of the last 20 days.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=MOST_LISTED,
    show_default=True,
    help="At most so many lines of the table, the newest; 0: all. A JSON document has all.",
)
@as_json
@answers
def history(everything: bool, limit: int, as_json: bool) -> None:
    """List imports, newest first."""
    from assets.cli.output import imports
    from pipelines.publishing import queries

    home = prepared_home()
    imports.history(queries.import_history(home.published, everything), index_path(home), limit, as_json)


@click.command()
@click.argument("import_id", shell_complete=completion.import_ids)
@click.option("--by", help="Who decides.")
@click.option("--preview", "only_shown", is_flag=True, help="Show what the undo would do; nothing is written.")
@as_json
@answers
def undo(import_id: str, by: str | None, only_shown: bool, as_json: bool) -> None:
    """Take out exactly what IMPORT_ID contributed; of a clean-up bring back whom it removed. The entry stays."""
    from assets.cli.output import imports
    from pipelines.publishing import queries

    home = prepared_home()
    if only_shown:
        from pipelines.ledger.undo import rehearse_undo

        imports.undo_effect(rehearse_undo(home, import_id, datetime.now(UTC)), as_json)
        return
    if by is None:
        raise WrongUse("say who decides with --by NAME; with --preview the effect is only shown")
    from assets.cli import run_job

    drawing.late(run_job.run_job(home, "undo_import", {"undo_one_import": {"import_id": import_id, "by": by}}).earlier)
    entry = queries.import_entry(home.published, import_id)
    imports.undone(entry, as_json)


@click.command()
@click.argument("import_id", shell_complete=completion.import_ids)
@click.argument("choice", type=click.Choice(OVERLAPS))
@click.option("--by", required=True, help="Who decides.")
@as_json
@answers
def decide(import_id: str, choice: str, by: str, as_json: bool) -> int:
    """Settle the held import IMPORT_ID: add its rows, let it replace the earlier one, or count only new rows."""
    from assets.cli import run_job
    from assets.cli.output import imports
    from pipelines.publishing import queries
    from pipelines.rejects.write import path_of

    home = prepared_home()
    form = {"import_id": import_id, "choice": choice, "by": by}
    drawing.late(run_job.run_job(home, "decide_import", {"decide_one_import": form}).earlier)
    entry = queries.import_entry(home.published, import_id)
    imports.decided(entry, choice, path_of(home, import_id), as_json)
    return WITH_REJECTS if entry["status"][0] == "done_with_rejects" else DONE


@click.command()
@click.argument("import_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Of every import, after a restore for instance.")
@as_json
@answers
def report(import_ids: Sequence[str], everything: bool, as_json: bool) -> None:
    """Write the report of IMPORT_IDS again, as the tables are now, and the page that lists all."""
    if bool(import_ids) == everything:
        raise WrongUse("name the imports whose reports are to be written, or say --all; `customers history` lists them")
    from pipelines.reports.write_reports import wanted_reports, write_reports

    home = prepared_home()
    written = write_reports(home, wanted_reports(home, import_ids), datetime.now(UTC))
    if as_json:
        paths = {identity: str(report_path(home, identity)) for identity in written}
        drawing.dump({"reports": paths, "index": str(index_path(home))})
        return
    for identity in written if import_ids else ():
        click.echo(report_path(home, identity))
    click.echo(f"{drawing.counted(len(written), 'report', 'reports')} written; all imports: {index_path(home)}")
