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


def leaving(merges: list[Pair], one: str) -> list[Pair]:
    """The merges to take back so that somebody is one no longer with whom they are part of, or with whoever is part of
    them: their own, and any that would still join them.
    """
    told = heads(merges)
    head = told.get(one, one)
    taken = [pair for pair in merges if pair[head != one] == one]
    for other in [each for each in sorted(told) if told[each] == head and each != one and head in (one, each)]:
        while merge := joining([pair for pair in merges if pair not in taken], one, other):
            taken.append(merge)
    return taken


def apart(choices: Iterable[Choice]) -> set[frozenset[str]]:
    """The pairs of whoever stands for somebody now who are decided to be two."""
    told = heads(last_words(choices := list(choices), are_one=True))
    ends = ((told.get(one, one), told.get(other, other)) for one, other in last_words(choices, are_one=False))
    return {frozenset(pair) for pair in ends if pair[0] != pair[1]}
