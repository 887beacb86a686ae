"""Whatever an account holds and however its lists are cut, each object comes, and comes once."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.stripe.extract.decode import page_of
from pipelines.stripe.extract.ranges import Facts, Range, children, first_range, restarted
from tests.pipelines.stripe.lists import Lists, Object

DAY = 86_400


def spread(bursts: list[tuple[int, int, int]], seed: int) -> list[int]:
    """Times in bursts: from when, over how many seconds, how many."""
    chance = random.Random(seed)
    return [start + chance.randrange(seconds) for start, seconds, count in bursts for _ in range(count)]


BURSTS = st.tuples(
    st.integers(0, 40 * DAY), st.sampled_from([1, 3, 500, DAY]), st.sampled_from([0, 1, 99, 100, 101, 230])
)
TIMES = st.builds(spread, st.lists(BURSTS, max_size=5), st.integers(0, 99))


def brief(number: int, created: int) -> Object:
    return {"id": f"ch_{number:06d}", "amount": 5, "currency": "usd", "created": created}


def walked(account: Lists, first: Range, idle: Callable[[], bool], pick: Callable[[int], int]) -> list[str]:
    """The ids of all pages from a range on, taking what remains in any order."""
    waiting, ids = [first], []
    while waiting:
        part = waiting.pop(pick(len(waiting)))
        page = page_of(part.query, account.page(part.query))
        ids += [one.id for one in page.objects]
        waiting += children(part, page.facts, idle=idle())
    return ids


@pytest.mark.rule("PIT-79")
@given(times=TIMES, bounds=st.tuples(st.integers(0, 40 * DAY), st.integers(0, 40 * DAY)), data=st.data())
def test_any_account_cut_in_any_way_gives_each_object_of_a_range_once(
    times: list[int], bounds: tuple[int, int], data: st.DataObject
) -> None:
    since, until = sorted(bounds)
    account = Lists([brief(number, created) for number, created in enumerate(times)])
    ids = walked(
        account,
        first_range("charges", since, until, sequential=False),
        lambda: data.draw(st.booleans()),
        lambda count: data.draw(st.integers(0, count - 1)),
    )
    assert sorted(ids) == [one["id"] for one in account.objects["charges"] if since <= one["created"] < until]


@given(times=TIMES, seed=st.integers(0, 99))
def test_a_sequential_list_is_whole_in_any_order_of_the_server(times: list[int], seed: int) -> None:
    charges = [brief(number, created) for number, created in enumerate(times)]
    random.Random(seed).shuffle(charges)
    account = Lists(charges, oldest_first=True)
    ids = walked(account, first_range("charges", 5, 10, sequential=True), lambda: True, lambda _: 0)
    assert sorted(ids) == sorted(one["id"] for one in charges)
    assert {(query.gte, query.lt) for query in account.asked} == {(None, None)}


@pytest.mark.scenario(29)
@given(times=TIMES, page=st.integers(1, 3))
def test_a_restarted_range_gives_what_its_cursor_had_still_to_give(times: list[int], page: int) -> None:
    account = Lists([brief(number, created) for number, created in enumerate(times)])
    part, seen = first_range("charges", 0, 50 * DAY, sequential=False), list[str]()
    for _ in range(page):
        read = page_of(part.query, account.page(part.query))
        seen += [one.id for one in read.objects]
        left = children(part, read.facts, idle=False)
        if not left:
            return
        part = left[0]
    seen += walked(account, restarted(part), lambda: False, lambda _: 0)
    assert set(seen) == {one["id"] for one in account.objects["charges"]}


@pytest.mark.scenario(25)
@pytest.mark.parametrize("idle", [True, False])
def test_1500_objects_of_one_second_all_come(idle: bool) -> None:
    burst = [brief(number, 1000) for number in range(1500)]
    around = [brief(1500 + number, 990 + number) for number in range(20)]
    account = Lists(burst + around)
    ids = walked(account, Range("charges", 0, 5000), lambda: idle, lambda _: 0)
    assert len(ids) == len(set(ids)) == 1520


@pytest.mark.scenario(26)
def test_objects_at_both_bounds_belong_to_one_range() -> None:
    account = Lists([brief(number, 100 * number) for number in range(5)])
    older = walked(account, Range("charges", 100, 200), lambda: True, lambda _: 0)
    newer = walked(account, Range("charges", 200, 300), lambda: True, lambda _: 0)
    assert (older, newer) == (["ch_000001"], ["ch_000002"])


def test_a_range_is_cut_only_while_workers_are_idle() -> None:
    parent, facts = Range("charges", 0, 10_000), Facts(more=True, last="ch_9", seen=8_000)
    assert children(parent, facts, idle=False) == (Range("charges", 0, 10_000, "ch_9", 8_000),)
    assert children(parent, facts, idle=True) == (
        Range("charges", 0, 4_000),
        Range("charges", 4_000, 10_000, "ch_9", 8_000),
    )
    assert children(parent, facts._replace(more=False), idle=True) == ()


@pytest.mark.parametrize("seen", [59, None])
def test_a_short_range_and_one_in_no_known_order_are_not_cut(seen: int | None) -> None:
    parent = Range("charges", 0, 10_000)
    assert children(parent, Facts(more=True, last="ch_9", seen=seen), idle=True) == (
        Range("charges", 0, 10_000, "ch_9", seen),
    )


@pytest.mark.parametrize(("seconds", "parts"), [(2_000, 2), (2_001, 1), (0, 2)])
def test_a_range_of_a_few_pages_is_not_cut(seconds: int, parts: int) -> None:
    facts = Facts(more=True, last="ch_9", seen=8_000, seconds=seconds)
    assert len(children(Range("charges", 0, 10_000), facts, idle=True)) == parts


def test_a_range_restarts_at_the_second_that_was_seen_last() -> None:
    assert restarted(Range("customers", 0, 9_000, "cus_1", 500)) == Range("customers", 0, 501)
    assert restarted(Range("customers", 0, None, "cus_1", 500)) == Range("customers", 0, 501)
    assert restarted(Range("customers", 0, 9_000, "cus_1", None)) == Range("customers", 0, 9_000)
    assert restarted(Range("customers", None, None, "cus_1", 500)) == Range("customers")
