"""The command of the low-spend clean-up: who would go, and its confirmation.

Lives here: arguments, and what the command runs. Not here: who is a candidate (`pipelines/customers/low_spend.py`).
"""

import click

from assets.cli.exit_codes import answers, as_json, prepared_home
from assets.cli.output import drawing, low_spend_cleanup
from pipelines.customers.low_spend import DEFAULT_BELOW
from pipelines.ledger.decisions.low_spend_cleanup import low_spend, named, threshold_of
from pipelines.publishing import queries


@click.command()
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
