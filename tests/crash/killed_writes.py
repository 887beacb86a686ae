"""Killed processes: an action in a process of its own that dies at its n-th write, and what is there afterwards.

Lives here: the actions, the homes they start from, one killed attempt with the next one after it, and all that can be
compared of a home. Not here: what counts as a write (`injection.py`), which points are tried
(`end_to_end/test_killed_anywhere.py`).
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, NoReturn
from uuid import UUID

from pipelines.backup.make_backup import back_up
from pipelines.backup.restore import restore
from pipelines.configuration.retention import Retention
from pipelines.configuration.settings import Sources
from pipelines.erasure.erase import erase
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.identity import import_key
from pipelines.ledger import commit_imports, recompute
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers
from pipelines.retention.remove_files import tidy_files
from pipelines.warehouse.database import Connection, published, rows_of, working
from tests.crash.injection import counted, killed
from tests.support.byte_search import found_in
from tests.support.flow import NOW, drop, import_text, run_inbox, undo
from tests.support.homes import copy_home
from tests.support.memo import remembered

FORKS = get_context("forkserver")
"""Processes forked from one that has our modules loaded and nothing of ours started: no thread, no database."""
FORKS.set_forkserver_preload(["tests.crash.killed_writes"])

State = dict[str, str]
"""Text by the name of a table or a file."""

TOLD_OTHERWISE = ("working.duckdb", "working.lock", "published.json", "customers.duckdb")
"""Files whose bytes differ though they hold the same."""

BACKUP = "kept-backup"
PERIODS = Retention(archive=1, staging=1, rejects=1, open_rejects=1)

SOURCES = Sources.model_validate({"sources": {"till": {"profile": "payments"}}})
TITLES = "email,name,phone,total spent,first payment date\n"
PAYMENTS = "payment id,email,amount,date,status\n"


def rows(first: int, last: int) -> str:
    """A row for each number: its own customer, phone and amount."""
    return "".join(f"c{n}@x.fr,N{n},+3361234{n:04},{n}.50,2026-01-{n % 28 + 1:02}\n" for n in range(first, last))


JANUARY = TITLES + rows(1, 16) + "nobody,Eve,,1,\n"
AGAIN = TITLES + rows(4, 20) + "no one,Eve,,1,\n"
FEBRUARY = TITLES + rows(15, 18) + "not one,Eve,,1,\n"
PAID = PAYMENTS + "p1,c1@x.fr,10,2026-02-01,paid\n"
PAID_AGAIN = PAYMENTS + "p1,c2@x.fr,12,2026-02-01,paid\np2,c1@x.fr,-3,2026-02-03,paid\n"
"""A payment that moves to another customer, and a refund."""

ERASED = ("c5@x.fr", "612340005")
"""Who is erased: the first list has them, and the import that is held."""

SENDERS = ("drops", "inbox")
"""What lies there is its senders', and not searched."""

HELD = import_key("shop", hashlib.sha256(AGAIN.encode()).hexdigest())


def two_files_wait(home: Home) -> None:
    """An inbox with a list, of which one row is known and one is bad, and with payments."""
    drop(home, FEBRUARY, "shop", "february.csv")
    drop(home, PAID_AGAIN, "till", "till.csv")


def with_history(home: Home) -> None:
    """A list, payments, and an import that was undone, all before those two files."""
    import_text(home, JANUARY, name="january.csv")
    import_text(home, PAID, "till", sources=SOURCES)
    undo(home, import_text(home, TITLES + rows(40, 44), "crm").import_id)
    two_files_wait(home)


def with_held(home: Home) -> None:
    """The same, and an import that waits for a decision, for it repeats the list."""
    with_history(home)
    import_text(home, AGAIN, name="again.csv")


def with_replaced(home: Home) -> None:
    """The same, decided: the later import stands for the list."""
    with_held(home)
    commit_imports.decide(home, HELD, "replace", "tester", NOW)


def with_backup(home: Home) -> None:
    """The same, and in the home a backup of the time before that decision."""
    with_held(home)
    aside = home.root.with_name(f"{home.root.name}-backup")
    back_up(home, aside, lambda: NOW)
    shutil.move(aside, home.root / BACKUP)
    commit_imports.decide(home, HELD, "replace", "tester", NOW)


class Action(NamedTuple):
    """Something that people or runs do, and the home in which they do it; the text names the run.

    `erased`: texts of which no byte may be left when it is done.
    """

    prepare: Callable[[Home], object]
    do: Callable[[Home, str], object]
    erased: tuple[str, ...] = ()


ACTIONS = {
    "first import": Action(two_files_wait, lambda home, run: run_inbox(home, run, SOURCES)),
    "import": Action(with_history, lambda home, run: run_inbox(home, run, SOURCES)),
    "replace": Action(with_held, lambda home, _: commit_imports.decide(home, HELD, "replace", "tester", NOW)),
    "undo": Action(with_replaced, lambda home, _: undo(home, HELD)),
    "merge": Action(with_history, lambda home, _: merge_customers(home, "c1@x.fr", "c3@x.fr", Deciding("tester", NOW))),
    "rebuild": Action(with_replaced, lambda home, _: recompute.rebuild(home)),
    "restore": Action(with_backup, lambda home, _: restore(home, home.root / BACKUP, replace=True)),
    "erase": Action(with_held, lambda home, _: erase(home, ERASED[0], "tester", NOW, UUID(int=7)), ERASED),
    "tidy": Action(with_replaced, lambda home, _: tidy_files(home, PERIODS, NOW + timedelta(days=2))),
    "publish": Action(with_replaced, lambda home, _: recompute.publish(home)),
}


class Undisturbed(NamedTuple):
    """An action from its beginning to its end: its points by name, what analysts see after it, and all there is."""

    points: list[str]
    after: State
    whole: State


class Survived(NamedTuple):
    """How a killed process ended, what analysts saw then, all there is after the same action again, and where texts are
    left that should be erased.
    """

    exit_code: int | None
    seen: State | None
    whole: State
    left: list[str]


def undisturbed(base: Path, place: Path, name: str) -> Undisturbed:
    """An action in a copy of its prepared home, its writes counted."""
    copy_home(base, place)
    with counted(place) as points:
        ACTIONS[name].do(Home(place), "first")
    return Undisturbed(points, published_state(Home(place)), _again(place, name))


def killed_at(base: Path, place: Path, name: str, at: int) -> Survived:
    """An action in a copy of its prepared home, killed at a point in a process of its own, and the same again in ours.

    `seen` is None where the snapshot is still the file that it was.
    """
    copy_home(base, place)
    child = FORKS.Process(target=_die, args=(place, name, at))
    child.start()
    child.join()
    seen = None if _same_snapshot(base, place) else published_state(Home(place))
    with remembered():
        whole = _again(place, name)
    survived = Survived(child.exitcode, seen, whole, found_in(place, ACTIONS[name].erased, SENDERS)[0])
    shutil.rmtree(place)
    return survived


def _same_snapshot(base: Path, place: Path) -> bool:
    """Whether both homes show the same file, which nobody writes into, and no log beside it."""
    here, there = Home(place).published, Home(base).published
    logged = here.with_name(f"{here.name}.wal").exists()
    return here.exists() and there.exists() and here.samefile(there) and not logged


def _die(place: Path, name: str, at: int) -> NoReturn:
    try:
        with counted(place, at, killed):
            ACTIONS[name].do(Home(place), "first")
    finally:
        os._exit(1)


def _again(place: Path, name: str) -> State:
    """The action again, then the run of another day, and all there is."""
    home = Home(place)
    with suppress(WrongUse):  # it was done before the end came
        ACTIONS[name].do(home, "second")
    commit_imports.commit_waiting(home, "another day", datetime.now(UTC) + timedelta(days=2))
    return whole_state(home)


def published_state(home: Home) -> State:
    """Every published table and view, its rows in a fixed order; nothing where nothing was published."""
    if not home.published.exists():
        return {}
    with published(home.published) as connection:
        return _tables(connection, "main")


def whole_state(home: Home) -> State:
    """All there is: published tables, the ledger's own, and every other file by its name and bytes."""
    with working(home.working) as connection:
        return published_state(home) | _tables(connection, "ledger") | _files(home.root)


def _tables(connection: Connection, schema: str) -> State:
    """Every table and view of a schema, its rows in a fixed order; which of two runs wrote them is left out."""
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY ALL"
    names = [f"{schema}.{name}" for name in rows_of(connection, query, [schema])["table_name"]]
    found = {name: rows_of(connection, f"FROM {name} ORDER BY ALL") for name in names}
    return {name: rows.drop("run_id", strict=False).write_ndjson() for name, rows in found.items()}


def _files(root: Path) -> State:
    """Names and bytes; of the databases and what names a process or an inode the names alone."""
    found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {name: "" if path.name in TOLD_OTHERWISE else _digest(path, root) for name, path in sorted(found.items())}


def _digest(path: Path, root: Path) -> str:
    return hashlib.sha256(path.read_bytes().replace(str(root).encode(), b"")).hexdigest()
