"""The lists of words in `schemas/vocabulary/`: what a word of a file means, in which language, by which source.

Lives here: reading a list, once. Not here: folding case, accents and separators, and what follows from a meaning
(`pipelines/parsing/words/`).
"""

import csv
from functools import cache
from importlib import resources


@cache
def wordlist(name: str) -> tuple[dict[str, str], ...]:
    """The lines of a list in their order, each by its columns.

    A list of words has `word`, `language`, `meaning` and `source` among them; tables of other things (currencies,
    titles, countries, formats, what profiles ask for) have the columns that these need.

    Args:
        name: of the list, without its folder and ending.

    Returns:
        A line per word and sense; text as it is written in the list, nothing folded.
    """
    text = resources.files(__package__).joinpath("vocabulary", f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache  # asked for each reason: without it ten thousand rejected rows took half a second
def proposed(name: str, language: str) -> str:
    """The words of a list that a message proposes to a sender of this language, as one text."""
    return ", ".join(line["word"] for line in wordlist(name) if line["proposed"] and line["language"] == language)
