"""Commands that decide a captured customer's request for access.

Lives here: arguments, and what each command runs. Not here: the decision
(`pipelines/ledger/decisions/decide_access.py`).
"""

import getpass

import click

from assets.cli.exit_codes import answers, as_json, prepared_home
from assets.cli.output import drawing


@click.command()
@click.argument("customer", metavar="WHO")
@click.option("--by", default=getpass.getuser, help="Who decides; default: you.")
@as_json
@answers
def approve(customer: str, by: str, as_json: bool) -> None:
    """Approve the request for access of a captured customer.

    WHO: the customer's e-mail address, phone number, customer_id, or id in a source's own system.
    """
    _decide_access("approve_access", {"customer": customer, "choice": "approved", "by": by}, as_json)


@click.command()
@click.argument("customer", metavar="WHO")
@click.option("--by", default=getpass.getuser, help="Who decides; default: you.")
@as_json
@answers
def refuse(customer: str, by: str, as_json: bool) -> None:
    """Refuse the request for access of a captured customer; it waits again when the customer asks again.

    WHO: the customer's e-mail address, phone number, customer_id, or id in a source's own system.
    """
    _decide_access("refuse_access", {"customer": customer, "choice": "refused", "by": by}, as_json)


def _decide_access(job: str, form: dict[str, str], as_json: bool) -> None:
    from assets.cli import run_job
    from assets.cli.output import access_requests
    from pipelines.lineage.known_now import customer_of
    from pipelines.publishing import queries

    home = prepared_home()
    found = customer_of(home, form["customer"])
    form |= {"customer": found.customer_id}  # what a run was asked is kept by Dagster, and is nobody's address
    drawing.late(run_job.run_job(home, job, {"decide_one_request": form}).earlier)
    access_requests.access(queries.access_of(home.published, found.customer_id), as_json)
