"""How fast Stripe is asked: a rate per endpoint and one for all, which fall when Stripe says so and rise again.

Lives here: the buckets, and how time passes for whoever waits. Not here: what to do with an answer (`retry.py`).
Stripe allows 25 requests a second and endpoint and 100 in all, 25 in a sandbox (stripe.md 0.2, 6.2).
"""

import math
import secrets
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from pipelines.configuration.settings import StripeSource
from pipelines.stripe.api.keys import Mode

# Below what Stripe allows, so that other users of the account have room.
LIVE, SANDBOX = 20.0, 6.0
IN_ALL_LIVE, IN_ALL_SANDBOX = 75.0, 20.0
SLOWEST = 1.0
# Down by a third at once, up by half a request for each second's worth of good answers.
CUT, RISE = 0.7, 0.5
CUT_EVERY, PAUSE, BURST = 1.0, 0.5, 0.05
PARTS = 1 << 16


def _spread() -> float:
    """A number in [0, 1): workers who were turned away together shall not return together.

    No result depends on it, it only moves the time of a request: hence chance is allowed here, below `assets`.
    """
    return secrets.randbelow(PARTS) / PARTS


class Pace(NamedTuple):
    """How time passes; tests bring their own."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    spread: Callable[[], float] = _spread


REAL = Pace()


class Bucket:
    """A rate of requests, handed out one by one; not to be shared without a lock."""

    def __init__(self, rate: float) -> None:
        """`rate`: requests a second, the most that will ever be given."""
        self.most = self.rate = rate
        self._next = self._last_cut = -math.inf

    def reserve(self, now: float) -> float:
        """When the next request may leave; its place is taken."""
        # A pause earns a short burst at most: unused places are not saved up.
        at = max(self._next, now - BURST)
        self._next = at + 1 / self.rate
        return at

    def cut(self, now: float) -> None:
        """Stripe said "too many": slower, and a moment's pause. At most once a second: many hear it at once."""
        if now - self._last_cut >= CUT_EVERY:
            self._last_cut = now
            self.rate = max(min(SLOWEST, self.most), self.rate * CUT)
            self._next = max(self._next, now + PAUSE)

    def rise(self) -> None:
        """An answer came: a little faster, up to the most."""
        # Divided by the rate, so that a second of good answers adds the same at any speed.
        self.rate = min(self.most, self.rate + RISE / self.rate)


class Limits:
    """The rates of one account; safe to be asked by several threads at once.

    Also the place that knows how time passes, for whoever waits between two tries.
    """

    def __init__(self, endpoint: float, in_all: float, pace: Pace = REAL) -> None:
        """`endpoint`, `in_all`: requests a second; infinity for a server that takes anything."""
        self.pace = pace
        self._endpoint = endpoint
        self._all = Bucket(in_all)
        self._each: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def take(self, endpoint: str) -> None:
        """Wait until a request to the endpoint may leave."""
        with self._lock:
            now = self.pace.monotonic()
            # Both places are taken; the later of the two decides.
            at = max(bucket.reserve(now) for bucket in self._buckets(endpoint))
        # Outside of the lock, so that others may take their places meanwhile.
        if at > now:
            self.pace.sleep(at - now)

    def too_many(self, endpoint: str, reason: str) -> None:
        """Stripe said "too many", for a reason of its own (`Stripe-Rate-Limited-Reason`) where it gave one."""
        with self._lock:
            each, everything = self._buckets(endpoint)
            for bucket in (each, everything):
                if not reason.startswith("global" if bucket is each else "endpoint"):
                    bucket.cut(self.pace.monotonic())

    def answered(self, endpoint: str) -> None:
        """A request was answered well."""
        with self._lock:
            for bucket in self._buckets(endpoint):
                bucket.rise()

    def rate(self, endpoint: str) -> float:
        """Requests a second that the endpoint is asked now."""
        return min(bucket.rate for bucket in self._buckets(endpoint))

    def rate_in_all(self) -> float:
        """Requests a second that all endpoints are asked together now."""
        return self._all.rate

    def _buckets(self, endpoint: str) -> tuple[Bucket, Bucket]:
        return self._each.setdefault(endpoint, Bucket(self._endpoint)), self._all


def limits_of(source: StripeSource, mode: Mode | None, pace: Pace = REAL) -> Limits:
    """The rates of a source: those of its mode, or what it says.

    `requests_per_second` is each endpoint's, and what all may take together grows with it. Only a live account
    takes the live rate; what is not known to be one is asked as gently as a sandbox.
    """
    usual, in_all = (LIVE, IN_ALL_LIVE) if mode == "live" else (SANDBOX, IN_ALL_SANDBOX)
    told = source.requests_per_second
    if told == "unlimited":
        return Limits(math.inf, math.inf, pace)
    return Limits(usual, in_all, pace) if told is None else Limits(told, told * IN_ALL_LIVE / LIVE, pace)
