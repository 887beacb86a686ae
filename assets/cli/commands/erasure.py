"""The command that erases a person.

Lives here: arguments, the preview, what it runs. Not here: what is erased (`pipelines/erasure/`).
"""

from collections.abc import Mapping

import click

from assets.cli.exit_codes import answers, as_json, prepared_home
from assets.cli.output import drawing
from pipelines.errors import AlreadyDone, WrongUse


@click.command()
@click.argument("customer", metavar="WHO", required=False)
@click.option("--by", help="Who decides; the name stays.")
@click.option("--preview", "only_shown", is_flag=True, help="Only show what would go; nothing is written.")
@click.option("--yes", is_flag=True, help="Erase; without it what would go is shown.")
@as_json
@answers
def erase(customer: str | None, by: str | None, only_shown: bool, yes: bool, as_json: bool) -> None:
    """Take a person out of every table, file and history, for good; sums stay without a name.

    WHO: an e-mail address, phone number, customer_id, or id in a source's own system. Without WHO, an erasure that was
    stopped is finished.
    """
    from assets.cli.output import erasure
    from pipelines.erasure.erase import named, preview_erasure, unfinished

    home = prepared_home()
    stopped = unfinished(home)
    if stopped or customer is None:
        told = _run({})
    if customer is None:
        erasure.finished(stopped, as_json)
        return
    try:
        will_go = preview_erasure(home, customer)
    except AlreadyDone:
        if not stopped:
            raise
        erasure.finished(stopped, as_json)
        return
    if only_shown or not yes:
        erasure.will_go(will_go, as_json)
        if not only_shown:
            raise WrongUse("an erasure is final: say --yes, and who decides with --by NAME")
        return
    told = _run({"customer": will_go.who, "by": named(by)})
    erasure.erased(told, as_json)


def _run(form: Mapping[str, object]) -> Mapping[str, object]:
    from assets.cli import run_job

    ran = run_job.run_job(prepared_home(), "erase_customer", {"erase_one_person": form})
    drawing.late(ran.earlier)
    return ran.told
