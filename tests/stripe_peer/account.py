"""An account in memory: it answers as Stripe's API does, and changes under the reader's hands where a test says so.

Lives here: what is asked, by whom, and what is said to it; `InProcess`, which is asked in the product's own words.
Not here: objects (`objects.py`), their order (`shelf.py`), the wire (`server.py`), what happens to them (`changes.py`).
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from pipelines.errors import (
    CursorGone,
    KeyRefused,
    ObjectGone,
    PermissionMissing,
    RequestRefused,
    StripeUnavailable,
)
from pipelines.stripe.api.protocol import Query, Stream
from tests.stripe_peer import answers, objects
from tests.stripe_peer.answers import PERMISSIONS, Answer
from tests.stripe_peer.contract import BOUNDS, LISTS, parameters_of
from tests.stripe_peer.objects import Object
from tests.stripe_peer.shelf import Cut, Shelf

KEY = "rk_test_peer1NobodyPaysForThis"
READS = frozenset({"charges", "customers", "invoices", "refunds"})
"""What the documented key may read (stripe.md 0.1, 4.4), and the refunds that come with charges."""

EVERYTHING = frozenset(PERMISSIONS)
FILTERS = {"charges": {"customer", "payment_intent"}, "customers": {"email"}, "refunds": {"charge", "payment_intent"}}
NOT_BUILT = {"expand", "test_clock", "transfer_group", "type", "types", "delivery_success", "status", "subscription"}


class Key(NamedTuple):
    """A key of the account: what it may read, and whether it had its time."""

    allowed: frozenset[str] = READS
    expired: bool = False


class Refused(Exception):
    """An answer that ends the matter."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.body)


class FakeAccount:
    """An account; safe to be asked and changed by several threads."""

    def __init__(
        self,
        found: Sequence[Object] = (),
        *,
        identity: str = objects.ACCOUNT,
        keys: Mapping[str, Key] | None = None,
        lost_cursor: int = 400,
    ) -> None:
        """`found`: its first objects, oldest first within a second; `lost_cursor`: the status of an unknown cursor."""
        self.identity = identity
        self.keys = dict(keys or {KEY: Key()})
        self.lost_cursor = lost_cursor
        self.now = 0
        self.asked: Counter[str] = Counter()
        self.shelves = {stream: Shelf() for stream in LISTS}
        self._hooks: dict[tuple[str, int], Callable[[FakeAccount], object]] = {}
        self._lock = threading.RLock()
        self.add(*found)

    def add(self, *found: Object, after_requests: int = 0, from_time: int = 0) -> None:
        """Put objects there, or write those of the same id anew.

        They are seen once their list was asked for `after_requests` pages, and `now` is `from_time`.
        """
        for one in found:
            stream = f"{one['object']}s"
            late = after_requests or from_time
            with self._lock:
                self.shelves[stream].put(one, self._until(stream, after_requests, from_time) if late else None)

    def get(self, identity: str) -> Object:
        """An object of the account, whoever may see it. Raises KeyError."""
        with self._lock:
            return self._shelf(identity).object(identity)

    def change(self, identity: str, **fields: Any) -> None:
        """Write fields of an object anew."""
        with self._lock:
            self._shelf(identity).put(self.get(identity) | fields)

    def delete(self, identity: str) -> None:
        """Delete a customer as Stripe does: out of the list, its stub stays, its charges stay."""
        with self._lock:
            self.shelves["customers"].delete(identity)

    def vanish(self, identity: str) -> None:
        """Take an object out without a trace, as Stripe never does."""
        with self._lock:
            self._shelf(identity).remove(identity)

    def before(self, stream: str, number: int, do: Callable[["FakeAccount"], object]) -> None:
        """Do something just before the list's `number`-th page is answered, counted from 1.

        Where it returns an Answer, that is what is said instead.
        """
        self._hooks[stream, number] = do

    def ids(self, stream: str) -> list[str]:
        """The ids of a list, newest first, whoever may see them."""
        with self._lock:
            return [place.identity for place in reversed(self.shelves[stream].order)]

    def answer(self, method: str, path: str, parameters: Mapping[str, str], key: str | None) -> Answer:
        """What Stripe says to a request; `parameters` as they stand in its address, such as `created[gte]`."""
        endpoint, _, identity = path.removeprefix("/v1/").partition("/")
        with self._lock:
            try:
                self._permit(method, endpoint, key)
                if endpoint == "account":
                    return Answer(200, answers.rendered(objects.account(self.identity)))
                return self._one(endpoint, identity) if identity else self._page(endpoint, parameters)
            except Refused as refused:
                return refused.answer

    def _permit(self, method: str, endpoint: str, key: str | None) -> None:
        if not key:
            raise Refused(answers.no_key())
        if key not in self.keys:
            raise Refused(answers.wrong_key(key))
        if self.keys[key].expired:
            raise Refused(answers.expired_key(key))
        if endpoint not in PERMISSIONS:
            raise Refused(answers.no_such_address(method, f"/v1/{endpoint}"))
        permission = PERMISSIONS[endpoint] if method == "GET" else PERMISSIONS[endpoint].replace("_read", "_write")
        if endpoint not in self.keys[key].allowed or method != "GET":
            raise Refused(answers.not_allowed(key, self.identity, permission))

    def _one(self, stream: str, identity: str) -> Answer:
        text = self.shelves[stream].text(identity)
        return answers.no_such(LISTS[stream], identity) if text is None else Answer(200, text)

    def _page(self, stream: str, parameters: Mapping[str, str]) -> Answer:
        self.asked[stream] += 1
        hook = self._hooks.get((stream, self.asked[stream]))
        if hook is not None and isinstance(said := hook(self), Answer):
            return said
        self._know(stream, parameters)
        shelf = self.shelves[stream]
        for cursor in ("starting_after", "ending_before"):
            if cursor in parameters and not shelf.sees(parameters[cursor]):
                raise Refused(answers.no_such(LISTS[stream], parameters[cursor], cursor, self.lost_cursor))
        wanted = {name: parameters[name] for name in FILTERS.get(stream, ()) if name in parameters}
        keep = (lambda found: all(found[name] == value for name, value in wanted.items())) if wanted else None
        return answers.page(stream, *shelf.page(_cut(parameters), keep))

    def _know(self, stream: str, parameters: Mapping[str, str]) -> None:
        """Refuse parameters that the SDK does not know, bounds that do not exist, and what is not built here."""
        for name in parameters:
            base, _, bound = name.rstrip("]").partition("[")
            if base not in parameters_of(stream) or (base == "created" and bound and bound not in BOUNDS):
                raise Refused(answers.refused(400, f"Received unknown parameter: {name}", "parameter_unknown", name))
            if base in NOT_BUILT:
                raise Refused(answers.refused(400, f"This peer does not do what {name} asks for", None, name))
        if {"starting_after", "ending_before"} <= set(parameters):
            text = "You cannot parameterize with both ending_before and starting_after."
            raise Refused(answers.refused(400, text, "parameters_exclusive"))

    def _until(self, stream: str, requests: int, instant: int) -> Callable[[], bool]:
        start = self.asked[stream]
        return lambda: self.asked[stream] - start <= requests > 0 or self.now < instant

    def _shelf(self, identity: str) -> Shelf:
        for shelf in self.shelves.values():
            if identity in shelf.places:
                return shelf
        raise KeyError(identity)


def _cut(parameters: Mapping[str, str]) -> Cut:
    """The part of a list that parameters ask for, every bound made half-open."""
    numbers = {name: _whole(name, text) for name, text in parameters.items() if name.startswith(("created", "limit"))}
    limit = numbers.get("limit", 10)
    if not 1 <= limit <= 100:
        text = "This value must be less than or equal to 100." if limit > 100 else "This value must be greater than 0."
        raise Refused(answers.refused(400, text, "parameter_invalid_integer", "limit"))
    exact = numbers.get("created")
    lows = [numbers.get("created[gte]"), _next(numbers.get("created[gt]")), exact]
    highs = [numbers.get("created[lt]"), _next(numbers.get("created[lte]")), _next(exact)]
    gte = max((low for low in lows if low is not None), default=None)
    lt = min((high for high in highs if high is not None), default=None)
    return Cut(gte, lt, parameters.get("starting_after"), parameters.get("ending_before"), limit)


def _whole(name: str, text: str) -> int:
    if not text.isdecimal():
        raise Refused(answers.refused(400, f"Invalid integer: {text}", "parameter_invalid_integer", name))
    return int(text)


def _next(instant: int | None) -> int | None:
    return None if instant is None else instant + 1


class InProcess(FakeAccount):
    """The account asked in the product's own words, without a wire; safe to be asked by several threads."""

    key = KEY

    def page(self, query: Query) -> bytes:
        """The body of a page. Raises as `protocol.Account` says; a hook may raise whatever it likes."""
        asked = {
            "limit": query.limit,
            "created[gte]": query.gte,
            "created[lt]": query.lt,
            "starting_after": query.cursor,
        }
        told = {name: str(value) for name, value in asked.items() if value is not None}
        return _body_of(self.answer("GET", f"/v1/{query.stream}", told, self.key))

    def one(self, stream: Stream, identity: str) -> bytes:
        """One object's body."""
        return _body_of(self.answer("GET", f"/v1/{stream}/{identity}", {}, self.key))


def _body_of(answer: Answer) -> bytes:
    """The body of an answer that is one; else the product's own error."""
    if answer.status == 200:
        return answer.body
    error = msgspec.json.decode(answer.body)["error"]
    text = error["message"]
    if answer.status == 403:
        raise PermissionMissing(text, text.rpartition("Having the '")[2].partition("'")[0])
    if error.get("code") == "resource_missing":
        raise (ObjectGone if error["param"] == "id" else CursorGone)(text)
    kinds = {400: RequestRefused, 401: KeyRefused, 404: RequestRefused}
    raise kinds.get(answer.status, StripeUnavailable)(text)
