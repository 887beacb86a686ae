"""Commands that copy CUSTOMERS_HOME and bring it back.

Lives here: arguments, and what each command runs. Not here: what is copied and how it comes back (`pipelines/backup/`).
"""

from pathlib import Path

import click

from assets.cli.exit_codes import WITH_REJECTS, answers, as_json, prepared_home
from assets.cli.output import drawing

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@as_json
@answers
def backup(folder: Path, as_json: bool) -> None:
    """Copy all that cannot be made again into the new folder DIR, while runs go on.

    The ledger, originals, mappings and sealed Stripe keys; the master key is never in it. Imports wait while the ledger
    is copied, a second for a million customers. DIR is there whole or not at all.
    """
    from assets.cli import run_job
    from assets.cli.output import backup as drawn
    from pipelines.backup.manifest import read_manifest

    target = folder.resolve()
    drawing.late(run_job.run_job(prepared_home(), "backup", {"back_up_home": {"folder": str(target)}}).earlier)
    drawn.made(read_manifest(target), target, as_json)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--replace", is_flag=True, help="Let go of what CUSTOMERS_HOME holds now.")
@as_json
@answers
def restore(folder: Path, replace: bool, as_json: bool) -> int | None:
    """Make CUSTOMERS_HOME what it was when the backup in DIR was made.

    Every file is compared with its digest and the tables are made anew beside the present ones, before anything is
    replaced. Files in the inbox stay, and are imported afterwards.
    """
    from assets.cli.output import backup as drawn
    from pipelines.backup.restore import restore as restored

    with drawn.stages(as_json) as report:
        found = restored(prepared_home(), folder, replace, report)
    drawn.restored(found, folder, as_json)
    return WITH_REJECTS if found.differences or found.erasures else None
