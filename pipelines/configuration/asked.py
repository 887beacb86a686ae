"""What a person asks for in words: a day, one of a few choices. The same sentence for a command and a job's form.

Lives here: reading such a word. Not here: who asks (`assets/`), what `sources.yaml` declares (`settings.py`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypeVar

from pipelines.errors import WrongUse

OnOverlap = Literal["add", "replace", "skip_identical"]
OVERLAPS: tuple[OnOverlap, ...] = ("add", "replace", "skip_identical")
"""What can become of an import that largely repeats an earlier one."""

Choice = TypeVar("Choice", bound=str)

EXPORTED_AS = ("csv", "xlsx", "parquet")
"""As which kinds of files tables are exported."""


def day_of(text: str | None) -> date | None:
    """A day written as YYYY-MM-DD; None where none is said. Raises WrongUse for anything else."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{text!r} is not a day; write it as YYYY-MM-DD") from None


def choice_of(text: str, allowed: Sequence[Choice]) -> Choice:
    """One of a few words. Raises WrongUse, with all of them, for another one."""
    for each in allowed:
        if each == text:
            return each
    raise WrongUse(f"{text!r} is not one of {', '.join(map(repr, allowed))}.")


def filled_in(value: object) -> None:
    """Raises WrongUse where a form still holds an example, such as <your name>."""
    if isinstance(value, dict):
        for inner in value.values():
            filled_in(inner)
    elif isinstance(value, list):
        for inner in value:
            filled_in(inner)
    elif isinstance(value, str) and value.startswith("<") and ">" in value:
        raise WrongUse(f"the form still says {value}: write your own in its place and launch again")
