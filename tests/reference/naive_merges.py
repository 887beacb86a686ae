"""Who is one with whom, naively: every decision once more, and everybody looked at.

Lives here: what decisions come to. Not here: what follows for rows (`naive_ledger.py`).
"""

from collections.abc import Iterable

from tests.reference.facts import Choice

Pair = tuple[str, str]


def last_words(choices: Iterable[Choice], are_one: bool) -> list[Pair]:
    """The pairs of whom the last word is that they are one, or two, in the order in which it was said."""
    said: list[tuple[bool, Pair]] = []
    for choice in choices:
        for pair in () if choice.undone else choice.pairs:
            said = [each for each in said if {*each[1]} != {*pair}] + [(choice.are_one, pair)]
    return [pair for one, pair in said if one == are_one]


def heads(merges: Iterable[Pair]) -> dict[str, str]:
    """Who stands for whoever was ever part of a merge: one after the other, with all that came to them before."""
    told: dict[str, str] = {}
    for survivor, other in merges:
        stays, goes = told.get(survivor, survivor), told.get(other, other)
        told |= {each: stays for each in (*told, survivor, other) if told.get(each, each) in (stays, goes)}
    return told


def joining(merges: list[Pair], one: str, other: str) -> Pair | None:
    """The merge that made two one; None of two who are two."""
    for count, merge in enumerate(merges, 1):
        told = heads(merges[:count])
        if told.get(one, one) == told.get(other, other):
            return merge
    return None
