"""The ways to read a column title: as a whole, and what is left of it without the words around what it means.

Lives here: hints, numbers, currencies and the words that leave a meaning as it is (`title_qualifiers.csv`), set aside.
Not here: what the words left mean (`known_titles.py`), spelling (`pipelines/language/spelling.py`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from pipelines.language.spelling import Words, normalise, words_of
from pipelines.titles.amount_titles import read_amount_title
from pipelines.titles.title_grammar import MADE, PERSONS, without_owners
from schemas.fields import Grain
from schemas.wordlists import choice, wordlist, words

HINTS = frozenset(map(normalise, words("small_words", "hint")))
"""Words in brackets that say how to fill a column in, not what it means."""

BOTH_LINES = re.compile(rf"\b1 ?(?:[&+/,-]|{choice('small_words', 'and')}) ?2\b", re.IGNORECASE)
"""Both lines of an address in one column: `Address 1&2 (Billing)`."""


@dataclass(frozen=True)
class Qualifier:
    """Words around a title that leave its meaning as it is, for the fields of their scope, at a cost of strength."""

    words: Words
    place: Literal["apart", "joined"]
    scope: Literal["any", "reach", "extra", "contact", "owner"]
    cost: int


@dataclass(frozen=True)
class Reading:
    """One way to read a title: the words left, and what was set aside to come to them."""

    words: Words
    number: int = 0
    qualifiers: tuple[Qualifier, ...] = ()
    amount_only: bool = False


OWNERS = (
    (frozenset({"person", "billing"}), Qualifier((), "apart", "owner", 1)),
    (frozenset({"person", "billing", "sender"}), Qualifier((), "apart", "owner", 2)),
    (PERSONS | {"sender"}, Qualifier((), "apart", "owner", 3)),
    (frozenset({"person", "billing", "sender"}) | MADE, Qualifier((), "apart", "reach", 3)),
)
"""Roles of words that say whose a column is: the customer's, who sends the money; the payment's contact is they."""


@cache
def qualifiers() -> tuple[Qualifier, ...]:
    """The words around titles, longest first."""
    listed = [
        Qualifier(words_of(row["words"]), row["place"], row["scope"], int(row["cost"]))  # type: ignore[arg-type]  # text, held to these words by a test of the table
        for row in wordlist("title_qualifiers")
    ]
    # The longest first, so that no shorter one leaves a part of it behind.
    return tuple(sorted(listed, key=lambda qualifier: -len(qualifier.words)))


def readings_of(title: str) -> tuple[list[Reading], list[Reading]]:
    """The ways to read a title: as a whole, without hints and number; and what is left without words around it."""
    bare = re.sub(r"[(\[]([^)\]]*)[)\]]", lambda found: "" if _is_hint(found[1]) else found[0], title)
    bare = BOTH_LINES.sub("", bare)
    whole = list(dict.fromkeys([Reading(words_of(title)), Reading(words_of(bare)), *_without_currency(bare)]))
    plain = [*whole, *(numbered for reading in whole for numbered in _without_number(reading))]
    once = [shorter for reading in plain for shorter in _without_qualifier(reading)]
    twice = [shorter for reading in once for shorter in _without_qualifier(reading)]
    # Three at most: each one costs a pass over all of them.
    return plain, [*once, *twice, *(shorter for reading in twice for shorter in _without_qualifier(reading))]


def without_owner(plain: Sequence[Reading], grain: Grain, language: str | None) -> list[Reading]:
    """What is left of a title without the person that it is of, in a list of payments without the payment too."""
    return [
        replace(reading, words=words, qualifiers=(*reading.qualifiers, qualifier))
        for roles, qualifier in (OWNERS if grain == "payment" else OWNERS[:1] + OWNERS[2:3])
        for reading in plain
        for words in without_owners(reading.words, roles, language)
    ]


def _is_hint(text: str) -> bool:
    """`(required)`, `(0/1)`, `(yyyy-mm-dd)`, `(x,y,z...)`: how to write a value, never what it means."""
    words = normalise(text).split()
    return all(word in HINTS or word.isdigit() or len(set(word)) == 1 for word in words)


def _without_currency(title: str) -> list[Reading]:
    """What is left of a title beside the currency and the unit that it names: an amount, if anything (PIT-107)."""
    told = read_amount_title(title)
    return [Reading(words_of(told.rest), amount_only=True)] if told.mark and normalise(told.rest) else []


def _without_number(reading: Reading) -> list[Reading]:
    digits = [word for word in reading.words if re.fullmatch(r"[1-9]", word)]
    if len(digits) != 1 or len(reading.words) == 1:
        return []
    words = tuple(word for word in reading.words if word != digits[0])
    return [replace(reading, words=words, number=int(digits[0]))]


def _without_qualifier(reading: Reading) -> list[Reading]:
    return [
        replace(reading, words=words, qualifiers=(*reading.qualifiers, qualifier))
        for qualifier in qualifiers()
        for words in _strip(reading.words, qualifier)
        if words
    ]


def _strip(words: Words, qualifier: Qualifier) -> Iterator[Words]:
    """The words without those of a qualifier in front of them and behind them, where they are there."""
    said, count = qualifier.words, len(qualifier.words)
    if qualifier.place == "joined":
        rest = words[0].removeprefix(said[0]) if words else ""
        if rest and rest != words[0]:
            yield words_of(" ".join((rest, *words[1:])))
        return
    if words[:count] == said:
        yield words[count:]
    if words[-count:] == said:
        yield words[:-count]
