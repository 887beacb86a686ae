"""Words that mean something in the company of others: `H` is money in beside `S`, `processing` a paid order in a shop.

Lives here: the senses of the words of a list in `schemas/vocabulary/`, and which of them holds in a column. Not here:
what follows from a meaning (`payment_statuses.py`, `payment_directions.py`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from pipelines.language.spelling import normalise
from schemas.wordlists import wordlist


@dataclass(frozen=True)
class Sense:
    """A meaning of a word: where one of `beside` stands near it, or anywhere if there are none.

    `tells`: in which columns the word by itself says what the column is; blank in none.
    """

    meaning: str
    beside: frozenset[str]
    tells: str = ""


def folded(word: str) -> str:
    """A word as it is compared: without case, accents and separators; a sign stays itself."""
    return normalise(word) or word.strip()


def company(words: Iterable[str], titles: Iterable[str]) -> frozenset[str]:
    """What stands near a word: the folded words of its column, the words of titles (`paid`, `title paid`)."""
    named = {word for title in titles for word in normalise(title).split()}
    return frozenset(words) | named | {f"title {word}" for word in named}


def sense_of(word: str, name: str, around: Collection[str]) -> Sense | None:
    """The one sense that a folded word of a list has near these others; None for an unknown word, or where two hold.

    A sense that finds its company goes before one that needs none.
    """
    senses = _senses(name).get(word, ())
    met = [sense for sense in senses if not sense.beside.isdisjoint(around)]
    # Two senses of one meaning do not contradict each other.
    found = {sense.meaning: sense for sense in met or [sense for sense in senses if not sense.beside]}
    return next(iter(found.values())) if len(found) == 1 else None


@cache
def _senses(name: str) -> dict[str, tuple[Sense, ...]]:
    """Each word's senses by the folded word."""
    found: dict[str, tuple[Sense, ...]] = {}
    for line in wordlist(name):
        beside = frozenset(folded(word) for word in line["beside"].split("|") if word)
        sense = Sense(line["meaning"], beside, line.get("tells", ""))
        found[folded(line["word"])] = (*found.get(folded(line["word"]), ()), sense)
    return found
