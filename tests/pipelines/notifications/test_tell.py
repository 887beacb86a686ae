"""Everybody is told once of what they want to know, and later where they could not be reached."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.configuration.notifications import Recipient
from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.notifications.message import Event, Message
from pipelines.notifications.not_told import NotTold
from pipelines.notifications.tell import Fault, When, tell

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
DECLARED = {
    "sources": {"shop": {"locale": "fr"}, "crm": {"locale": "pl"}},
    "notifications": {
        "team": {"slack": {"env": "HOOK"}},
        "crm": {"webhook": {"file": "/run/hook"}, "events": ["done", "held"], "sources": "crm", "language": "en"},
    },
}
SOURCES = Sources.model_validate(DECLARED)


class Sent:
    """What was sent, and who cannot be reached."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Message]] = []
        self.away: set[str] = set()

    def __call__(self, name: str, _: Recipient, message: Message) -> None:
        if name in self.away:
            raise NotTold("no connection")
        self.messages.append((name, message))

    def told(self, home: Home, events: Sequence[Event], minutes: float = 1) -> list[Fault]:
        self.messages.clear()
        now = NOW + timedelta(minutes=minutes)
        return tell(home, SOURCES, When(now, now), lambda _: events, self)


@pytest.fixture
def sent(home: Home) -> Sent:
    home.dagster.mkdir(parents=True)
    begun = Sent()
    begun.told(home, [], 0)
    return begun


def imported(kind: str, run: str, source: str) -> Event:
    return Event(kind, run, source, f"{source}-1", f"{source}.csv", 10, 10, 0)  # type: ignore[arg-type]


@pytest.mark.rule("UP-13")
def test_each_is_told_once_of_what_they_asked_for(home: Home, sent: Sent) -> None:
    events = [imported("held", "1", "shop"), imported("done", "2", "crm"), imported("held", "3", "crm")]
    assert sent.told(home, events) == []
    assert [name for name, _ in sent.messages] == ["team", "crm"]
    team, crm = (message.text for _, message in sent.messages)
    assert "shop.csv" in team and team.count("- ") == 2  # not the one that is done; two languages: English
    assert "shop.csv" not in crm and crm.count("- ") == 2
    sent.told(home, events)
    assert sent.messages == []


def test_a_message_about_one_source_is_in_its_language_but_for_who_chose_another(home: Home, sent: Sent) -> None:
    sent.told(home, [imported("held", "1", "crm")])
    team, crm = (message.subject for _, message in sent.messages)
    assert "czeka na decyzję" in team and "waiting for a decision" in crm


def test_who_cannot_be_reached_is_told_later_and_the_others_at_once(home: Home, sent: Sent) -> None:
    sent.away = {"team"}
    event = imported("held", "1", "crm")
    assert sent.told(home, [event], 1) == [Fault("team", "no connection")]
    assert [name for name, _ in sent.messages] == ["crm"]
    assert sent.told(home, [event], 1.5) == []  # not at once again
    sent.away = set()
    sent.told(home, [event, imported("held", "2", "shop")], 3)
    assert [(name, "crm.csv" in message.text) for name, message in sent.messages] == [("team", True), ("crm", False)][
        :1
    ]


def test_who_is_new_is_asked_for_nothing_older(home: Home) -> None:
    home.dagster.mkdir(parents=True)
    asked = []
    for now in (NOW, NOW + timedelta(days=30)):
        tell(home, SOURCES, When(now, now - timedelta(seconds=9)), lambda since: asked.append(since) or [], Sent())
    assert asked == [NOW - timedelta(seconds=9), NOW + timedelta(days=23)]
