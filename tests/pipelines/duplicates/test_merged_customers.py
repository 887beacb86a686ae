"""What decisions about two customers come to, in whatever order they are made and undone."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.duplicates.merged_customers import (
    Decision,
    Families,
    kept_apart,
    merges_among,
    merges_between,
    merges_of,
)
from tests.reference.facts import Choice
from tests.reference.naive_merges import apart, heads, last_words, leaving

PEOPLE = "abcde"
DECISIONS = st.lists(
    st.tuples(st.sampled_from(("merged", "separate")), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.booleans()),
    max_size=12,
)


def decided(told: list[tuple[str, str, str, bool]]) -> list[Decision]:
    return [
        Decision(number, "merged" if choice == "merged" else "separate", one, other, undone)
        for number, (choice, one, other, undone) in enumerate(told)
        if one != other
    ]


@given(DECISIONS)
def test_an_undone_decision_is_as_one_never_made(told: list[tuple[str, str, str, bool]]) -> None:
    every = decided(told)
    without = [each for each in every if not each.undone]
    now, then = Families(merges_among(every)), Families(merges_among(without))
    assert {who: now.head(who) for who in PEOPLE} == {who: then.head(who) for who in PEOPLE}


@given(DECISIONS)
def test_everybody_has_one_head_who_is_its_own(told: list[tuple[str, str, str, bool]]) -> None:
    families = Families(merges_among(decided(told)))
    for who in PEOPLE:
        assert families.head(families.head(who)) == families.head(who)


@given(DECISIONS)
def test_the_joining_merges_taken_back_leave_two_customers(told: list[tuple[str, str, str, bool]]) -> None:
    every = decided(told)
    every += taken_back(every, merges_between(every, "a", "b"))
    families = Families(merges_among(every))
    assert families.head("a") != families.head("b")
    assert all(one != other for one, other in kept_apart(every))


@given(DECISIONS, st.sampled_from(PEOPLE))
def test_whoever_is_separated_is_one_with_nobody_whom_they_were_part_of_or_who_was_part_of_them(
    told: list[tuple[str, str, str, bool]], one: str
) -> None:
    every = decided(told)
    before = Families(merges_among(every))
    after = Families(merges_among(every + taken_back(every, merges_of(every, one))))
    head = before.head(one)
    others = [each for each in PEOPLE if each != one and (each == head or head == one == before.head(each))]
    assert all(after.head(one) != after.head(each) for each in others)
    joined = {frozenset(pair) for pair in merges_of(every, one)}
    assert joined <= {each.pair for each in merges_among(every)}
    assert bool(joined) == bool(others), "and who is one with nobody has nobody to leave"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("merge", "separate", "leave", "undo", "undo")),
            st.sampled_from(PEOPLE),
            st.sampled_from(PEOPLE),
            st.integers(0, 20),
        ),
        max_size=16,
    )
)
def test_merges_separations_and_undos_in_any_order_come_to_what_a_naive_reading_gives(
    steps: list[tuple[str, str, str, int]],
) -> None:
    choices: list[Choice] = []
    for kind, one, other, place in steps:
        joined, every = last_words(choices, are_one=True), decisions_of(choices)
        stays, goes = (heads(joined).get(each, each) for each in (one, other))
        if kind == "undo":
            standing = [each for each in choices if not each.undone]
            if standing:
                standing[place % len(standing)].undone = True
        elif kind == "merge" and stays != goes:
            choices.append(Choice(True, ((stays, goes),)))
        elif kind == "leave" and (pairs := leaving(joined, one)):
            assert {*merges_of(every, one)} == {*pairs}
            choices.append(Choice(False, tuple(sorted(pairs))))
        elif kind == "separate" and one != other:
            choices.append(Choice(False, tuple(merges_between(every, one, other) or [(stays, goes)])))
        agrees(choices)


def agrees(choices: list[Choice]) -> None:
    """Who is one with whom, and who is decided to be two, are what the naive reading gives."""
    every = decisions_of(choices)
    families, told = Families(merges_among(every)), heads(last_words(choices, are_one=True))
    assert {each: families.head(each) for each in PEOPLE} == {each: told.get(each, each) for each in PEOPLE}
    assert {frozenset(pair) for pair in kept_apart(every)} == apart(choices)


def decisions_of(choices: list[Choice]) -> list[Decision]:
    return [
        Decision(number, "merged" if choice.are_one else "separate", *pair, choice.undone)
        for number, choice in enumerate(choices)
        for pair in choice.pairs
    ]


def taken_back(every: list[Decision], pairs: list[tuple[str, str]]) -> list[Decision]:
    return [Decision(len(every), "separate", *pair, undone=False) for pair in pairs]
