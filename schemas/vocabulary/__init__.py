"""The words of the field, one table a kind of knowledge: what each says, in which language, from which source.

Lives here: reading those tables. Not here: what follows from a word.
"""

import csv
from functools import cache
from importlib import resources


@cache
def entries(table: str) -> tuple[dict[str, str], ...]:
    """The rows of a table of words beside this module, in its order."""
    text = resources.files(__package__).joinpath(f"{table}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
