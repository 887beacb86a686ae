"""Parts of a list: what is still to fetch of it, and what remains of a part after a page of it.

Lives here: pure arithmetic on ranges; nothing is ever changed in place. Not here: who fetches (`run.py`), where
ranges are kept (`store.py`).

A range is all of a list that was created in `gte` <= created < `lt` and comes after the object `cursor`. Cutting one
in two never loses anything: the older half has its own bounds and no cursor, the newer half keeps the cursor and the
second in which the page ended, so that only the cursor tells objects of one second apart (PIT-79).
"""

from itertools import pairwise
from typing import NamedTuple

from pipelines.stripe.api.protocol import Query, Stream

PARTS = 2
MIN_SECONDS = 30
MIN_PAGES = 2
"""A range is cut while each part is so long, also if it is as dense as the last page; below, a cut costs more than it
gives: each part ends with a page that is not full."""


class Range(NamedTuple):
    """What is still to fetch of a list. `seen`: when the object `cursor` was created, where that is known."""

    stream: Stream
    gte: int | None = None
    lt: int | None = None
    cursor: str | None = None
    seen: int | None = None

    @property
    def query(self) -> Query:
        """The next page of this range, in the words of an account."""
        return Query(self.stream, self.gte, self.lt, self.cursor)


class Facts(NamedTuple):
    """What a page tells of the rest: whether there is more, its last object, when that one was created.

    `seen` is None where nothing follows from it: the time is not known, or the page is not newest first. `seconds`:
    from its first object to its last.
    """

    more: bool
    last: str | None
    seen: int | None = None
    seconds: int = 0


def first_range(stream: Stream, since: int | None, until: int, *, sequential: bool) -> Range:
    """The one range that a list begins with; a sequential one says nothing of time (stripe.md section 1.1)."""
    return Range(stream) if sequential else Range(stream, since or 0, until)


def children(parent: Range, facts: Facts, *, idle: bool) -> tuple[Range, ...]:
    """What remains of a range after a page of it: nothing, the rest, or, while workers are idle, the rest in parts."""
    if not facts.more:
        return ()
    # The newer part keeps the cursor: hundreds of objects may share the second in which the page ended.
    rest = parent._replace(cursor=facts.last, seen=facts.seen)
    # Parts only cost requests while nobody has time for them.
    if not idle or parent.gte is None or facts.seen is None:
        return (rest,)
    length = (facts.seen - parent.gte) // PARTS
    if length < max(MIN_SECONDS, MIN_PAGES * facts.seconds):
        return (rest,)
    cuts = [parent.gte + length * part for part in range(PARTS)]
    older = (Range(parent.stream, gte, lt) for gte, lt in pairwise(cuts))
    return (*older, rest._replace(gte=cuts[-1]))


def restarted(lost: Range) -> Range:
    """A range without its cursor, whose object is gone, from the last second seen (stripe.md scenario 29).

    What was created in that second comes again and counts once by its id. Without bounds nothing is known of the
    order of the list, so it is read again from its beginning.
    """
    if lost.gte is None or lost.seen is None:
        return lost._replace(cursor=None, seen=None)
    bound = lost.seen + 1 if lost.lt is None else min(lost.lt, lost.seen + 1)
    return Range(lost.stream, lost.gte, bound)
