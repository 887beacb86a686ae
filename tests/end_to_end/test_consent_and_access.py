"""Consent and access of customers, whatever lists and events come, go and come again."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions.decide_access import decide_access
from pipelines.models.staged_file import Outcome
from tests.support.flow import NOW, import_text, table, undo
from tests.support.homes import once
from tests.support.memo import scratch_home

pytestmark = pytest.mark.slow

BEFORE, AFTER = "2026-11-22T09:00:00Z", "2026-11-23T12:00:00Z"
"""Before and after the imports of these tests start."""

LIST = "email,name,opt-in\nana@example.com,Ana,{}\n"
NO, YES, BLANK = LIST.format("0"), LIST.format("1"), LIST.format("")


def sign_up(at: str, **keys: object) -> str:
    return event("newsletter", at, form="footer", **keys)


def event(kind: str, at: str, **keys: object) -> str:
    return json.dumps({"kind": kind, "at": at, "email": "ana@example.com", **keys}) + "\n"


def take(home: Home, text: str) -> Outcome:
    number = len(list(home.archive.glob("*"))) if home.archive.exists() else 0
    return import_text(home, text, "shop", f"{number}.txt")


first_take = once(take)


def opt_in(home: Home) -> bool | None:
    return table(home)["opt_in"][0]


@pytest.mark.rule("AMB-37", "AMB-38", "MO-05", "MO-21")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BLANK, None),
        (YES, True),
        (NO, False),
        (sign_up(BEFORE), True),
        (sign_up(AFTER, consent=False), False),
        (event("newsletter", AFTER), True),
        (event("form", AFTER, form="contact"), True),
        (event("form", AFTER, form="contact", consent=False), False),
        (event("order", AFTER, payment_id="O-1", amount=5), None),
        (event("access_request", AFTER), None),
        (LIST.format("perhaps"), None),
    ],
)
def test_consent_is_what_the_only_statement_says(home: Home, text: str, expected: object) -> None:
    first_take(home, text)
    assert opt_in(home) is expected


SEVERAL: list[tuple[tuple[str, ...], bool]] = [
    ((YES, BLANK), True),
    ((NO, BLANK), False),
    ((YES, NO), False),
    ((NO, YES), False),
    ((NO, sign_up(AFTER)), True),
    ((NO, sign_up(BEFORE)), False),
    ((NO, sign_up(AFTER), YES), True),
    ((sign_up(AFTER, consent=False), YES), False),
    ((sign_up(BEFORE, consent=False), sign_up(AFTER)), True),
    ((sign_up(AFTER, consent=False), sign_up(BEFORE)), False),
    ((sign_up(AFTER, consent=False), sign_up(AFTER)), False),
    ((NO, event("newsletter", AFTER)), False),
    ((event("order", AFTER, payment_id="O-1", amount=5, consent=True, page="/pay"), NO), True),
    ((NO, LIST.format("perhaps")), False),
]


@pytest.mark.rule("AMB-37", "AMB-38", "MO-05", "MO-21")
def test_consent_comes_to_the_same_in_any_order_of_imports(home: Home) -> None:
    """Each order of each case is a customer of its own; what all say first comes in one list and one log, and so on."""
    expected = {order: wanted for texts, wanted in SEVERAL for order in permutations(texts)}
    people = {order: f"p{number}@example.com" for number, order in enumerate(expected)}
    for turn in range(max(map(len, expected))):
        said = [
            order[turn].replace("ana@example.com", person).replace("O-1", f"O-{person}")
            for order, person in people.items()
            if turn < len(order)
        ]
        rows = [text.splitlines()[1] for text in said if not text.startswith("{")]
        take(home, "\n".join([LIST.splitlines()[0], *rows, ""]))
        take(home, "".join(text for text in said if text.startswith("{")))
    found = dict(table(home).select("email", "opt_in").iter_rows())
    assert {order: found[person] for order, person in people.items()} == expected


@pytest.mark.rule("AMB-38")
def test_a_list_lifts_an_earlier_no_only_with_its_evidence(home: Home) -> None:
    take(home, NO)
    proof = "email,name,opt-in,consent evidence\nana@example.com,Ana,{},{}\n"
    later = NOW + timedelta(days=9)
    import_text(home, proof.format("1", ""), "shop", "without.csv", started_at=later)
    assert opt_in(home) is False
    import_text(home, proof.format("1", "letter of 1 December"), "shop", "with.csv", started_at=later)
    assert opt_in(home) is True
    take(home, NO.replace("Ana\n", "Ann\n"))
    assert opt_in(home) is True  # of the time of its own import, which is earlier
    rows = table(home, "customer_consents").select("opt_in", "evidence", "stated_at").rows()
    assert set(rows) == {(False, None, NOW), (True, None, later), (True, "letter of 1 December", later)}


def test_an_undo_takes_a_statement_back(home: Home) -> None:
    take(home, YES)
    no = take(home, NO)
    assert opt_in(home) is False
    undo(home, no.import_id)
    assert opt_in(home) is True
    later = take(home, sign_up(AFTER, consent=False))
    assert opt_in(home) is False
    undo(home, later.import_id)
    assert opt_in(home) is True


@pytest.mark.rule("MO-05")
def test_every_statement_stands_with_its_evidence(home: Home) -> None:
    take(home, NO)
    take(home, sign_up(AFTER, page="https://www.example.com/news", consent_text="Yes, write to me"))
    told = table(home, "customer_consents").select("opt_in", "stated_at", "evidence", "source", "row_number")
    assert sorted(told.rows()) == [
        (False, NOW, None, "shop", 2),
        (
            True,
            datetime(2026, 11, 23, 12, tzinfo=UTC),
            "newsletter · https://www.example.com/news · footer · Yes, write to me",
            "shop",
            1,
        ),
    ]


@dataclass(frozen=True)
class Statement:
    """What somebody says of one customer: yes, no or nothing, so many hours from now, with its evidence or without."""

    yes: bool | None
    hour: int
    proven: bool
    is_event: bool
    undone: bool

    def taken(self, home: Home, place: int) -> Outcome:
        """The statement as a file: of a list the import starts at its hour."""
        at = NOW + timedelta(hours=self.hour)
        if self.is_event:
            said = {} if self.yes is None else {"consent": self.yes}
            where = {"page": "/join"} if self.proven else {}
            text = event("order", at.isoformat(), payment_id=f"O-{place}", amount=0, **said, **where)
            return import_text(home, text, "shop", f"{place}.txt")
        said_so = "" if self.yes is None else str(int(self.yes))
        text = f"email,name,opt-in,consent evidence\nana@example.com,Ana {place},{said_so},{'card' * self.proven}\n"
        return import_text(home, text, "shop", f"{place}.txt", started_at=at)


def naive(statements: list[Statement]) -> bool | None:
    """The rule once more, as a person would apply it: go through the day, hour by hour, a no last."""
    told: bool | None = None
    somebody_said_no = any(each.yes is False for each in statements)
    for each in sorted(statements, key=lambda each: (each.hour, each.yes is False)):
        if each.yes is False:
            told = False
        elif each.yes and (each.proven or not somebody_said_no):
            told = True
    return told


EXAMPLES = 16
STATEMENTS = st.builds(
    Statement,
    st.sampled_from((None, True, True, False)),
    st.integers(-3, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@pytest.mark.rule("AMB-38", "MO-21")
def test_consent_is_what_a_naive_reading_of_the_live_statements_gives() -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(st.lists(STATEMENTS, min_size=2, max_size=6))
    def whatever_is_said(statements: list[Statement]) -> None:
        with scratch_home() as home:
            taken = [each.taken(home, place) for place, each in enumerate(statements)]
            assert opt_in(home) is naive(statements)
            for each, outcome in zip(statements, taken, strict=True):
                if each.undone:
                    undo(home, outcome.import_id)
            live = [each for each in statements if not each.undone]
            told = opt_in(home) if live else None
            assert told is naive(live)
            recompute.rebuild(home)
            assert (opt_in(home) if live else None) is told
            assert table(home, "customer_consents").height == sum(each.yes is not None for each in live)

    whatever_is_said()


def asked(home: Home, at: str = BEFORE) -> Outcome:
    return take(home, event("access_request", at, page="/members"))


def decide(home: Home, choice: str, who: str = "ana@example.com", hours: int = 1) -> None:
    decide_access(home, who, choice, "Eva", NOW + timedelta(hours=hours))  # type: ignore[arg-type]  # a choice, parametrised


def access(home: Home) -> str | None:
    return table(home)["access_status"][0]


@pytest.mark.rule("MO-11")
def test_a_request_waits_until_somebody_decides(home: Home) -> None:
    take(home, YES)
    assert access(home) is None
    asked(home)
    assert access(home) == "pending"
    decide(home, "approved", " ANA@example.com")
    assert access(home) == "approved"
    decide(home, "refused", table(home)["customer_id"][0], hours=2)
    assert access(home) == "refused"
    (request,) = table(home, "access_requests").to_dicts()
    assert (request["status"], request["decided_by"]) == ("refused", "Eva")
    recompute.rebuild(home)
    assert access(home) == "refused"


@pytest.mark.rule("MO-11")
def test_who_was_refused_and_asks_again_waits_again_and_who_was_approved_does_not(home: Home) -> None:
    asked(home)
    decide(home, "refused")
    take(home, event("access_request", BEFORE, page="/members", form="the same once more"))
    assert access(home) == "refused"
    asked(home, AFTER)
    assert access(home) == "pending"
    assert sorted(table(home, "access_requests")["status"]) == ["pending", "refused", "refused"]
    decide(home, "approved", hours=4)
    take(home, event("access_request", "2026-11-23T18:00:00Z"))
    assert access(home) == "approved"


@pytest.mark.rule("MO-11")
def test_an_undo_of_the_request_takes_its_decision_with_it(home: Home) -> None:
    take(home, YES)
    first = asked(home)
    decide(home, "approved")
    undo(home, first.import_id)
    assert access(home) is None
    assert table(home, "access_requests").is_empty()
    asked(home, AFTER)
    assert access(home) == "pending"
    asked(home)
    assert access(home) == "approved"


def test_a_decision_about_nobody_or_nothing_is_told(home: Home) -> None:
    take(home, YES)
    with pytest.raises(WrongUse, match="no customer 'bob"):
        decide(home, "approved", "bob@example.com")
    with pytest.raises(WrongUse, match="asked for no access"):
        decide(home, "approved")
    asked(home)
    decide(home, "approved")
    with pytest.raises(AlreadyDone):
        decide(home, "approved", hours=2)
    assert table(home, "access_requests").height == 1
