"""What a person can do, and both its names: the command in a shell and the job in Dagster's UI.

Lives here: the table `vocabulary/actions.csv` as a sentence's part. Not here: the commands and the jobs (`assets/`),
which a test compares with the table.
"""

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple


class Action(NamedTuple):
    """Something to do: how a shell is told to do it, and the job, or for what is only read the asset, in the UI."""

    command: str
    job: str
    kind: str


@cache
def actions() -> dict[str, Action]:
    """Every action by its name."""
    text = resources.files("schemas").joinpath("vocabulary", "actions.csv").read_text("utf-8")
    return {row["action"]: Action(row["command"], row["job"], row["kind"]) for row in csv.DictReader(text.splitlines())}


def both_ways(action: str, **words: str) -> str:
    """The command and the job of an action, as a sentence names them.

    Args:
        action: a name of the table.
        words: what is filled in already, by the placeholder in small letters: `import_id="crm-678ae2851fbb"`.
    """
    found = actions()[action]
    return f"`{command_of(action, **words)}`, or the {found.kind} {found.job} in the UI"


def command_of(action: str, **words: str) -> str:
    """The command of an action with what is known filled in."""
    command = actions()[action].command
    for placeholder, word in words.items():
        command = command.replace(placeholder.upper(), word)
    return command
