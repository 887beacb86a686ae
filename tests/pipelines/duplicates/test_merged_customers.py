"""What decisions about two customers come to, in whatever order they are made and undone."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.duplicates.merged_customers import Decision, Families, joining, kept_apart, merges_among

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
    while merge := joining(every, "a", "b"):
        every.append(Decision(len(every) + 100, "separate", merge.survivor_id, merge.other_id, undone=False))
    families = Families(merges_among(every))
    assert families.head("a") != families.head("b")
    assert all(one != other for one, other in kept_apart(every))
