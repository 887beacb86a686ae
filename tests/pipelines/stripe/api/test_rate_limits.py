"""How fast Stripe is asked: never faster than allowed, slower when it says so, and back again."""

import heapq
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.configuration.settings import StripeSource
from pipelines.stripe.api.rate_limits import BURST, Bucket, Limits, Pace, limits_of
from tests.pipelines.stripe.waiting import Waiting


def source(**told: object) -> StripeSource:
    return StripeSource.model_validate({"kind": "stripe", **told})


@given(st.floats(1, 100), st.lists(st.floats(0, 2), min_size=2, max_size=60))
def test_no_second_gets_more_than_the_rate(rate: float, pauses: list[float]) -> None:
    bucket, now, leaving = Bucket(rate), 0.0, []
    for pause in pauses:
        now += pause
        leaving.append(max(now, bucket.reserve(now)))
    for start in leaving:
        within = sum(start <= at < start + 1 for at in leaving)
        assert within <= rate * (1 + BURST) + 1 + 1e-6


def test_an_idle_bucket_saves_nothing_up() -> None:
    bucket = Bucket(20)
    bucket.reserve(0)
    assert [round(bucket.reserve(100.0), 2) for _ in range(3)] == [99.95, 100.0, 100.05]


def test_many_who_hear_too_many_at_once_slow_down_once() -> None:
    bucket = Bucket(20)
    for _ in range(10):
        bucket.cut(5.0)
    assert bucket.rate == 14
    bucket.cut(6.0)
    assert bucket.rate == pytest.approx(9.8)
    assert bucket.reserve(6.0) == 6.5


def test_the_rate_neither_dies_nor_exceeds_what_it_was() -> None:
    bucket = Bucket(20)
    for second in range(50):
        bucket.cut(float(second))
    assert bucket.rate == 1
    for _ in range(2000):
        bucket.rise()
    assert bucket.rate == 20


@pytest.mark.parametrize(
    ("reason", "charges", "refunds"),
    [("endpoint-rate", 14, 20), ("global-rate", 20, 20), ("", 14, 20), ("resource-specific", 14, 20)],
)
def test_only_what_was_too_much_slows_down(reason: str, charges: float, refunds: float) -> None:
    limits = Limits(20, 75, Waiting().pace)
    limits.too_many("charges", reason)
    assert (limits.rate("charges"), limits.rate("refunds")) == (charges, refunds)


def test_all_endpoints_together_keep_to_their_own_limit() -> None:
    waiting = Waiting()
    limits = Limits(20, 30, waiting.pace)
    for number in range(90):
        limits.take(f"endpoint {number % 3}")
    assert waiting.now == pytest.approx(90 / 30, abs=0.1)


@pytest.mark.parametrize(
    ("told", "mode", "charges", "in_all"),
    [
        ({}, "live", 20, 75),
        ({}, "test", 6, 20),
        ({}, None, 6, 20),
        ({"requests_per_second": 8}, "live", 8, 30),
        ({"requests_per_second": "unlimited", "api_base": "http://127.0.0.1:1"}, None, math.inf, math.inf),
    ],
)
def test_the_rates_follow_the_mode_or_what_the_source_says(
    told: dict[str, object], mode: str, charges: float, in_all: float
) -> None:
    limits = limits_of(source(**told), mode)  # type: ignore[arg-type]  # parametrised
    assert limits.rate("charges") == charges
    assert limits.rate_in_all() == in_all


def test_without_limits_nobody_waits() -> None:
    waiting = Waiting()
    limits = Limits(math.inf, math.inf, waiting.pace)
    for _ in range(100):
        limits.take("charges")
        limits.answered("charges")
    assert waiting.slept == []


def test_stripe_itself_is_never_asked_without_limits() -> None:
    with pytest.raises(ValidationError, match="local api_base"):
        source(requests_per_second="unlimited")


def served(asked: float, allowed: float, seconds: float, latency: float = 0.3, workers: int = 16) -> tuple[int, int]:
    """Answers and refusals of a server with a token bucket, asked by workers in simulated time."""
    clock = Waiting()
    limits = Limits(asked, math.inf, clock.pace)
    tokens, filled, good, bad = allowed, 0.0, 0, 0
    free = [(0.0, number) for number in range(workers)]
    while free[0][0] < seconds:
        now, worker = heapq.heappop(free)
        clock.now = now
        limits.take("charges")
        arrives = clock.now
        tokens = min(allowed, tokens + max(0.0, arrives - filled) * allowed)
        filled = max(filled, arrives)
        if tokens >= 1:
            tokens, good = tokens - 1, good + 1
            limits.answered("charges")
        else:
            bad += 1
            limits.too_many("charges", "endpoint-rate")
        heapq.heappush(free, (arrives + latency, worker))
    return good, bad


@pytest.mark.scenario(40)
@pytest.mark.parametrize("asked", [20, 25, 30, 100])
def test_asking_for_more_than_is_allowed_still_gets_most_of_it(asked: float) -> None:
    good, bad = served(asked, allowed=25, seconds=60)
    assert good / 60 >= 0.9 * min(asked, 25)
    assert bad / (good + bad) < 0.1


def test_threads_share_one_rate() -> None:
    slept: list[float] = []
    limits = Limits(1000, 1000, Pace(monotonic=lambda: 0.0, sleep=slept.append))
    threads = [threading.Thread(target=lambda: [limits.take("charges") for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moments = [number / 1000 - BURST for number in range(400)]
    waited = sorted(each for each in slept if each > 1e-6)
    assert waited == pytest.approx([moment for moment in moments if moment > 1e-6], abs=1e-6)
