"""Commands that keep what is derived up to date, and take out of Dagster's records what is old.

Lives here: arguments, and what each command runs. Not here: what it does (`pipelines/ledger/recompute.py`,
`assets/instance/retention.py`).
"""

import json

import click

from assets.cli.exit_codes import answers, as_json, prepared_home
from assets.cli.output import drawing, tables
from pipelines.publishing import exports, queries


@click.command()
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day to count months to; default: today, UTC.")
@as_json
@answers
def prioritise(as_of: str | None, as_json: bool) -> None:
    """Recompute every customer's priority."""
    from assets.cli import run_job

    home = prepared_home()
    form = {"as_of": drawing.day(as_of)}
    drawing.late(run_job.run_job(home, "prioritise_customers", {"prioritise_everyone": form}).earlier)
    tables.priorities(queries.priority_counts(home.published), as_json)


@click.command()
@as_json
@answers
def rebuild(as_json: bool) -> None:
    """Rebuild every derived table from the ledger."""
    _run_and_count("rebuild_customers", as_json)


@click.command()
@as_json
@answers
def publish(as_json: bool) -> None:
    """Publish `customers.duckdb` again from the working database."""
    _run_and_count("publish_snapshot", as_json)


def _run_and_count(job: str, as_json: bool) -> None:
    from assets.cli import run_job

    home = prepared_home()
    drawing.late(run_job.run_job(home, job, {}).earlier)
    tables.counts(exports.table_counts(home.published), home, as_json)


@click.command()
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
