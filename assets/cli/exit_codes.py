"""How every command answers: exit codes, errors without a traceback, wrong usage, no key in any of it.

Lives here: what all commands share. Not here: the commands (`commands/`).
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from io import StringIO
from typing import TYPE_CHECKING, Any

import click

from assets.cli.unexpected_errors import surprise
from assets.instance.environment import environment, home_of, prepare_home, sources_of, wait_of
from assets.instance.permissions import guard
from assets.instance.redact_logs import redact_logs
from assets.instance.stop_signals import answer_stands, stoppable
from pipelines.errors import CustomersError, WrongUse
from pipelines.home import Home
from pipelines.interrupts import interrupted
from pipelines.stripe.api.keys import redacted
from pipelines.warehouse.home_swap import finish_decided
from pipelines.warehouse.write_lock import Turn, taking_turns

if TYPE_CHECKING:  # what is declared is long to import, and `--help` and questions do without
    from pipelines.configuration.settings import Sources

STOPPED = "Stopped. Ask again: whatever was done already is not done twice."
DONE, WITH_REJECTS, REFUSED, WRONG_USE = 0, 1, 2, 3

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, for scripts.")


def prepared_home() -> Home:
    """The folders of CUSTOMERS_HOME, with those made that people look for first."""
    home = home_of(environment())
    guard(home, sources_of(environment()))
    prepare_home(home)
    finish_decided(home.root)
    if home.erasing.exists():
        click.echo("An erasure is not finished; `customers erase` finishes it.", err=True)
    return home


def declared_sources() -> "Sources":
    """The sources that are declared and can be used, the others are told of; WrongUse for a fault of the whole file."""
    from pipelines.configuration.sources_file import usable_sources

    sources = usable_sources(sources_of(environment()))
    for fault in sources.unusable.values():
        click.echo(redacted(f"Left out until it is mended; the other sources work: {fault}"), err=True)
    return sources


def answers(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn a command's result or error into an exit code; errors say what to do next, without a traceback."""

    @wraps(command)
    def answered(*arguments: Any, **options: Any) -> None:
        sys.exit(_answered(lambda: command(*arguments, **options), f"customers {command.__name__.strip('_')}"))

    return answered


def _answered(command: Callable[[], int | None], name: str) -> int:
    """The exit code of a command: one of the contract's four, whatever happens."""
    # Whether the answer reached somebody: if not, the next call for the same tells it.
    shown = False
    try:
        with taking_turns(Turn(name, wait_of(environment()), tell)):
            code = command() or DONE
            # A closed pipe fails here, while the run's answer still counts as not told.
            sys.stdout.flush()
        answer_stands()
        shown = True
    except (click.ClickException, click.Abort, click.exceptions.Exit, SystemExit, GeneratorExit):
        raise
    # Not `Exception`: the end by a signal and a native panic are none, and the contract has no fifth exit code.
    except BaseException as error:
        answer_stands()
        code = _tell_error(error, name)
    finally:
        _note_heard(shown)
    return code


def _note_heard(shown: bool) -> None:
    """Note that a run's answer was heard; a command that ran nothing has not imported what knows of runs."""
    if "pipelines.intake.attempts" in sys.modules:
        from pipelines.intake import attempts

        attempts.heard(shown)


def _tell_error(error: BaseException, name: str) -> int:
    """Say what went wrong; the exit code for it. Whatever fails once a signal came fails for that."""
    if isinstance(error, WrongUse):
        tell(f"Error: {error}")
        return WRONG_USE
    # First of all: an interrupt often ends a library half-way, with an error of its own that says nothing true.
    if interrupted() or not isinstance(error, Exception):  # an interrupt, as Python or as Dagster raises it
        tell(STOPPED)
    elif isinstance(error, CustomersError | OSError):  # a full disk, a folder that may not be written to
        tell(f"Error: {error}")
    else:
        tell(f"Error: {surprise(home_of(environment()), name, error)}")
    return REFUSED


def tell(text: str) -> None:
    """To the error output, where there still is one: a closed terminal takes nothing."""
    # A terminal that was closed must not turn the exit code into another one.
    with suppress(OSError):
        click.echo(redacted(text), err=True)


class Main(click.Group):
    """Wrong usage is exit code 3 (contract page 3)."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run a command; a key that was written where none belongs is not shown again."""
        redact_logs()
        with stoppable():
            return self._main(*arguments, **options)

    def _main(self, *arguments: Any, **options: Any) -> Any:
        try:
            # In standalone mode click would end wrong usage with its own code 2, which means refused here.
            return super().main(*arguments, **{**options, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else "")
            sys.exit(WRONG_USE)
        except click.ClickException as error:
            shown = StringIO()
            # Shown into a text first: click writes to the terminal by itself, past the removal of keys.
            error.show(file=shown)
            click.echo(redacted(shown.getvalue()), err=True, nl=False)
            sys.exit(WRONG_USE)
        except (click.Abort, KeyboardInterrupt):
            sys.exit(REFUSED)
        finally:
            answer_stands()
            _let_go_of_output()


def _let_go_of_output() -> None:
    """What cannot be written now cannot be written at the end either, where Python would end with a code of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with open(os.devnull, "w", encoding="utf-8") as nowhere:
                # Python flushes once more at exit, and would end with code 120 where that fails.
                os.dup2(nowhere.fileno(), stream.fileno())
