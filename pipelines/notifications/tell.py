"""Who learns of which events: each once, all of a while in one message, and whoever could not be reached later.

Lives here: what each recipient was told already, in `notified.json` beside Dagster's storage. Not here: what happened
(`assets/notifications.py`), sending (`channels.py`). The file holds names of recipients and ids of runs, nothing else.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, Field

from pipelines import locks
from pipelines.configuration.notifications import Recipient
from pipelines.configuration.settings import FileSource, Sources
from pipelines.durable import written
from pipelines.home import Home
from pipelines.notifications.message import Event, Message, message_of
from pipelines.notifications.not_told import NotTold
from schemas.codes import Language

KEPT = timedelta(days=7)
"""How long a message is tried, and what was told is remembered; older runs are nobody's news."""
LONGEST_PAUSE = timedelta(hours=6)


class Told(BaseModel):
    """What a recipient was told, by the marks of events, and when; since when it is one; and tries that failed."""

    since: datetime
    marks: dict[str, datetime] = Field(default_factory=dict)
    tries: int = 0
    not_before: datetime | None = None


class When(NamedTuple):
    """The present instant, and the one at which the process began its work: who is new is told what came since."""

    now: datetime
    began: datetime


class Fault(NamedTuple):
    """A recipient who could not be reached, and why."""

    name: str
    reason: str


Send = Callable[[str, Recipient, Message], None]
Happened = Callable[[datetime], Sequence[Event]]
"""What happened from an instant on."""


def tell(home: Home, sources: Sources, when: When, happened: Happened, send: Send) -> list[Fault]:
    """Tell every recipient what it was not told yet; returns those who could not be reached.

    Args:
        home: where it is noted what was told.
        sources: with the recipients.
        when: it is, and the work began.
        happened: asked for the events since the earliest recipient began.
        send: to one recipient; raises NotTold.
    """
    place = home.dagster / "notified.json"
    faults, now = [], when.now
    with _alone(home):
        known = _known(place)
        all_told = {name: known.get(name) or Told(since=when.began) for name in sources.notifications}
        events = happened(min(max(told.since, now - KEPT) for told in all_told.values()))
        for name, recipient in sources.notifications.items():
            all_told[name], fault = _tell_one(home, sources, _Asked(name, recipient, all_told[name]), events, now, send)
            _note(place, all_told)  # at once: whoever was told is not told again by the next process
            faults += [Fault(name, fault)] if fault else []
    return faults


class _Asked(NamedTuple):
    name: str
    recipient: Recipient
    told: Told


def _tell_one(
    home: Home, sources: Sources, asked: _Asked, events: Sequence[Event], now: datetime, send: Send
) -> tuple[Told, str]:
    """What a recipient was told afterwards, and why it could not be reached."""
    name, recipient, told = asked
    fresh = [event for event in events if event.mark not in told.marks]
    wanted = [event for event in fresh if _wants(recipient, event)]
    if wanted and told.not_before and now < told.not_before:
        return told, ""
    try:
        for language, its_events in _by_language(sources, recipient, wanted).items():
            send(name, recipient, message_of(its_events, home, language))
    except NotTold as error:
        pause = min(timedelta(minutes=4 ** min(told.tries, 9)), LONGEST_PAUSE)
        return told.model_copy(update={"tries": told.tries + 1, "not_before": now + pause}), str(error)
    kept = {mark: at for mark, at in told.marks.items() if now - at < 2 * KEPT}
    return Told(since=told.since, marks=kept | dict.fromkeys((event.mark for event in fresh), now)), ""


def _wants(recipient: Recipient, event: Event) -> bool:
    return event.kind in recipient.events and (not recipient.sources or event.source in recipient.sources)


def _by_language(sources: Sources, recipient: Recipient, events: Sequence[Event]) -> Mapping[Language, list[Event]]:
    """The events in the recipient's language; for one who names none in that of their source, if they share one."""
    if not events:
        return {}
    spoken = {recipient.language or _language_of(sources, event.source) for event in events}
    return {spoken.pop() if len(spoken) == 1 else "en": list(events)}


def _language_of(sources: Sources, name: str) -> Language:
    source = sources.sources.get(name)
    return source.language if isinstance(source, FileSource) else "en"


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One process tells at a time, a command or the daemon."""
    folder = home.dagster / "notifying"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = locks.hold(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _known(place: Path) -> dict[str, Told]:
    if not place.exists():
        return {}
    return {name: Told.model_validate(one) for name, one in json.loads(place.read_text("utf-8")).items()}


def _note(place: Path, told: Mapping[str, Told]) -> None:
    text = json.dumps({name: one.model_dump(mode="json") for name, one in told.items()})
    with written(place) as unfinished:
        unfinished.write_text(text, "utf-8")
