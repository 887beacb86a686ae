"""Commands about customers who may be one: looking for them, merging, separating.

Lives here: arguments, and what each command runs. Not here: the decisions
(`pipelines/ledger/decisions/merge_customers.py`), the comparison (`pipelines/duplicates/`).
"""

import getpass

import click

from assets.cli.exit_codes import answers, as_json, prepared_home
from assets.cli.output import drawing
from pipelines.home import Home


@click.command()
@click.argument("survivor", metavar="SURVIVOR")
@click.argument("other", metavar="OTHER")
@click.option("--by", default=getpass.getuser, help="Who decides; default: you.")
@as_json
@answers
def merge(survivor: str, other: str, by: str, as_json: bool) -> None:
    """Let the customer OTHER be part of the customer SURVIVOR, with all that is its own.

    SURVIVOR keeps its customer_id and its e-mail address; rows that come later under either are its own. Each is named
    by an e-mail address, phone number, customer_id, or id in a source's own system.
    """
    home = prepared_home()
    form: dict[str, str | None] = {"survivor": _id_of(home, survivor), "other": _id_of(home, other), "by": by}
    _decide(home, "merge_customers", {"merge_two_customers": form}, as_json)


@click.command()
@click.argument("customer", metavar="WHO")
@click.argument("other", metavar="OTHER", required=False)
@click.option("--by", default=getpass.getuser, help="Who decides; default: you.")
@as_json
@answers
def separate(customer: str, other: str | None, by: str, as_json: bool) -> None:
    """Let merged customers be two again, or keep two who look alike apart.

    WHO alone: a customer that was merged into another leaves it; else everybody leaves who was merged into this one.
    With OTHER these two are separate, and are not proposed as duplicates any more.
    """
    home = prepared_home()
    form = {"customer": _id_of(home, customer), "other": _id_of(home, other) if other else None, "by": by}
    _decide(home, "separate_customers", {"separate_merged_customers": form}, as_json)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those too that somebody decided about.")
@as_json
@answers
def duplicates(everything: bool, as_json: bool) -> None:
    """Look for customers who may be one and the same, and list them, the likeliest first."""
    from assets.cli import run_job
    from assets.cli.output import duplicates as shown
    from pipelines.publishing import queries

    home = prepared_home()
    drawing.late(run_job.run_job(home, "possible_duplicates", {}).earlier)
    shown.pairs(queries.possible_duplicates(home.published, everything), as_json)


def _id_of(home: Home, named: str) -> str:
    """Whom somebody means; what a run was asked is kept by Dagster, and is nobody's address."""
    from pipelines.ledger.decisions.merge_customers import meant
    from pipelines.lineage.known_now import known_now

    with known_now(home) as connection:
        return meant(connection, named)


def _decide(home: Home, job: str, form: dict[str, dict[str, str | None]], as_json: bool) -> None:
    from assets.cli import run_job
    from assets.cli.output import duplicates as shown

    ran = run_job.run_job(home, job, form)
    drawing.late(ran.earlier)
    shown.decided(ran.told, as_json)
