"""The options that say how files are read, the same for a preview and an import.

Lives here: the options, and what was typed as the form of a job. Not here: the commands (`commands/`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from assets.cli.output import drawing
from pipelines.configuration.settings import DEFAULT_SOURCE
from pipelines.errors import WrongUse


class ListFile(click.Path):
    """A file that is there; of a folder, what to do with it."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, checked."""
        if Path(value).is_dir():
            self.fail(
                f"{value} is a folder: name its files, as in {Path(value) / '*'}, or put them into the folder "
                "inbox/SOURCE/ of CUSTOMERS_HOME and run `customers import` without a file",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


OVERLAPS = ("add", "replace", "skip_identical")


FILE_OPTIONS = (
    click.option("--source", default=DEFAULT_SOURCE, show_default=True, help="The source the files are for."),
    click.option("--profile", help="Validate by this profile instead of the source's."),
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
