"""`make run`: the bundled samples through the real jobs. A second run finds them imported already."""

import getpass
from pathlib import Path

import click

from assets.cli.exit_codes import answers, declared_sources, prepared_home
from assets.cli.output import drawing, outcomes, stripe
from assets.cli.run_job import Told, import_files, stage_count, sync_account
from assets.instance.environment import PROJECT
from assets.instance.resources import Progress
from pipelines.home import Home
from pipelines.models.staged_file import Outcome
from pipelines.publishing import queries
from pipelines.reports.paths import reports_of

RECORDED = ".jsonl"
"""What recorded Stripe accounts are made of; they are read by a sync, not imported."""


def import_samples(home: Home, progress: Progress) -> list[Outcome]:
    """Import `samples/<source>/*`, source by source; returns what became of each file."""
    imported: list[Outcome] = []
    for source in sorted({file.parent.name for file in sample_files()}):
        files = [file for file in sample_files() if file.parent.name == source]
        config: dict[str, object] = {"imported_by": getpass.getuser()}
        finished = import_files(home, files, source, config, progress)
        if finished.failure:
            raise finished.failure
        imported += finished.outcomes
    return imported


def sample_files() -> list[Path]:
    """The bundled files to import, in a fixed order."""
    found = (PROJECT / "samples").glob("*/*")
    return sorted(path for path in found if path.is_file() and path.suffix != RECORDED)


def sync_recorded(home: Home, progress: Progress) -> dict[str, str]:
    """Sync the accounts that are recorded in `samples/`; returns the run of each source."""
    recorded = [name for name, source in declared_sources().stripe_sources.items() if source.recorded]
    return {name: sync_account(home, name, False, getpass.getuser(), progress).run_id for name in recorded}


@click.command()
@answers
def samples() -> None:
    """Import the bundled samples and show what became of them."""
    home = prepared_home()
    with drawing.working(stage_count(home, sample_files()), quiet=False) as report:
        imported = import_samples(home, Told(report))
    new = [outcome for outcome in imported if not outcome.already_imported]
    if new:
        pages = reports_of(home, [outcome.import_id for outcome in new])
        outcomes.imports(new, {}, pages, 0.0, as_json=False)
    if there := len(imported) - len(new):
        count = drawing.counted(there, "bundled sample is", "bundled samples are")
        click.echo(f"{count} in the table already; nothing of them was imported again.")
    with drawing.counting(quiet=False) as report:
        runs = sync_recorded(home, Told(report))
    for source, run in runs.items():
        stripe.synced(source, queries.sync_of(home.published, run), as_json=False)
