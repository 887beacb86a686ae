"""Commands about files: import them, look at them first, write the template that people fill in.

Lives here: arguments, and what each command runs. Not here: how a file is read (`pipelines/intake/`), the options that
say so (`file_options.py`).
"""

import getpass
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.cli import completion
from assets.cli.exit_codes import DONE, REFUSED, WITH_REJECTS, answers, as_json, declared_sources, prepared_home, tell
from assets.cli.file_options import LIST_FILE, as_form, file_options, hint_of_source, lists_in
from assets.cli.output import drawing
from pipelines.errors import WrongUse
from pipelines.reports.paths import reports_of

if TYPE_CHECKING:
    from pipelines.models.staged_file import Outcome
    from pipelines.spreadsheets.templates import TemplateKind

PREVIEW_STAGES = 3
TEMPLATE_KINDS = ("xlsx", "csv")


@click.command("import")
@click.argument("files", nargs=-1, type=LIST_FILE)
@file_options
@as_json
@answers
def import_(files: Sequence[Path], source: str, as_json: bool, **options: Any) -> int:
    """Import FILES, of a folder the lists in it; without any, everything that waits in the inbox."""
    from assets.cli import run_job
    from assets.cli.output import outcomes
    from pipelines.publishing import queries

    home, files = prepared_home(), lists_in(files)
    sources = declared_sources()  # a fault in it, or in the source that is meant, is told before anything starts
    if files and source in sources.unusable:
        raise WrongUse(sources.unusable[source])
    if options["profile"] is not None:
        sources.profile(options["profile"])
    if files and (hint := hint_of_source(sources, source)):
        tell(hint)
    config = as_form(options) | {"imported_by": getpass.getuser()}
    with drawing.working(run_job.stage_count(home, files), quiet=as_json) as report:
        finished = run_job.import_files(home, files, source, config, run_job.Told(report))
    if finished.outcomes or not finished.failure:
        rejected = [outcome.import_id for outcome in finished.outcomes if outcome.reject_codes and not as_json]
        examples = queries.first_reasons(home.published, rejected) if rejected else {}
        pages = reports_of(home, [outcome.import_id for outcome in finished.outcomes])
        outcomes.imports(finished.outcomes, examples, pages, finished.seconds, as_json)
    if finished.failure:
        raise finished.failure
    for reason in finished.unread:  # no error of the command: what became of the others is told, and not told again
        tell(f"Error: {reason}")
    return max([*(_code(outcome) for outcome in finished.outcomes), REFUSED if finished.unread else DONE])


@click.command()
@click.argument("files", nargs=-1, required=True, type=LIST_FILE)
@file_options
@click.option("--save-mapping", is_flag=True, help="Store the shown mapping for the source.")
@as_json
@answers
def preview(files: Sequence[Path], source: str, save_mapping: bool, as_json: bool, **options: Any) -> int:
    """Show how FILES are understood and what importing them would do; writes nothing to the warehouse."""
    from assets.cli.output import outcomes
    from pipelines.intake.import_request import Options, Request
    from pipelines.intake.inbox import arrival_of
    from pipelines.ledger import previews

    home, sources, files = prepared_home(), declared_sources(), lists_in(files)
    if hint := hint_of_source(sources, source):
        tell(hint)
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
    outcomes.previews(shown_files, as_json)
    return max(_code(shown.outcome) for shown in shown_files)


def _code(outcome: "Outcome") -> int:
    from schemas.codes import to_be_looked_at

    if outcome.status in ("refused", "failed"):
        return REFUSED
    decided = outcome.status == "done" and not outcome.rows_rejected
    return DONE if decided and not to_be_looked_at(outcome.warnings) else WITH_REJECTS


@click.command()
@click.argument("profile", shell_complete=completion.profiles)
@click.option("--format", "kind", type=click.Choice(TEMPLATE_KINDS), help="Default: xlsx where the profile takes it.")
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Default: templates/PROFILE.FORMAT in CUSTOMERS_HOME.",
)
@as_json
@answers
def template(profile: str, kind: "TemplateKind | None", path: Path | None, as_json: bool) -> None:
    """Write the template of PROFILE: its titles, what each must hold, an example."""
    from pipelines.spreadsheets import templates

    wanted = declared_sources().profile(profile)
    chosen = templates.template_kind(wanted, kind)
    target = path or prepared_home().templates / f"{wanted.name}.{chosen}"
    templates.write_template(wanted, chosen, target)
    columns = [{"title": column.title, "field": column.field} for column in wanted.template]
    if as_json:
        drawing.dump({"profile": wanted.name, "path": str(target), "columns": columns})
        return
    click.echo(f"template of {wanted.name} written to {target}")
    click.echo(f"columns: {', '.join(column['title'] for column in columns)}")
