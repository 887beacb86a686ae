"""Analysts who read all the time: no error, no torn state, nothing stale, over fifty publishes by another process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from multiprocessing.sharedctypes import Synchronized
from typing import Any, NamedTuple

import duckdb
import pytest

from pipelines.home import Home
from pipelines.ledger import recompute
from tests.crash.killed_writes import FORKS
from tests.support.flow import AS_OF, import_text, undo

pytestmark = pytest.mark.slow

PUBLISHES = 50
LOOKS_AT_LEAST = 20
PAUSE = 0.01
"""Seconds between looks: the readers should not take all time from the writer."""

TITLES = "email,name,total_spent,first_payment_date\n"

SEEN = """
    SELECT (SELECT count(*) + count(undone_at) FROM import_history) AS steps,
        (SELECT coalesce(sum(total_spent), 0) FROM customers) AS total,
        (SELECT coalesce(sum(amount_accepted), 0) FROM import_history WHERE status LIKE 'done%') AS told,
        (SELECT count(*) FROM customers) AS customers,
        (SELECT count(*) FROM customer_priority SEMI JOIN customers USING (customer_id)) AS prioritised,
        (SELECT count(DISTINCT as_of_date) FROM customer_priority) AS days
"""
"""Steps only grow; money, customers and priorities belong together in every state that is published."""


def look(connection: duckdb.DuckDBPyConnection) -> tuple[int, Decimal, Decimal, int, int, int]:
    [row] = connection.execute(SEEN).fetchall()
    return row


def torn(steps: int, total: Decimal, told: Decimal, customers: int, validated: int, days: int) -> str | None:
    whole = total == told and customers == validated and days == (customers > 0)
    return (
        None
        if whole
        else f"after {steps} steps: {total} of {told}, {validated} of {customers} prioritised, {days} days"
    )


class Meeting(NamedTuple):
    """Where a reader and the writer meet: it looked once, it is to stop, what it tells."""

    looked: Any
    stop: Any
    told: Any


def opens_anew(path: str, published: "Synchronized[int]", meeting: Meeting) -> None:
    """Open, look and close until told to stop: each look shows at least what was published before it."""
    faults, looks, latest, states = [], 0, 0, set()
    while not meeting.stop.is_set():
        least = published.value
        with duckdb.connect(path, read_only=True) as connection:
            seen = look(connection)
        stale = [] if seen[0] >= max(least, latest) else [f"{seen[0]} steps, after {least} and {latest}"]
        faults += [fault for fault in (torn(*seen), *stale) if fault]
        looks, latest = looks + 1, seen[0]
        states.add(seen[0])
        meeting.looked.set()
        time.sleep(PAUSE)
    meeting.told.put((faults[:5], looks, len(states)))


def stays_open(path: str, _: "Synchronized[int]", meeting: Meeting) -> None:
    """Keep one session open: it goes on showing the state that it opened."""
    faults, looks = [], 0
    with duckdb.connect(path, read_only=True) as connection:
        first = look(connection)
        meeting.looked.set()
        while not meeting.stop.is_set():
            seen = look(connection)
            faults += [] if seen == first else [f"{seen} after {first}"]
            looks += 1
            time.sleep(PAUSE)
    meeting.told.put((faults[:5], looks, 1))


@contextmanager
def reading(work: Any, home: Home, published: "Synchronized[int]") -> Iterator[list[Any]]:
    """A process that reads as long as the block lasts, from its first look on; afterwards what it tells."""
    meeting, answer = Meeting(FORKS.Event(), FORKS.Event(), FORKS.Queue()), []
    process = FORKS.Process(target=work, args=(str(home.published), published, meeting))
    process.start()
    try:
        assert meeting.looked.wait(300), "a slow machine starts a process late; this is another fault"
        yield answer
        meeting.stop.set()
        answer.extend(meeting.told.get(timeout=300))
    finally:
        process.join(300) if meeting.stop.is_set() else process.kill()
    assert process.exitcode == 0


def fifty_publishes(home: Home, published: "Synchronized[int]") -> None:
    """Imports, undos, new days and plain publishes, by turns; each is told when it has ended."""
    ids: list[str] = []
    for number in range(PUBLISHES):
        match number % 5:
            case 0 | 2:
                lines = "".join(f"c{n}@x.fr,N,{number}.{n},2026-01-05\n" for n in range(number % 7, 9))
                ids.append(import_text(home, TITLES + lines, name=f"{number}.csv", on_overlap="add").import_id)
                published.value += 1
            case 1:
                recompute.prioritise_all(home, AS_OF.replace(year=2027 + number))
            case 3:
                undo(home, ids.pop(0))
                published.value += 1
            case _:
                recompute.publish(home)


def test_readers_meet_no_error_no_torn_and_no_stale_state_over_fifty_publishes(home: Home) -> None:
    import_text(home, TITLES + "a@x.fr,A,1,2026-01-05\n")
    published = FORKS.Value("i", 1)
    with reading(opens_anew, home, published) as anew, reading(stays_open, home, published) as open_:
        fifty_publishes(home, published)
    assert [anew[0], open_[0]] == [[], []]
    assert min(anew[1], open_[1]) >= LOOKS_AT_LEAST
    assert anew[2] > PUBLISHES // 5
