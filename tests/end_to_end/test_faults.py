"""Two runs at once, full disks, closed folders, changing files, leftovers: all counts once and nothing is lost."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

from pipelines.configuration.settings import Sources
from pipelines.errors import Unpublished, Unreadable
from pipelines.home import Home
from pipelines.intake.attempts import begun
from pipelines.intake.import_request import Request, content_of
from pipelines.intake.inbox import Arrival, look
from pipelines.intake.process_file import process_file
from pipelines.intake.run_folders import claimed
from pipelines.ledger.commit_imports import commit_waiting
from pipelines.models.staged_file import attempt_of
from tests.crash.injection import counted
from tests.crash.killed_writes import FORKS
from tests.support import homes
from tests.support.flow import AS_OF, NOW, drop, import_text, run_inbox, table

pytestmark = pytest.mark.slow

TITLES = "email,name,total_spent\n"
ANA, BOB = TITLES + "ana@example.com,Ana,10\nx,Eve,1\n", TITLES + "bob@example.com,Bob,5\nx,Eve,1\n"
POINTS_APART = 12


def filed_and_booked(root: Path, name: str, run: str) -> list[str]:
    """What one run does with one file of its own, in a process of its own."""
    home = Home(root)
    arrival = Arrival(root / name, "shop")
    content = content_of(arrival)
    with begun(home, run, {}):
        with claimed(home, home.staging / attempt_of(run) / content.key):
            request = Request(arrival, "tester", NOW, AS_OF, attempt=attempt_of(run))
            process_file(request, content, home, Sources())
        return [outcome.status for outcome in commit_waiting(home, run, NOW).outcomes]


@pytest.mark.rule("PIT-69")
@pytest.mark.parametrize(("texts", "total", "statuses"), [([ANA, BOB], 15, 2), ([ANA, ANA], 10, 1)])
def test_two_processes_that_import_at_once_take_turns_and_count_everything_once(
    home: Home, texts: list[str], total: int, statuses: int
) -> None:
    for name, text in zip("ab", texts, strict=True):
        (home.root / name).write_text(text, "utf-8")
    with FORKS.Pool(2, maxtasksperchild=1) as processes:
        told = processes.starmap(filed_and_booked, [(home.root, name, f"run-{name}") for name in "ab"], chunksize=1)
    first, second = sorted(status for each in told for status in each)
    assert first == "done_with_rejects"
    assert second in others(texts)
    assert table(home)["total_spent"].sum() == total
    assert table(home, "import_history").height == statuses
    assert table(home, "rejected_rows").height == statuses
    assert not list(home.staging.rglob("staged_file.json"))


def others(texts: list[str]) -> list[str]:
    """The second of two equal files is told that it was there already; or that it is done, where the first process
    ended before it told anybody.
    """
    return ["refused", "done_with_rejects"] if texts[0] == texts[1] else ["done_with_rejects"]


def full() -> None:
    """What the disk says when nothing more fits."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("first", range(2))
def test_a_disk_that_is_full_at_any_write_costs_nothing_but_the_run(
    home: Home, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again at later writes, until one run gets through; the next one finds the file where it was."""
    monkeypatch.setattr(homes, "places", [])  # the run makes its tables itself: copying them is no write of its own
    drop(home, ANA)
    for at in range(1 + first * POINTS_APART // 2, 1000, POINTS_APART):
        with suppress(OSError, Unpublished), counted(home.root, at, full) as points:
            run_inbox(home, f"run-{at}")
        if len(points) < at:
            break
        drop(home, ANA)
    assert table(home)["total_spent"].to_list() == [10]
    assert table(home, "import_history")["status"].to_list() == ["done_with_rejects"]
    run_inbox(home, "last")
    assert not [path for path in home.inbox.rglob("*") if path.is_file()]
    assert not list(home.root.glob(".customers*"))


def run_with_limit(root: Path, limit: int) -> str:
    """A run that the kernel lets write no file beyond so many bytes; what it says about it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        run_inbox(Home(root), "limited")
    except Exception as error:
        return repr(error)
    return ""


@pytest.mark.parametrize("limit", [100, 5_000, 300_000, 1_500_000])
def test_a_file_that_the_system_lets_nobody_finish_is_written_by_the_next_run(home: Home, limit: int) -> None:
    import_text(home, BOB)
    before = home.published.read_bytes()
    drop(home, ANA)
    with FORKS.Pool(1, maxtasksperchild=1) as processes:
        assert processes.apply(run_with_limit, (home.root, limit))
    assert home.published.read_bytes() == before
    run_inbox(home, "unlimited")
    assert sorted(table(home)["total_spent"]) == [5, 10]


def test_a_folder_that_nobody_may_open_is_named_and_holds_up_no_other(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, real = drop(home, ANA, "closed").parent, os.scandir
    drop(home, BOB, "open")

    def scandir(place: str) -> object:
        if Path(place) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(closed))
        return real(place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", scandir)
        found, reasons = look(home.inbox)
    assert [arrival.source for arrival in found] == ["open"]
    assert [str(closed) in reason and "Permission denied" in reason for reason in reasons] == [True]


def appended(path: Path) -> None:
    with path.open("a") as file:
        file.write("more\n")


@pytest.mark.rule("PIT-20")
@pytest.mark.parametrize("happens", [appended, Path.unlink])
def test_a_file_that_changes_or_goes_while_it_is_read_is_left_for_another_time(
    home: Home, monkeypatch: pytest.MonkeyPatch, happens: object
) -> None:
    path, real = drop(home, ANA), Arrival.opened

    @contextmanager
    def opened(arrival: Arrival) -> Iterator[IO[bytes]]:
        with real(arrival) as file:
            yield file
        happens(arrival.path)

    monkeypatch.setattr(Arrival, "opened", opened)
    with pytest.raises(Unreadable, match=r"list\.csv"):
        content_of(Arrival(path, "shop"))
    assert not home.archive.exists()


def test_what_the_dead_left_behind_is_cleared_away_and_their_lock_holds_nobody_up(home: Home) -> None:
    import_text(home, BOB)
    leftovers = [
        home.root / ".customers.duckdb.building",
        home.root / ".customers.duckdb.building.wal",
        home.staging / ".run-dead" / "shop-000000000000" / "rows.parquet",
        home.staging / ".run-dead" / "shop-000000000001" / ".staged_file.json.writing",
        home.staging / ".preview-dead" / "staging" / "shop-000000000002" / "original",
        home.staging / ".held" / "shop-000000000003" / "staged_file.json",
    ]
    for path in leftovers:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    home.working.with_suffix(".lock").write_text("999999")
    drop(home, ANA)
    run_inbox(home, "next")
    assert sorted(table(home)["total_spent"]) == [5, 10]
    assert not [path for path in leftovers if path.exists()]
    assert sorted(path.name for path in home.staging.glob(".*")) == [".held", ".run-next"]
