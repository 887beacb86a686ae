"""How every command answers: exit codes, errors without a traceback, wrong usage, no key in any of it.

Lives here: what all commands share. Not here: the commands (`cli.py`, `stripe_commands.py`).
"""

import sys
from collections.abc import Callable
from functools import wraps
from io import StringIO
from typing import Any

import click

from assets.redacting import redact_logs
from assets.rights import guard
from assets.surroundings import environment, home_of, prepare_home, sources_of
from pipelines.errors import CustomersError, WrongUse
from pipelines.settings import Home, Sources, read_sources
from pipelines.stripe.keys import redacted

DONE, WITH_REJECTS, REFUSED, WRONG_USE = 0, 1, 2, 3

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, for scripts.")


def prepared_home() -> Home:
    """The folders of CUSTOMERS_HOME, with those made that people look for first."""
    home = home_of(environment())
    guard(home, sources_of(environment()))
    prepare_home(home)
    return home


def declared_sources() -> Sources:
    """The sources that are declared; WrongUse for a fault in them."""
    return read_sources(sources_of(environment()))


def answers(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn a command's result or error into an exit code; errors say what to do next, without a traceback."""

    @wraps(command)
    def answered(*arguments: Any, **options: Any) -> None:
        try:
            code = command(*arguments, **options) or DONE
        except WrongUse as error:
            click.echo(redacted(f"Error: {error}"), err=True)
            code = WRONG_USE
        except (CustomersError, OSError) as error:  # a full disk, a folder that may not be written to
            click.echo(redacted(f"Error: {error}"), err=True)
            code = REFUSED
        sys.exit(code)

    return answered


class Main(click.Group):
    """Wrong usage is exit code 3 (contract page 3)."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run a command; a key that was written where none belongs is not shown again."""
        redact_logs()
        try:
            return super().main(*arguments, **{**options, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else "")
            sys.exit(WRONG_USE)
        except click.ClickException as error:
            shown = StringIO()
            error.show(file=shown)
            click.echo(redacted(shown.getvalue()), err=True, nl=False)
            sys.exit(WRONG_USE)
        except click.Abort:
            sys.exit(REFUSED)
