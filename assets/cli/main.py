"""The `customers` command: everything it changes runs as a Dagster job on the instance that the UI shows.

Lives here: arguments, and what each command runs. Not here: any rule about data; the commands of Stripe
(`commands/`), exit codes (`exit_codes.py`), how things look (`drawing.py`).
Dagster takes a second to import, what validates files a tenth of it: commands that only read do without them.
"""

import getpass
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.cli.commands.stripe import stripe
from assets.cli.exit_codes import DONE, REFUSED, WITH_REJECTS, Main, answers, as_json, declared_sources, prepared_home
from assets.cli.file_options import OVERLAPS, ListFile, as_form, file_options
from assets.cli.output import drawing, file_outcomes, low_spend_cleanup
from pipelines.customers.low_spend import DEFAULT_BELOW
from pipelines.errors import Unreadable, WrongUse
from pipelines.ledger.decisions.low_spend_cleanup import low_spend, named, threshold_of
from pipelines.publishing import exports, queries
from pipelines.rejects.write import path_of
from pipelines.spreadsheets import templates
from schemas.codes import to_be_looked_at

if TYPE_CHECKING:
    from pipelines.models.staged_file import Outcome

PREVIEW_STAGES = 3


@click.group(cls=Main, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Customer lists in, one trustworthy customer table out."""


main.add_command(stripe)


@main.command("import")
@click.argument("files", nargs=-1, type=ListFile())
@file_options
@as_json
@answers
def import_(files: Sequence[Path], source: str, as_json: bool, **options: Any) -> int:
    """Import FILES; without any, everything that waits in the inbox."""
    from assets.cli import run_job

    home = prepared_home()
    sources = declared_sources()  # a fault in it, or in the source that is meant, is told before anything starts
    if files and source in sources.unusable:
        raise WrongUse(sources.unusable[source])
    if options["profile"] is not None:
        sources.profile(options["profile"])
    config = as_form(options) | {"imported_by": getpass.getuser()}
    with drawing.working(run_job.stage_count(home, files), quiet=as_json) as report:
        finished = run_job.import_files(home, files, source, config, run_job.Told(report))
    if finished.outcomes or not finished.failure:
        rejected = [outcome.import_id for outcome in finished.outcomes if outcome.reject_codes and not as_json]
        examples = queries.first_reasons(home.published, rejected) if rejected else {}
        file_outcomes.imports(finished.outcomes, examples, finished.seconds, as_json)
    if finished.failure:
        raise finished.failure
    if finished.unread:
        raise Unreadable("; ".join(finished.unread))
    return max((_code(outcome) for outcome in finished.outcomes), default=DONE)


@main.command()
@click.argument("files", nargs=-1, required=True, type=ListFile())
@file_options
@click.option("--save-mapping", is_flag=True, help="Store the shown mapping for the source.")
@as_json
@answers
def preview(files: Sequence[Path], source: str, save_mapping: bool, as_json: bool, **options: Any) -> int:
    """Show how FILES are understood and what importing them would do; writes nothing to the warehouse."""
    from pipelines.intake.import_request import Options, Request
    from pipelines.intake.inbox import arrival_of
    from pipelines.ledger import previews

    home, sources = prepared_home(), declared_sources()
    said = as_form(options)
    as_of = said.pop("as_of")
    now = datetime.now(UTC)
    with drawing.working(len(files) * PREVIEW_STAGES, quiet=as_json) as report:
        shown_files = [
            previews.preview(
                Request(
                    arrival_of(path, source, home.inbox),
                    getpass.getuser(),
                    now,
                    date.fromisoformat(as_of) if as_of else now.date(),
                    Options.model_validate(said),
                ),
                home,
                sources,
                report,
            )
            for path in files
        ]
    if save_mapping:
        for shown in shown_files:
            previews.save_mapping(home, shown)
    file_outcomes.previews(shown_files, as_json)
    return max(_code(shown.outcome) for shown in shown_files)


def _code(outcome: "Outcome") -> int:
    if outcome.status in ("refused", "failed"):
        return REFUSED
    decided = outcome.status == "done" and not outcome.rows_rejected
    return DONE if decided and not to_be_looked_at(outcome.warnings) else WITH_REJECTS


@main.command()
@click.option("--all", "everything", is_flag=True, help="Every import, not only those of the last 20 days.")
@as_json
@answers
def history(everything: bool, as_json: bool) -> None:
    """List imports, newest first."""
    drawing.history(queries.import_history(prepared_home().published, everything), as_json)


@main.command()
@click.argument("import_id")
@click.option("--by", help="Who decides.")
@click.option("--preview", "only_shown", is_flag=True, help="Show what the undo would do; nothing is written.")
@as_json
@answers
def undo(import_id: str, by: str | None, only_shown: bool, as_json: bool) -> None:
    """Take out exactly what IMPORT_ID contributed, of a clean-up bring back whom it removed; the entry stays."""
    home = prepared_home()
    if only_shown:
        from pipelines.ledger.undo import rehearse_undo

        drawing.undo_effect(rehearse_undo(home, import_id, datetime.now(UTC)), as_json)
        return
    if by is None:
        raise WrongUse("say who decides with --by NAME; with --preview the effect is only shown")
    from assets.cli import run_job

    drawing.late(run_job.run_job(home, "undo_import", {"undo_one_import": {"import_id": import_id, "by": by}}).earlier)
    entry = queries.import_entry(home.published, import_id)
    drawing.undone(entry, as_json)


@main.command()
@click.argument("import_id")
@click.argument("choice", type=click.Choice(OVERLAPS))
@click.option("--by", required=True, help="Who decides.")
@as_json
@answers
def decide(import_id: str, choice: str, by: str, as_json: bool) -> int:
    """Settle the held import IMPORT_ID: add its rows, let it replace the earlier one, or count only new rows."""
    from assets.cli import run_job

    home = prepared_home()
    form = {"import_id": import_id, "choice": choice, "by": by}
    drawing.late(run_job.run_job(home, "decide_import", {"decide_one_import": form}).earlier)
    entry = queries.import_entry(home.published, import_id)
    drawing.decided(entry, choice, path_of(home, import_id), as_json)
    return WITH_REJECTS if entry["status"][0] == "done_with_rejects" else DONE


@main.command()
@click.argument("customer", metavar="EMAIL_OR_ID")
@click.option("--by", default=getpass.getuser, help="Who decides; default: you.")
@as_json
@answers
def approve(customer: str, by: str, as_json: bool) -> None:
    """Approve the request for access of a captured customer."""
    _decide_access("approve_access", {"customer": customer, "choice": "approved", "by": by}, as_json)


@main.command()
@click.argument("customer", metavar="EMAIL_OR_ID")
@click.option("--by", default=getpass.getuser, help="Who decides; default: you.")
@as_json
@answers
def refuse(customer: str, by: str, as_json: bool) -> None:
    """Refuse the request for access of a captured customer; it waits again when the customer asks again."""
    _decide_access("refuse_access", {"customer": customer, "choice": "refused", "by": by}, as_json)


def _decide_access(job: str, form: dict[str, str], as_json: bool) -> None:
    from assets.cli import run_job

    home = prepared_home()
    drawing.late(run_job.run_job(home, job, {"decide_one_request": form}).earlier)
    drawing.access(queries.access_of(home.published, form["customer"].strip()), as_json)


@main.command()
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day to count months to; default: today, UTC.")
@as_json
@answers
def prioritise(as_of: str | None, as_json: bool) -> None:
    """Recompute every customer's priority."""
    from assets.cli import run_job

    home = prepared_home()
    form = {"as_of": drawing.day(as_of)}
    drawing.late(run_job.run_job(home, "prioritise_customers", {"prioritise_everyone": form}).earlier)
    drawing.priorities(queries.priority_counts(home.published), as_json)


@main.command()
@click.option("--below", default=str(DEFAULT_BELOW), show_default=True, help="Money in all; exactly it stays.")
@click.option("--confirm", metavar="MARK", help="Remove whom the preview with this mark listed.")
@click.option("--by", help="Who confirms it.")
@as_json
@answers
def cleanup(below: str, confirm: str | None, by: str | None, as_json: bool) -> None:
    """List the customers who spent less than a threshold; with --confirm and --by, remove them."""
    home = prepared_home()
    candidates, mark = low_spend(home, threshold_of(below))
    if confirm is None:
        low_spend_cleanup.low_spend(candidates, mark, below, as_json)
        return
    from assets.cli import run_job

    form = {"below": below, "confirm": confirm, "by": named(by)}
    ran = run_job.run_job(home, "low_spend_cleanup", {"clean_up_low_spend": form})
    drawing.late(ran.earlier)
    removed = int(str(ran.told["removed"]))
    low_spend_cleanup.cleaned(queries.latest_cleanup(home.published), removed, as_json)


@main.command()
@click.option("--days", type=click.IntRange(1), help="How many days runs are kept; default: as sources.yaml says.")
@click.option("--dry-run", is_flag=True, help="Only say how many would go.")
@as_json
@answers
def tidy(days: int | None, dry_run: bool, as_json: bool) -> None:
    """Remove what Dagster recorded of runs that ended long ago; our own tables keep everything."""
    from assets.cli import run_job

    form = {"preview": dry_run} | ({"days": days} if days else {})
    told = run_job.run_job(prepared_home(), "remove_old_runs", {"remove_what_is_old": form}).told
    if as_json:
        click.echo(json.dumps(dict(told)))
    else:
        click.echo(f"{told['runs']} runs ended more than {told['days']} days ago; {told['removed']} were removed.")


@main.command()
@as_json
@answers
def publish(as_json: bool) -> None:
    """Publish `customers.duckdb` again from the working database."""
    _run_and_count("publish_snapshot", as_json)


@main.command()
@as_json
@answers
def rebuild(as_json: bool) -> None:
    """Rebuild every derived table from the ledger."""
    _run_and_count("rebuild_customers", as_json)


def _run_and_count(job: str, as_json: bool) -> None:
    from assets.cli import run_job

    home = prepared_home()
    drawing.late(run_job.run_job(home, job, {}).earlier)
    drawing.counts(exports.table_counts(home.published), home, as_json)


@main.command()
@click.argument("tables", nargs=-1, metavar="")
@click.option("--table", default="customers", show_default=True, help="Table or view of the snapshot.")
@click.option("--format", "kind", type=click.Choice(exports.FORMATS), default="csv", show_default=True)
@click.option("-o", "--output", "path", type=click.Path(dir_okay=False, path_type=Path), help="Default: TABLE.FORMAT")
@as_json
@answers
def export(tables: Sequence[str], table: str, kind: str, path: Path | None, as_json: bool) -> None:
    """Export a table of the snapshot."""
    if tables:
        raise WrongUse(f"a table is named with --table: customers export --table {tables[0]}")
    target = path or Path(f"{table}.{kind}")
    count = exports.export(prepared_home().published, table, kind, target)
    if as_json:
        click.echo(json.dumps({"table": table, "path": str(target), "rows": count}))
    else:
        click.echo(f"{count} rows of {table} written to {target}")


@main.command()
@click.argument("profile")
@click.option("--format", "kind", type=click.Choice(templates.KINDS), help="Default: xlsx where the profile takes it.")
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Default: templates/PROFILE.FORMAT in CUSTOMERS_HOME.",
)
@as_json
@answers
def template(profile: str, kind: templates.TemplateKind | None, path: Path | None, as_json: bool) -> None:
    """Write the template of PROFILE: its titles, what each must hold, an example."""
    wanted = declared_sources().profile(profile)
    chosen = templates.template_kind(wanted, kind)
    target = path or prepared_home().templates / f"{wanted.name}.{chosen}"
    templates.write_template(wanted, chosen, target)
    drawing.template(wanted, target, as_json)


@main.command(hidden=True)
@answers
def summary() -> None:
    """What `make run` ends with: counts, and the top customers by priority."""
    home = prepared_home()
    drawing.summary(
        exports.table_counts(home.published),
        queries.priority_counts(home.published),
        queries.top_customers(home.published),
        home,
    )
