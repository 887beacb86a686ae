"""One list of an account: its objects by age, the newest first on every page, and pages of it.

Objects of one second keep the order in which they were added, the last one first. Lives here: order, visibility,
cursors. Not here: the words in which one asks (`account.py`).
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from tests.stripe_peer.answers import rendered
from tests.stripe_peer.objects import Object, deleted


class Place(NamedTuple):
    """Where an object stands: by its second, then by when it was added."""

    created: int
    number: int
    identity: str


class Cut(NamedTuple):
    """The part of a list that is asked for: `gte` <= created < `lt`, after or before an object, so many."""

    gte: int | None = None
    lt: int | None = None
    after: str | None = None
    before: str | None = None
    limit: int = 10


class Shelf:
    """The objects of one list; `made` gives the text of those that are only made when they are read."""

    def __init__(self, made: Callable[[str], bytes] | None = None) -> None:
        self.made = made
        self.order: list[Place] = []
        self.places: dict[str, Place] = {}
        self.bodies: dict[str, bytes] = {}
        self.hidden: dict[str, Callable[[], bool]] = {}
        self.stubs: dict[str, bytes] = {}
        self.number = 0

    def fill(self, objects: Iterable[tuple[int, str]]) -> None:
        """Lay down many objects, oldest first, whose text is made when it is read: instants and ids."""
        filled = [Place(created, number, identity) for number, (created, identity) in enumerate(objects, self.number)]
        self.order += filled
        self.places |= {place.identity: place for place in filled}
        self.number += len(filled)

    def put(self, found: Object, hidden: Callable[[], bool] | None = None) -> None:
        """Add an object, or write it anew. `hidden` tells whether it cannot be seen yet."""
        identity = found["id"]
        number = self.places[identity].number if identity in self.places else self.number
        hidden = hidden or self.hidden.get(identity)
        self.remove(identity)
        self.number += 1
        self.places[identity] = Place(found["created"], number, identity)
        insort(self.order, self.places[identity])
        self.bodies[identity] = rendered(found)
        if hidden is not None:
            self.hidden[identity] = hidden

    def remove(self, identity: str) -> None:
        """Take an object out without a trace."""
        if identity in self.places:
            del self.order[self._index(identity)]
            del self.places[identity]
            self.bodies.pop(identity, None)
            self.hidden.pop(identity, None)

    def delete(self, identity: str) -> None:
        """Take a customer out; its stub stays."""
        self.remove(identity)
        self.stubs[identity] = rendered(deleted(identity))

    def text(self, identity: str) -> bytes | None:
        """An object's text, the stub of a deleted one; none where nobody sees such an object."""
        return self._body(identity) if self.sees(identity) else self.stubs.get(identity)

    def object(self, identity: str) -> Object:
        """An object, seen or not yet. Raises KeyError."""
        decoded: Any = msgspec.json.decode(self._body(self.places[identity].identity))
        return dict(decoded)

    def sees(self, identity: str) -> bool:
        """Whether an object is there for those who ask."""
        return identity in self.places and not (identity in self.hidden and self.hidden[identity]())

    def page(self, cut: Cut, keep: Callable[[Object], bool] | None = None) -> tuple[list[bytes], bool]:
        """The texts of a page, newest first, and whether there is more in the direction of reading."""
        low = 0 if cut.gte is None else bisect_left(self.order, (cut.gte,))
        high = len(self.order) if cut.lt is None else bisect_left(self.order, (cut.lt,))
        high = high if cut.after is None else min(high, self._index(cut.after))
        low = low if cut.before is None else max(low, self._index(cut.before) + 1)
        indices = range(low, high) if cut.before is not None else range(high - 1, low - 1, -1)
        found = self._first(indices, cut.limit + 1, keep)
        texts = [self._body(identity) for identity in found[: cut.limit]]
        return texts[::-1] if cut.before is not None else texts, len(found) > cut.limit

    def _first(self, indices: range, wanted: int, keep: Callable[[Object], bool] | None) -> list[str]:
        found: list[str] = []
        for index in indices:
            identity = self.order[index].identity
            if self.sees(identity) and (keep is None or keep(self.object(identity))):
                found.append(identity)
                if len(found) == wanted:
                    break
        return found

    def _index(self, identity: str) -> int:
        return bisect_left(self.order, self.places[identity])

    def _body(self, identity: str) -> bytes:
        if identity in self.bodies or self.made is None:
            return self.bodies[identity]
        return self.made(identity)
