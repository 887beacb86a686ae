"""What is told: events, and a message of many of them.

Lives here: the record of an event, and its sentences. Not here: who learns of it (`tell.py`), how (`channels.py`). A
message leaves the house and is kept by others: it holds names of files, counts, ids and paths of ours, and no value of
any row; a file whose name holds an address is called by its import (decision 44).
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pipelines.configuration.notifications import Kind
from pipelines.home import Home
from pipelines.rejects.write import path_of
from pipelines.reports.paths import report_path
from schemas.codes import Language
from schemas.wordlists import wordlist

MOST_LISTED = 20
"""So many files are named in one message, those first that somebody has to look at."""
ORDER: tuple[Kind, ...] = ("failed", "checks", "sync_failed", "sync_late", "refused", "held", "rejects", "done")


class Event(NamedTuple):
    """Something that somebody may want to know.

    `mark`: what it is known by, so that it is told once: the run, or the time since which a sync is late. `import_id`,
    `name` and the counts: of an import; `since`: of a sync that is late.
    """

    kind: Kind
    mark: str
    source: str = ""
    import_id: str = ""
    name: str = ""
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    since: str = ""


class Message(NamedTuple):
    """A message as it is sent."""

    subject: str
    text: str


def message_of(events: Sequence[Event], home: Home, language: Language) -> Message:
    """One message of all events, however many.

    Args:
        events: at least one.
        home: where reports and reject files lie.
        language: of the reader.
    """
    words = {line["key"]: line[language] for line in wordlist("notification_words")}
    counts = Counter(event.kind for event in events)
    summary = ", ".join(f"{words[f'count_{kind}']}: {counts[kind]}" for kind in ORDER if counts[kind])
    first = sorted(events, key=lambda event: ORDER.index(event.kind))[:MOST_LISTED]
    lines = [line for event in first for line in _lines(event, home, words)]
    if len(events) > MOST_LISTED:
        lines += ["", words["more"].format(count=len(events) - MOST_LISTED)]
    return Message(f"Customer Intake: {summary}", "\n".join([summary, "", *lines]) + "\n")


def _lines(event: Event, home: Home, words: dict[str, str]) -> list[str]:
    """What happened, where to read on, and what to do."""
    name = event.import_id if "@" in event.name else event.name
    told = words[event.kind].format(**event._asdict() | {"name": name})
    lines = [f"- {told}"]
    report = report_path(home, event.import_id)
    if event.import_id and report.exists():
        lines.append(f"  {words['report']} {report}")
    if event.kind == "rejects":
        lines.append(f"  {words['mend']} {path_of(home, event.import_id)}")
    if event.kind == "held":
        choices = ("add", "replace", "skip_identical")
        lines += [f"  customers decide {event.import_id} {choice} --by NAME" for choice in choices]
        lines.append(f"  {words['in_ui']} decide_import")
    elif event.kind in ("refused", "failed") and event.import_id:
        lines += [f"  customers rows {event.import_id}", f"  {words['in_ui']} rows_of_an_import"]
    elif event.kind in ("sync_failed", "sync_late"):
        lines += [f"  customers stripe check {event.source}", f"  customers stripe sync {event.source}"]
        lines.append(f"  {words['in_ui']} stripe_check, stripe_sync")
    return lines
