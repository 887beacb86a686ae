"""The inbox: which files wait, when one is complete, and whose it is."""

import hashlib
import mmap
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.errors import Unreadable
from pipelines.identity import import_key
from pipelines.intake.inbox import Arrival, Seen, key_of, look, seen_now, wait_until_whole, waiting
from pipelines.intake.plain_files import is_being_written


def drop(inbox: Path, name: str, content: str = "email,name\n") -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


@pytest.mark.rule("AU-02")
@pytest.mark.parametrize(
    ("name", "source"),
    [("list.csv", "default"), ("shop/list.csv", "shop"), ("shop/2024/may/list.csv", "shop"), ("été/list.csv", "été")],
)
def test_a_file_belongs_to_the_folder_it_lies_in(tmp_path: Path, name: str, source: str) -> None:
    path = drop(tmp_path, name)
    assert waiting(tmp_path) == [Arrival(path, source)]


def test_files_wait_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b.csv", "shop/a.csv", "a.csv", "crm/z.csv"):
        drop(tmp_path, name)
    names = [str(arrival.path.relative_to(tmp_path)) for arrival in waiting(tmp_path)]
    assert names == ["a.csv", "b.csv", "crm/z.csv", "shop/a.csv"]


@pytest.mark.rule("PIT-20")
@pytest.mark.parametrize(
    "name",
    [
        *(".hidden", "shop/.list.csv", ".git/list.csv", ".DS_Store", ".~lock.list.ods#", "~$list.xlsx", "list.csv~"),
        *(f"list.csv.{ending}" for ending in ("part", "filepart", "partial", "CRDOWNLOAD", "download", "opdownload")),
        *("a.tmp", "a.swp", "Thumbs.db", "shop/THUMBS.DB", "desktop.ini", "Desktop.ini", "list.csv.download/list.csv"),
    ],
)
def test_what_is_not_meant_for_us_is_left_alone(tmp_path: Path, name: str) -> None:
    drop(tmp_path, name)
    assert waiting(tmp_path) == []


@pytest.mark.parametrize(
    "name", ["~list.csv", "part.csv", "thumbs.csv", "list~.csv", "download", "a.part.csv", "$~.csv"]
)
def test_what_only_looks_like_it_is_taken(tmp_path: Path, name: str) -> None:
    drop(tmp_path, name)
    assert [arrival.path.name for arrival in waiting(tmp_path)] == [name]


@pytest.mark.parametrize("name", [b"liste \xe9t\xe9.csv", b"\xff.csv", b"crm\xe9/list.csv"])
def test_a_name_that_is_no_utf_8_is_named_left_and_holds_up_no_other(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text("email,name\n")
    drop(tmp_path, "other.csv")
    found, (reason,) = look(tmp_path)
    assert [arrival.path.name for arrival in found] == ["other.csv"]
    assert "\\x" in reason and "no UTF-8" in reason and reason.encode("utf-8")
    with pytest.raises(Unreadable, match="no UTF-8"):
        key_of(Arrival(path, "default"))
    assert path.exists()


@pytest.mark.parametrize("inbox", ["", "nowhere"])
def test_an_empty_or_missing_inbox_has_nothing_waiting(tmp_path: Path, inbox: str) -> None:
    assert waiting(tmp_path / inbox) == []


NOW = datetime(2026, 6, 30, tzinfo=UTC)


def wait_of(path: Path, seen_for: float, changed_for: float) -> float | None:
    """How long a file has to wait that was seen, and changed, so many seconds ago."""
    changed = NOW.timestamp() - changed_for
    os.utime(path, (changed, changed))
    arrival = Arrival(path, "default")
    seen = Seen(arrival.signature, NOW - timedelta(seconds=seen_for))
    wait = wait_until_whole(arrival, seen, NOW)
    return None if wait is None else wait.total_seconds()


@pytest.mark.rule("PIT-20")
@pytest.mark.parametrize(
    ("seen_for", "changed_for", "wait"),
    [(0, 0, 3), (0, 1, 2), (0, 3, 0), (0, 86_400, 0), (2, 0, 1), (2, -3600, 1), (9, -3600, 0)],
)
def test_a_file_is_whole_three_seconds_after_its_last_change_whatever_its_clock_says(
    tmp_path: Path, seen_for: float, changed_for: float, wait: float
) -> None:
    assert wait_of(drop(tmp_path, "list.csv"), seen_for, changed_for) == wait


@pytest.mark.rule("PIT-20")
def test_a_file_that_somebody_has_open_for_writing_waits_for_its_end(tmp_path: Path) -> None:
    path = drop(tmp_path, "list.csv")
    with path.open("r+b") as file:
        assert wait_of(path, 3600, 3600) is None
        mapped = mmap.mmap(file.fileno(), 1)
    assert wait_of(path, 3600, 3600) is None  # the file is closed, and still written to
    mapped.close()
    with path.open("rb"):
        assert wait_of(path, 3600, 3600) == 0  # whoever reads it is in nobody's way


def test_to_ask_who_writes_a_file_is_in_nobodys_way(tmp_path: Path) -> None:
    path = drop(tmp_path, "list.csv")
    with path.open("rb") as asked:
        assert is_being_written(asked.fileno()) is False
        with path.open("ab") as file:
            assert is_being_written(asked.fileno()) is True
            file.write(b"more")
    assert path.read_bytes().endswith(b"more")


@pytest.mark.rule("PIT-20")
def test_a_file_whose_writers_nobody_knows_waits_by_what_we_saw_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.intake.inbox.is_being_written", lambda _: None)
    path = drop(tmp_path, "list.csv")
    assert [wait_of(path, seen, 86_400) for seen in (0, 10, 20)] == [15, 5, 0]


@pytest.mark.rule("PIT-20")
@pytest.mark.parametrize("change", ["longer", "touched"])
def test_a_file_that_changed_is_seen_anew(tmp_path: Path, change: str) -> None:
    path = drop(tmp_path, "list.csv")
    later = NOW + timedelta(seconds=9)
    seen = seen_now(waiting(tmp_path), {}, NOW)
    assert seen_now(waiting(tmp_path), seen, later) == seen
    if change == "longer":
        drop(tmp_path, "list.csv", "email,name\na@x.fr,Ann\n")
    os.utime(path, ns=(1, 1))
    assert wait_until_whole(Arrival(path, "default"), seen[str(path)], later) is None
    assert seen_now(waiting(tmp_path), seen, later)[str(path)].since == later


def test_only_files_that_wait_now_are_remembered(tmp_path: Path) -> None:
    seen = Seen("1:1", NOW)
    assert seen_now([], {"gone.csv": seen}, NOW) == {}
    assert seen_now([Arrival(tmp_path / "gone.csv", "default")], {}, NOW) == {}


def test_the_key_of_an_arrival_is_that_of_its_source_and_bytes(tmp_path: Path) -> None:
    path = drop(tmp_path, "shop/list.csv", "email\n")
    digest = hashlib.sha256(b"email\n").hexdigest()
    assert key_of(Arrival(path, "shop")) == import_key("shop", digest)
