"""Asking again: how often, how long to wait between, and what to say when nothing helps.

Lives here: the patience. Not here: what an answer means (`client.py`), how fast to ask (`rate_limits.py`). The SDK
retries neither 429 nor a broken body, and honours no `Retry-After` (stripe.md 4.2), so it is told to retry nothing: all
tries are counted here, and each keeps to the limits.
"""

from collections.abc import Callable
from typing import NamedTuple

from pipelines.errors import Permanent, StripeUnavailable
from pipelines.stripe.api.protocol import Body
from pipelines.stripe.api.rate_limits import Limits, Pace

# More patience with "too many", which passes, than with anything else.
TOO_MANY_TRIES = 8
BROKEN_TRIES = 4
SHORTEST, LONGEST = 0.5, 8.0
PATIENCE = 120.0
"""Seconds; who is told to wait longer gives up instead, so that a run does not sleep."""


class TooMany(NamedTuple):
    """Stripe turned a request away because there were too many: for how long, why, and which request."""

    seconds: float | None
    reason: str
    request: str


class Broken(NamedTuple):
    """No proper answer came: what came instead, and of which request; `refusal`: what it means if it stays so."""

    what: str
    request: str
    refusal: Permanent | None = None


Attempt = Callable[[int], Body | TooMany | Broken]
"""One try; told how many went wrong before, apart from those that were too many."""


def persist(attempt: Attempt, endpoint: str, limits: Limits) -> Body:
    """The answer, after as many tries as are worth it.

    Raises what the attempt raises, at once; StripeUnavailable when the tries are used up (PIT-89), or the refusal that
    the last answer comes to.
    """
    refused = broken = 0
    while True:
        # Every try, a repeated one too, waits for its turn.
        limits.take(endpoint)
        answer = attempt(broken)
        if isinstance(answer, TooMany):
            refused += 1
            limits.too_many(endpoint, answer.reason)
            wait = _after_too_many(answer, refused, endpoint, limits)
        elif isinstance(answer, Broken):
            broken += 1
            wait = _after_broken(answer, broken, endpoint, limits.pace)
        else:
            limits.answered(endpoint)
            return answer
        limits.pace.sleep(wait)


def _after_too_many(answer: TooMany, count: int, endpoint: str, limits: Limits) -> float:
    """Seconds to wait: what Stripe asks for, else more each time."""
    asked = answer.seconds or 0
    if count < TOO_MANY_TRIES and asked <= PATIENCE:
        return _backoff(count, limits.pace) if answer.seconds is None else answer.seconds
    longer = f" and asks to wait {asked:.0f} s" if asked else ""
    raise StripeUnavailable(
        f"Stripe answered {count} times in a row that there are too many requests to {endpoint} "
        f"(reason: {answer.reason or 'not told'}; {answer.request}){longer}, at {limits.rate(endpoint):.1f} requests a "
        "second by now; something else may use up the account's limit. What was read is kept: run the sync again "
        "later, or lower requests_per_second of the source"
    )


def _after_broken(answer: Broken, count: int, endpoint: str, pace: Pace) -> float:
    if count < BROKEN_TRIES:
        return _backoff(count, pace)
    if answer.refusal:
        raise answer.refusal
    raise StripeUnavailable(
        f"no proper answer from {endpoint} in {count} tries; the last one: {answer.what} ({answer.request}). What was "
        "read is kept: run the sync again later, and see https://status.stripe.com and the network in between"
    )


def _backoff(count: int, pace: Pace) -> float:
    """Between half a second and twice as long each time, anywhere in between."""
    most = min(LONGEST, SHORTEST * float(2**count))
    # Spread, for workers who were turned away together would come back together.
    return SHORTEST + (most - SHORTEST) * pace.spread()
