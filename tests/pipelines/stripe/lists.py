"""An account in memory: lists of objects that answer as Stripe does, and what may go wrong with them.

Lives here: the account, makers of objects. Not here: HTTP, keys, rates.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pipelines.errors import CursorGone, ObjectGone
from pipelines.stripe.api.protocol import Query, Stream

Object = dict[str, Any]


def charge(number: int, created: int, **fields: object) -> Object:
    return {
        "id": f"ch_{number:06d}",
        "object": "charge",
        "amount": 1000 + number,
        "amount_captured": 1000 + number,
        "amount_refunded": 0,
        "billing_details": {"address": None, "email": f"u{number}@example.com", "name": "Zoé", "phone": None},
        "captured": True,
        "created": created,
        "currency": "usd",
        "customer": None,
        "disputed": False,
        "failure_code": None,
        "livemode": True,
        "payment_intent": f"pi_{number}",
        "receipt_email": None,
        "status": "succeeded",
    } | fields


def refund(number: int, created: int, **fields: object) -> Object:
    return {
        "id": f"re_{number:06d}",
        "object": "refund",
        "amount": 100 + number,
        "charge": f"ch_{number:06d}",
        "created": created,
        "currency": "usd",
        "payment_intent": None,
        "reason": None,
        "status": "succeeded",
    } | fields


def customer(number: int, created: int, **fields: object) -> Object:
    return {
        "id": f"cus_{number:06d}",
        "object": "customer",
        "created": created,
        "email": f"c{number}@example.com",
        "livemode": True,
        "name": f"Client {number}",
    } | fields


class Lists:
    """The lists of an account. `before`: called with each query before it is answered; may raise, or change lists."""

    def __init__(
        self,
        charges: Iterable[Object] = (),
        refunds: Iterable[Object] = (),
        customers: Iterable[Object] = (),
        *,
        singles: Mapping[str, Object] | None = None,
        oldest_first: bool = False,
        before: Callable[[Query], None] = lambda query: None,
    ) -> None:
        self.objects: dict[Stream, list[Object]] = {
            "charges": list(charges),
            "refunds": list(refunds),
            "customers": list(customers),
        }
        self.singles = dict(singles or {})
        self.oldest_first = oldest_first
        self.before = before
        self.asked: list[Query] = []
        self.asked_alone: list[str] = []
        self.sorted: dict[Stream, tuple[tuple[int, ...], list[Object]]] = {}
        self.lock = threading.Lock()

    def page(self, query: Query) -> bytes:
        with self.lock:
            self.asked.append(query)
            self.before(query)
            return self._page(query)

    def one(self, stream: Stream, identity: str) -> bytes:
        with self.lock:
            self.asked_alone.append(identity)
            listed = {one["id"]: one for one in self.objects[stream]} | self.singles
            if identity not in listed:
                raise ObjectGone(f"no such {stream}: {identity}")
            return json.dumps(listed[identity]).encode()

    def _page(self, query: Query) -> bytes:
        if self.oldest_first and (query.gte, query.lt) != (None, None):
            raise AssertionError("this server knows no created")
        order = self._ordered(query.stream)
        places = {one["id"]: at for at, one in enumerate(order)}
        if query.cursor and query.cursor not in places:
            raise CursorGone(f"No such {query.stream}: {query.cursor}")
        after = places[query.cursor] + 1 if query.cursor else 0
        gte, lt = query.gte or 0, 2**60 if query.lt is None else query.lt
        within = [one for one in order[after:] if gte <= one["created"] < lt]
        data, more = within[: query.limit], len(within) > query.limit
        return body(data, more)

    def _ordered(self, stream: Stream) -> list[Object]:
        known = self.objects[stream]
        if self.oldest_first:
            return known
        if self.sorted.get(stream, ((), []))[0] != (id(known), len(known)):
            newest_first = sorted(known, key=lambda one: (one["created"], one["id"]), reverse=True)
            self.sorted[stream] = ((id(known), len(known)), newest_first)
        return self.sorted[stream][1]


def body(data: Iterable[object], more: bool = False) -> bytes:
    """A page as Stripe writes it."""
    return json.dumps({"object": "list", "url": "/v1/x", "has_more": more, "data": list(data)}, indent=2).encode()
