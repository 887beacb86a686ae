"""Captured customers, from a file of events to the tables, through the gates that lists pass."""

import json
from datetime import timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.ledger.decisions.decide_access import decide_access
from pipelines.models.staged_file import Outcome
from tests.support.flow import NOW, drop, import_file, import_text, run_inbox, table, undo

AT = "2026-05-04T09:30:00Z"


def event(kind: str, who: str, **keys: object) -> dict[str, object]:
    return {"kind": kind, "at": AT, "email": f"{who}@example.com", **keys}


def order(who: str, number: str, amount: object, **keys: object) -> dict[str, object]:
    return event("order", who, payment_id=number, amount=amount, **keys)


def text_of(*events: dict[str, object]) -> str:
    return "".join(json.dumps(each) + "\n" for each in events)


def capture(home: Home, *events: dict[str, object], name: str = "events.ndjson", **options: object) -> Outcome:
    return import_text(home, text_of(*events), "website", name, **options)


def money(home: Home) -> dict[str, tuple[str | None, int | None]]:
    rows = table(home).select("email", "total_spent", "payment_count").iter_rows()
    return {email: (None if total is None else f"{total:.2f}", count) for email, total, count in rows}


@pytest.mark.rule("MO-05", "MO-11")
def test_a_form_and_a_sign_up_are_consents_and_a_request_for_access_waits_for_somebody(home: Home) -> None:
    """Unless the event says otherwise; neither an order nor a request is a consent."""
    capture(
        home,
        event("newsletter", "ana", name="Ana"),
        event("form", "bob", name="Bob", form="contact"),
        event("form", "cam", name="Cam", form="contact", consent=False),
        order("dee", "O-1", 5, name="Dee"),
        *(event("access_request", who, name=who.title()) for who in ("eva", "fay", "gil")),
    )
    decide_access(home, "eva@example.com", "approved", "Zoé", NOW + timedelta(hours=1))
    decide_access(home, "fay@example.com", "refused", "Zoé", NOW + timedelta(hours=1))
    told = table(home).select(pl.col("email").str.head(3), "opt_in", "access_status")
    assert sorted(told.rows()) == [
        ("ana", True, None),
        ("bob", True, None),
        ("cam", False, None),
        ("dee", None, None),
        ("eva", None, "approved"),
        ("fay", None, "refused"),
        ("gil", None, "pending"),
    ]


@pytest.mark.rule("MO-01")
def test_who_came_by_an_event_is_captured_and_who_came_by_a_list_first_stays_of_the_file(home: Home) -> None:
    import_text(home, "email,name\nana@example.com,Ana\n", "shop")
    outcome = capture(home, event("form", "ana"), event("newsletter", "bob", name="Bob"))
    assert (outcome.status, outcome.customers_created) == ("done", 1)
    assert dict(table(home).select("email", "origin").iter_rows()) == {
        "ana@example.com": "file",
        "bob@example.com": "captured",
    }
    (entry,) = table(home, "import_history").filter(source="website").to_dicts()
    assert (entry["format"], entry["profile"], entry["rows_read"]) == ("ndjson", "captured", 2)


@pytest.mark.matrix(2)
@pytest.mark.parametrize("profile", ["default", "payments", "captured"])
def test_events_of_any_source_are_events(home: Home, profile: str) -> None:
    lists = FileSource(profile=profile, mapping={} if profile == "captured" else {"Mail": "email"}, currency="USD")
    outcome = capture(home, order("ana", "O-1", 5), sources=Sources(sources={"website": lists}))
    assert (outcome.status, outcome.warnings, money(home)) == ("done", (), {"ana@example.com": ("5.00", 1)})


def test_a_profile_that_somebody_names_for_a_file_of_events_is_held_to(home: Home) -> None:
    (reason,) = capture(home, event("form", "ana"), profile="payments").reasons
    assert reason.code == "INVALID_FILE_FORMAT"


def test_an_order_counts_by_the_rules_of_payment_lists(home: Home) -> None:
    capture(
        home,
        order("ana", "O-1", 49.9),
        order("ana", "O-1", 49.9),
        order("bob", "O-2", 20, payment_status="failed"),
        order("cy", "O-3", 20, refunded_amount=5),
        order("dee", "O-4", -7),
        event("form", "eve"),
    )
    assert money(home) == {
        "ana@example.com": ("49.90", 1),
        "bob@example.com": ("0.00", 0),
        "cy@example.com": ("20.00", 1),
        "dee@example.com": ("0.00", 0),
        "eve@example.com": (None, None),
    }
    refunds = dict(table(home).select("email", "refund_volume").drop_nulls().iter_rows())
    assert {email: f"{back:.2f}" for email, back in refunds.items()} == {
        "cy@example.com": "5.00",
        "dee@example.com": "7.00",
    }


@pytest.mark.slow
def test_an_order_that_is_sent_again_counts_once_and_its_refund_later(home: Home) -> None:
    capture(home, order("ana", "O-1", 49.9), name="a.ndjson")
    again = capture(home, order("ana", "O-1", 49.9), event("newsletter", "bob"), name="b.ndjson")
    assert (again.status, money(home)["ana@example.com"]) == ("done", ("49.90", 1))
    capture(home, order("ana", "O-1", 49.9, payment_status="refunded"), name="c.ndjson")
    (back,) = table(home).filter(email="ana@example.com")["refund_volume"]
    assert f"{back:.2f}" == "49.90"


@pytest.mark.matrix(2)
@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("1,234", "AMBIGUOUS_NUMBER"),
        ("much", "INVALID_NUMBER"),
        ("", "ORDER_WITHOUT_AMOUNT"),
        ([5, 6], "INVALID_NUMBER"),
    ],
)
def test_an_amount_that_cannot_be_read_costs_the_order(home: Home, amount: object, code: str) -> None:
    outcome = capture(home, order("ana", "O-1", amount), order("bob", "O-2", 1.234e1))
    assert outcome.reject_codes == {code: 1}
    assert money(home) == {"bob@example.com": ("12.34", 1)}


def test_an_order_in_another_currency_is_not_converted(home: Home) -> None:
    outcome = capture(home, order("ana", "O-1", 5, currency="EUR"))
    assert outcome.reject_codes == {"CURRENCY_NOT_CONVERTIBLE": 1}


def test_an_event_of_the_future_is_rejected(home: Home) -> None:
    outcome = capture(home, {**event("form", "ana"), "at": "2026-11-25T00:00:00Z"}, event("form", "bob"))
    assert outcome.reject_codes == {"DATE_IN_FUTURE": 1}


def test_the_same_events_again_change_nothing_and_an_undo_takes_them_out(home: Home) -> None:
    first = capture(home, order("ana", "O-1", 5), event("newsletter", "bob"))
    assert capture(home, order("ana", "O-1", 5), event("newsletter", "bob")).already_imported
    assert undo(home, first.import_id) == 2
    assert table(home).is_empty()


def test_a_log_that_is_sent_whole_each_day_is_held_where_its_rows_repeat(home: Home) -> None:
    events = [event("newsletter", f"person{place}") for place in range(12)]
    capture(home, *events, name="monday.ndjson")
    assert capture(home, *events, event("form", "new"), name="tuesday.ndjson").status == "held"


def test_the_next_thing_that_somebody_does_is_no_repetition(home: Home) -> None:
    capture(home, event("newsletter", "ana"), name="a.ndjson")
    later = capture(home, {**event("newsletter", "ana"), "at": "2026-05-05T09:30:00Z"}, name="b.ndjson")
    assert (later.status, later.warnings) == ("done", ())


@pytest.mark.matrix(2)
@pytest.mark.rule("SC-18")
@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "form", "at": "%s", "email": "a@example.com", "name": "4111 1111 1111 1111"}',
        '{"kind": "form", "at": "%s", "email": "a@example.com", "note": 4111111111111111}',
        '{"kind": "form", "at": "%s", "email": "a@example.com", "note": "\\u0034111111111111111"}',
        '{"kind": "form", "at": "%s", "email": "a@example.com", "deep": {"er": ["4111-1111-1111-1111"]}}',
        '{"kind": "form", "at": "%s", "email": "a@example.com", "4111111111111111": "x"}',
        '{"kind": "form", "at": "%s", "email": "a@example.com", "x": 4.111111111111111e15}',
        '{"kind": "form", "at": "%s", "email": 4111111111111111',
    ],
)
def test_a_card_number_is_stored_nowhere_wherever_it_stands_in_an_event(home: Home, line: str) -> None:
    import_text(home, text_of(event("form", "bob")) + line % AT + "\n", "website", "e.ndjson")
    kept = [
        path for folder in (home.archive, home.rejects, home.staging) for path in folder.rglob("*") if path.is_file()
    ]
    assert kept
    for path in (*kept, home.working, home.published):
        content = path.read_bytes().replace(b"-", b"").replace(b" ", b"").replace(b"_", b"")
        assert b"4111111111111111" not in content, path
        assert b"4.111111111111111e15" not in content and b"\\u0034111111111111111" not in content, path


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("source", ["website", "declared"])
def test_a_mended_reject_file_of_events_is_events_again(home: Home, kind: str, source: str) -> None:
    sources = Sources(sources={"declared": FileSource(profile="captured")})
    path = home.root / "events.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    bad = order("ana", "O-1", 5) | {"email": "BAD"}
    path.write_text(text_of(bad, event("newsletter", "bob", form="footer")), "utf-8")
    before = import_file(home, path, source, sources=sources)
    back = home.rejects / f"{before.import_id}.{kind}"
    mended = home.root / f"mended.{kind}"
    if kind == "csv":
        mended.write_text(back.read_text("utf-8-sig").replace("BAD", "ana@example.com"), "utf-8-sig")
    else:
        book = openpyxl.load_workbook(back)
        for cell in book.active[2]:
            cell.value = "ana@example.com" if cell.value == "BAD" else cell.value
        book.save(mended)
    outcome = import_file(home, mended, source, sources=sources)
    assert (outcome.status, outcome.reject_codes) == ("done", {})
    assert money(home)["ana@example.com"] == ("5.00", 1)
    assert set(table(home)["origin"]) == {"captured"}


def test_events_are_taken_from_the_inbox(home: Home) -> None:
    path: Path = drop(home, text_of(event("form", "ana")), "website", "today.jsonl")
    (outcome,) = run_inbox(home, "1")
    assert (outcome.status, path.exists()) == ("done", False)
