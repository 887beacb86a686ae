"""What people do to a ledger, drawn at random: imports, undos, decisions, merges, clean-ups, each perhaps struck.

Lives here: steps and how often each is drawn. Not here: what a step does (`both_ledgers.py`).
"""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from tests.reference.facts import Entry
from tests.reference.numbered_lists import PEOPLE, POLICIES, Take

THRESHOLDS = (Decimal(10), Decimal(90), Decimal(250), Decimal("0.01"))
"""What clean-ups ask for: few, some and most of the customers, and those who are known to have paid nothing."""


BY_HAND = (*PEOPLE, "eve@example.com")
ENTRIES: tuple[tuple[dict[str, object], tuple[str, ...]], ...] = (
    ({"company": "Hand SA"}, ()),
    ({"company": None}, ()),
    ({"name": "Hana"}, ()),
    ({"status": "potential", "opt_in": True}, ()),
    ({"opt_in": False, "groups": ("vip", "Hand")}, ()),
    ({"groups": ()}, ()),
    ({}, ("company", "name")),
    ({"name": "Hal"}, ("opt_in", "groups", "status")),
    ({"status": None}, ("groups",)),
)
"""What people enter by hand: values by field, and fields that they give back."""


def entry_of(number: int) -> Entry:
    """What somebody enters with this number, of one person: a change, of every fourth person a new customer."""
    email, (stated, released) = BY_HAND[number % 6], ENTRIES[number // 6 % 9]
    if number % 4 == 3:
        return Entry(
            email, {"email": email, "name": "Hana", **({"groups": ("new",)} if number % 3 else {})}, is_new=True
        )
    return Entry(email, stated, released)


def two_of(number: int) -> tuple[str, str | None]:
    """Two people, the second of whom may be nobody, or the first once more."""
    return BY_HAND[number % 6], (*BY_HAND, None)[number // 6 % 7]


@dataclass(frozen=True)
class Step:
    """Something that somebody does: `kind` and which of the imports it is about; and where it is struck, if it is."""

    kind: str
    place: int = 0
    take: Take | None = None
    strike: int = 0


@st.composite
def takes(draw: st.DrawFn) -> Take:
    start, length = draw(st.integers(0, 4)), draw(st.sampled_from((16, 13, 10, 9, 4, 1)))
    numbers = tuple(range(start, start + length)) * draw(st.sampled_from((1, 1, 1, 2)))
    overlaps = (None, None, None, "add", "replace", "skip_identical")
    return Take(
        draw(st.sampled_from(("shop", "shop", "crm", "till", *POLICIES))),
        numbers,
        draw(st.sampled_from((False, False, True))),
        draw(st.sampled_from(overlaps)),
        draw(st.integers(0, 3)),
    )


STRIKES = st.one_of(st.just(0), st.just(0), st.integers(1, 150))
ONE = st.one_of(
    st.builds(lambda take, strike: Step("take", take=take, strike=strike), takes(), STRIKES),
    st.builds(lambda take, strike: Step("take", take=take, strike=strike), takes(), STRIKES),
    st.builds(Step, st.just("undo"), st.integers(0, 9), st.none(), STRIKES),
    st.builds(Step, st.just("clean up"), st.integers(0, 3), st.none(), STRIKES),
    st.builds(Step, st.just("enter"), st.integers(0, 71), st.none(), STRIKES),
    st.builds(Step, st.just("merge"), st.integers(0, 35), st.none(), STRIKES),
    st.builds(Step, st.sampled_from(("merge", "separate")), st.integers(0, 41), st.none(), STRIKES),
    st.builds(Step, st.sampled_from(("prioritise", "rebuild", "publish")), st.integers(0, 2), st.none(), STRIKES),
)


@st.composite
def held_and_decided(draw: st.DrawFn) -> list[Step]:
    """A list, most of it once more, something else meanwhile, and what somebody decides."""
    start, more = draw(st.integers(0, 4)), draw(st.integers(-2, 6))
    first = Take("shop", tuple(range(start, start + 13)), overlap="add")
    again = Take("shop", tuple(range(start, start + 13 + more)), bad=True)
    decided = Step("decide", draw(st.integers(0, 9)), strike=draw(STRIKES))
    return [Step("take", take=first), Step("take", take=again), *draw(st.lists(ONE, max_size=1)), decided]


SINGLE = ONE.map(lambda step: [step])
STEPS = st.lists(st.one_of(SINGLE, SINGLE, SINGLE, held_and_decided()), min_size=5, max_size=18).map(
    lambda several: [step for steps in several for step in steps]
)
