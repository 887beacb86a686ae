"""The options that say how files are read, the same for a preview and an import.

Lives here: the options, and what was typed as the form of a job. Not here: the commands (`commands/`).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.cli import completion
from assets.cli.output import drawing
from pipelines.configuration.asked import OVERLAPS
from pipelines.errors import WrongUse
from pipelines.home import DEFAULT_SOURCE

if TYPE_CHECKING:
    from pipelines.configuration.settings import Sources

LIST_FILE = click.Path(exists=True, path_type=Path)
"""A file that is there, or a folder of files."""


def lists_in(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, and of a folder the lists in it; what of it is left is said."""
    from pipelines.intake.inbox import lists_of_folder

    found: list[Path] = []
    for path in paths:
        lists, left = lists_of_folder(path) if path.is_dir() else ([path], "")
        if left:
            click.echo(left, err=True)
        found += lists
    return found


FILE_OPTIONS = (
    click.option(
        "--source",
        default=DEFAULT_SOURCE,
        show_default=True,
        help="The source the files are for.",
        shell_complete=completion.sources,
    ),
    click.option(
        "--profile", help="Validate by this profile instead of the source's.", shell_complete=completion.profiles
    ),
    click.option("--map", "mapping", multiple=True, metavar="HEADER=FIELD", help="What a column means."),
    click.option("--ignore", multiple=True, metavar="HEADER", help="A column to leave out."),
    click.option("--locale", help="How undecidable numbers and dates are read: fr, en, pl, de…"),
    click.option("--encoding", help="How the text is encoded, where it is not found out: cp1250, utf-16…"),
    click.option("--delimiter", help="What stands between cells; 'tab' for a tab."),
    click.option("--header-row", type=int, help="The row of the titles, as a spreadsheet counts."),
    click.option("--sheet", help="The sheet of a workbook."),
    click.option("--on-overlap", type=click.Choice(OVERLAPS), help="For a file that repeats an earlier one."),
    click.option("--as-of", metavar="YYYY-MM-DD", help="The day priorities are counted to; default: today, UTC."),
)


def hint_of_source(sources: "Sources", name: str) -> str:
    """What to say of a source that is not declared and looks like one that is; nothing of any other."""
    from pipelines.configuration.yaml_documents import meant

    near = None if name in (*sources.sources, *sources.unusable, DEFAULT_SOURCE) else meant(name, sources.sources)
    return f"{name} is not declared in sources.yaml and takes the profile default{near}" if near else ""


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how files are read, the same for a preview and an import."""
    for option in reversed(FILE_OPTIONS):
        command = option(command)
    return command


def as_form(options: dict[str, Any]) -> dict[str, Any]:
    """The options as the typed form of a job; WrongUse where one is none."""
    return options | {
        "mapping": dict(_pair(text) for text in options["mapping"]),
        "ignore": list(options["ignore"]),
        "as_of": drawing.day(options["as_of"]),
        "delimiter": "\t" if options["delimiter"] == "tab" else options["delimiter"],
    }


def _pair(text: str) -> tuple[str, str]:
    header, equals, field = text.rpartition("=")
    if not equals:
        raise WrongUse(f"--map {text!r}: write it as HEADER=FIELD, for example --map 'Mail=email'")
    return header, field
