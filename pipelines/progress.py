"""How long work tells where it is: a call per stage, to whoever shows it."""

from collections.abc import Callable

Report = Callable[[str], None]

FILE_STAGES = ("reading", "validating")
"""Told for each file, with its name."""

COMMIT_STAGES = ("committing", "folding customers", "checking", "publishing")
"""Told once for all files that are committed together."""


def silent(_: str) -> None:
    """Tell nobody."""
