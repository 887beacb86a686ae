"""What goes wrong on the wire, and when: the n-th request of an endpoint, so many times or for ever.

Lives here: the plan. Not here: how a reply is torn (`server.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from tests.stripe_peer import answers
from tests.stripe_peer.answers import NONE, Answer

How = Literal["answer", "reset", "empty", "cut", "garbage", "stall"]
"""answer: another answer; reset: the connection breaks; empty: it ends without a byte; cut: it ends in the middle of a
chunk; garbage: bytes that are no HTTP; stall: the right answer, late."""

PORTAL = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please sign in to this network.</body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}


class Fault(NamedTuple):
    """One fault; `times` is None where it stays for ever."""

    endpoint: str
    first: int
    how: How
    answer: Answer | None = None
    seconds: float = 0.0
    times: int | None = 1

    def strikes(self, endpoint: str, number: int) -> bool:
        """Whether it strikes the `number`-th request of an endpoint, counted from 1; `*` is every endpoint."""
        last = float("inf") if self.times is None else self.first + self.times - 1
        return self.endpoint in (endpoint, "*") and self.first <= number <= last


def torn(how: How, endpoint: str, first: int, times: int | None = 1) -> Fault:
    """A reply that does not arrive as it was sent: reset, empty, cut or garbage."""
    return Fault(endpoint, first, how, times=times)


def stalled(endpoint: str, first: int, seconds: float, times: int | None = 1) -> Fault:
    """The right answer, `seconds` late."""
    return Fault(endpoint, first, "stall", seconds=seconds, times=times)


def failing(
    endpoint: str, first: int, status: int = 500, times: int | None = 1, headers: Mapping[str, str] = NONE
) -> Fault:
    """Stripe is broken: 500 and its like."""
    return Fault(endpoint, first, "answer", answers.broken(status, headers), times=times)


def saying(endpoint: str, first: int, answer: Answer, times: int | None = 1) -> Fault:
    """Any answer: an empty page that says there is more, an object without its amount."""
    return Fault(endpoint, first, "answer", answer, times=times)


def gateway(endpoint: str, first: int, status: int = 502, times: int | None = 1) -> Fault:
    """A machine on the way answers in HTML; with status 200 it is the portal of a hotel."""
    return Fault(endpoint, first, "answer", Answer(status, PORTAL, HTML), times=times)


def limited(
    endpoint: str,
    first: int,
    headers: Mapping[str, str] = NONE,
    times: int | None = 1,
    reason: str = "endpoint-rate",
) -> Fault:
    """Too fast, whatever the speed."""
    return Fault(endpoint, first, "answer", answers.too_many(reason, headers), times=times)


def revoked(endpoint: str, first: int, key: str) -> Fault:
    """From that request on the key is expired."""
    return Fault(endpoint, first, "answer", answers.expired_key(key), times=None)


def struck(plan: Sequence[Fault], endpoint: str, number: int) -> Fault | None:
    """The first fault of a plan that strikes a request."""
    return next((fault for fault in plan if fault.strikes(endpoint, number)), None)
