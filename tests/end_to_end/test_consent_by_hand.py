"""Consent that somebody notes by hand, among lists and events, whatever comes and goes before and after it."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import AlreadyDone
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.manual_entry.read_entry import EntryRefused
from tests.end_to_end.test_consent_and_access import AFTER, BEFORE, NO, YES, Statement, naive, opt_in, sign_up, take
from tests.support.by_hand import edit, release
from tests.support.flow import NOW, import_text, table, undo
from tests.support.homes import once
from tests.support.memo import scratch_home

pytestmark = pytest.mark.slow

ANA = "ana@example.com"
NOTED = {"noted yes": "1", "noted no": "0"}
LATER = "2026-11-24T12:00:00Z"


@once
def known(home: Home) -> None:
    """Ana is there, and nothing is said of her consent."""
    import_text(home, "email,name,city\nana@example.com,Ana,Lyon\n", "shop", "known.csv")


TOLD: list[tuple[tuple[str, ...], bool]] = [
    (("noted yes",), True),
    (("noted no",), False),
    (("noted yes", NO), True),
    (("noted no", YES), False),
    (("noted no", YES, sign_up(AFTER)), False),
    (("noted yes", sign_up(AFTER, consent=False)), False),
    (("noted yes", NO, sign_up(BEFORE, consent=False)), True),
    (("noted yes", sign_up(AFTER, consent=False), sign_up(LATER)), True),
]


@pytest.mark.rule("MO-06", "AMB-38", "MO-21")
def test_what_is_noted_by_hand_comes_to_the_same_in_any_order(home: Home) -> None:
    """Each order of each case is a customer of its own: their lists and logs come together, turn by turn."""
    expected = {order: wanted for told, wanted in TOLD for order in permutations(told)}
    people = {order: f"p{number}@example.com" for number, order in enumerate(expected)}
    import_text(home, "email,name,city\n" + "".join(f"{person},Ana,Lyon\n" for person in people.values()), "shop")
    for turn in range(max(map(len, expected))):
        said = [(person, order[turn]) for order, person in people.items() if turn < len(order)]
        for person, what in said:
            if what in NOTED:
                edit(home, person, opt_in=NOTED[what])
        texts = [what.replace(ANA, person) for person, what in said if what not in NOTED]
        logs = [text for text in texts if text.startswith("{")]
        if rows := [text.splitlines()[1] for text in texts if not text.startswith("{")]:
            take(home, "\n".join([NO.splitlines()[0], *rows, ""]))
        if logs:
            take(home, "".join(logs))
    for state in ("as it came", "rebuilt"):
        found = dict(table(home).select("email", "opt_in").iter_rows())
        assert {order: found[person] for order, person in people.items()} == expected, state
        recompute.rebuild(home)


@pytest.mark.rule("MO-06")
def test_what_was_noted_last_counts_until_it_is_taken_back(home: Home) -> None:
    known(home)
    take(home, NO)
    yes = edit(home, ANA, opt_in="1", consent_evidence="letter of 3 May")
    told = table(home, "customer_consents").filter(source="manual").select("opt_in", "evidence", "stated_at").row(0)
    assert told == (True, "manual: Zoé, letter of 3 May", NOW)
    no = edit(home, ANA, opt_in="0")
    assert (opt_in(home), table(home, "customer_consents").height) == (False, 2)
    undo(home, no.import_id)
    assert opt_in(home) is True
    back = release(home, ANA, "opt_in")
    assert (opt_in(home), table(home, "customer_consents").height) == (False, 1)
    undo(home, back.import_id)
    undo(home, yes.import_id)
    assert opt_in(home) is False


@pytest.mark.rule("MO-06")
def test_a_consent_is_of_the_day_that_is_stated_with_it(home: Home) -> None:
    known(home)
    take(home, sign_up(BEFORE, consent=False))
    edit(home, ANA, opt_in="1", consent_date="2026-05-03")
    assert opt_in(home) is False
    edit(home, ANA, opt_in="1", consent_date="2026-11-23")
    assert opt_in(home) is True
    with pytest.raises(EntryRefused, match="DATE_IN_FUTURE"):
        edit(home, ANA, opt_in="1", consent_date="2027-11-23")


@pytest.mark.rule("MO-07")
def test_nobody_is_written_to_who_said_no_by_hand(home: Home) -> None:
    take(home, YES)
    edit(home, ANA, opt_in="no")
    assert table(home, "mailable_customers").is_empty()
    release(home, ANA, "opt_in")
    assert table(home, "mailable_customers")["email"].to_list() == [ANA]


@dataclass(frozen=True)
class Noted:
    """What somebody notes by hand at an hour: yes, no, or that files count again; perhaps undone in the end."""

    yes: bool | None
    hour: int
    undone: bool


def expected(told: list[Statement | Noted]) -> bool | None:
    """The rule once more: the last note that is not a release, and who said no after it in person."""
    statements = [each for each in told if isinstance(each, Statement)]
    notes = [each for each in told if isinstance(each, Noted)]
    if not notes or notes[-1].yes is None:
        return naive(statements)
    if not notes[-1].yes:
        return False
    own = [each for each in statements if each.proven or (each.is_event and each.yes is False)]
    as_said = Statement(True, notes[-1].hour, proven=True, is_event=False, undone=False)
    return naive([as_said, *own])


EXAMPLES = 16
STATEMENTS = st.builds(Statement, st.sampled_from((None, True, False)), st.integers(-3, 3), *[st.booleans()] * 3)
NOTES = st.builds(Noted, st.sampled_from((None, True, True, False)), st.integers(-3, 3), st.booleans())


@pytest.mark.rule("MO-06", "AMB-38")
def test_consent_is_what_a_naive_reading_of_files_and_notes_gives() -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.one_of(STATEMENTS, NOTES), min_size=3, max_size=7))
    def whatever_is_said(told: list[Statement | Noted]) -> None:
        with scratch_home() as home:
            known(home)
            ids = {}
            for place, each in enumerate(told):
                if (done := _taken(home, place, each)) is not None:
                    ids[place] = done
            there = [each for place, each in enumerate(told) if place in ids]
            assert opt_in(home) is expected(there)
            for place, import_id in ids.items():
                if told[place].undone:
                    undo(home, import_id)
            live = [each for each in there if not each.undone]
            assert opt_in(home) is expected(live)
            recompute.rebuild(home)
            assert opt_in(home) is expected(live)

    whatever_is_said()


def _taken(home: Home, place: int, each: Statement | Noted) -> str | None:
    """The id of what was said, as it came in; None where a note says what is noted already."""
    if isinstance(each, Statement):
        return each.taken(home, place).import_id
    try:
        if each.yes is None:
            return release(home, ANA, "opt_in").import_id
        return edit(home, ANA, now=NOW + timedelta(hours=each.hour), opt_in=str(int(each.yes))).import_id
    except AlreadyDone:
        return None
