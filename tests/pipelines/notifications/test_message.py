"""A message: many events in one, in the reader's language, with what to do and nothing of any row."""

import re

import pytest

from pipelines.home import Home
from pipelines.notifications.message import ORDER, Event, message_of
from pipelines.reports.paths import report_path
from schemas.wordlists import wordlist


def imported(kind: str, number: int = 1, name: str = "list.csv") -> Event:
    return Event(kind, f"run-{number}", "shop", f"shop-{number}", name, 10, 7, 3)  # type: ignore[arg-type]


@pytest.mark.rule("UP-13")
def test_two_hundred_files_are_one_message_that_names_those_that_wait_for_somebody(home: Home) -> None:
    events = [imported("done", number, f"{number}.csv") for number in range(198)]
    told = message_of([*events, imported("held", 900, "held.csv"), imported("refused", 901, "bad.csv")], home, "en")
    assert told.subject == "Customer Intake: refused: 1, waiting for a decision: 1, in the table: 198"
    lines = told.text.splitlines()
    assert lines[2] == "- bad.csv (shop): refused, nothing of it is in the table"
    assert "  customers decide shop-900 skip_identical --by NAME" in lines
    assert lines[-1] == "and 180 more: customers history" and len(lines) < 60


@pytest.mark.rule("UP-13")
@pytest.mark.parametrize("language", ["en", "fr", "pl"])
@pytest.mark.parametrize("kind", ORDER)
def test_every_event_is_told_in_every_language(home: Home, kind: str, language: str) -> None:
    told = message_of([imported(kind)._replace(since="2026-06-30 10:00")], home, language)  # type: ignore[arg-type]
    words = {line["key"]: line for line in wordlist("notification_words")}
    assert told.subject.startswith(f"Customer Intake: {words[f'count_{kind}'][language]}: 1")
    assert "{" not in told.text and "\n- " in told.text


def test_a_report_that_is_there_and_the_rows_to_mend_are_named(home: Home) -> None:
    report = report_path(home, "shop-1")
    report.parent.mkdir(parents=True)
    report.write_text("", "utf-8")
    text = message_of([imported("rejects")], home, "en").text
    assert f"Report: {report}" in text
    assert f"Rows to mend and send again: {home.rejects / 'shop-1.csv'}" in text
    assert "Report" not in message_of([imported("done", 2)], home, "en").text


def test_a_file_whose_name_holds_an_address_is_called_by_its_import(home: Home) -> None:
    text = message_of([imported("done", 1, "ana@example.com.csv")], home, "en").text
    assert "@" not in text and "- shop-1 (shop): in the table" in text


@pytest.mark.parametrize(
    ("kind", "jobs"),
    [("held", "decide_import"), ("refused", "rows_of_an_import"), ("sync_late", "stripe_check, stripe_sync")],
)
def test_the_jobs_in_the_ui_are_named_below_the_commands(home: Home, kind: str, jobs: str) -> None:
    text = message_of([imported(kind)], home, "en").text
    assert re.search(rf"\n  customers .*\n  In the UI: job {jobs}", text)
