"""Commands that keep what is derived up to date, and remove what is past its period.

Lives here: arguments, and what each command runs. Not here: what it does (`pipelines/ledger/recompute.py`,
`pipelines/retention/`).
"""

import click

from assets.cli.exit_codes import answers, as_json, prepared_home
from assets.cli.output import drawing


@click.command()
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day to count months to; default: today, UTC.")
@as_json
@answers
def prioritise(as_of: str | None, as_json: bool) -> None:
    """Recompute every customer's priority."""
    from assets.cli import run_job
    from assets.cli.output import tables
    from pipelines.publishing import queries

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
@click.option("--values", is_flag=True, help="Fill customer_values too: where each value of each customer comes from.")
@as_json
@answers
def publish(values: bool, as_json: bool) -> None:
    """Publish `customers.duckdb` again from the working database."""
    _run_and_count("publish_snapshot", as_json, {"publish_again": {"values": True}} if values else {})


def _run_and_count(job: str, as_json: bool, forms: dict[str, dict[str, object]] | None = None) -> None:
    from assets.cli import run_job
    from assets.cli.output import tables
    from pipelines.publishing import exports

    home = prepared_home()
    drawing.late(run_job.run_job(home, job, forms or {}).earlier)
    tables.counts(exports.table_counts(home.published), home, as_json)


@click.command()
@click.option("--preview", "only_shown", is_flag=True, help="Only say what would go; nothing is removed.")
@as_json
@answers
def tidy(only_shown: bool, as_json: bool) -> None:
    """Remove files and runs that are past their period; the tables keep everything.

    The periods stand in sources.yaml, under `retention`; what has none is kept for ever.
    """
    from assets.cli import run_job
    from assets.cli.output import retention

    ran = run_job.run_job(prepared_home(), "tidy", {"remove_what_is_old": {"preview": only_shown}})
    drawing.late(ran.earlier)
    retention.past_period(ran.told, only_shown, as_json)
