"""The lists of words in `schemas/vocabulary/`: what a word of a file means, in which language, by which source.

Lives here: reading a list, once; its words of one meaning, also as a pattern. Not here: folding case, accents and
separators, and what follows from a meaning (`pipelines/parsing/words/`).
"""

import csv
import re
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


@cache
def words(name: str, *meanings: str) -> tuple[str, ...]:
    """The words of a list with one of these meanings, each once, as written; all where none is named."""
    lines = wordlist(name)
    # A word stands once per language in the list, and may be the same in several.
    return tuple(dict.fromkeys(line["word"] for line in lines if not meanings or line["meaning"] in meanings))


def choice(name: str, *meanings: str) -> str:
    """These words as the alternatives of a pattern, the longest first; polars and `re` read it alike."""
    # The longest first, for an alternation takes the first that fits: "no" would win over "not known".
    return "|".join(re.escape(word) for word in sorted(words(name, *meanings), key=len, reverse=True))


@cache  # asked for each reason: without it ten thousand rejected rows took half a second
def proposed(name: str, language: str) -> str:
    """The words of a list that a message proposes to a sender of this language, as one text."""
    return ", ".join(line["word"] for line in wordlist(name) if line["proposed"] and line["language"] == language)
