"""The inbox: which files wait, when one is complete, and whose it is."""

import hashlib
import os
from pathlib import Path

import pytest

from pipelines.errors import Unreadable
from pipelines.identity import import_key
from pipelines.intake.inbox import Arrival, complete, key_of, look, waiting


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


@pytest.mark.rule("PIT-20")
def test_a_file_is_complete_when_it_did_not_change_since_the_last_look(tmp_path: Path) -> None:
    path = drop(tmp_path, "list.csv")
    first_look, seen = complete(waiting(tmp_path), {})
    second_look, _ = complete(waiting(tmp_path), seen)
    assert (first_look, second_look) == ([], [Arrival(path, "default")])


@pytest.mark.rule("PIT-20")
@pytest.mark.parametrize("change", ["longer", "touched"])
def test_a_file_that_is_still_being_written_waits(tmp_path: Path, change: str) -> None:
    path = drop(tmp_path, "list.csv")
    _, seen = complete(waiting(tmp_path), {})
    if change == "longer":
        drop(tmp_path, "list.csv", "email,name\na@x.fr,Ann\n")
    os.utime(path, ns=(1, 1))
    still, seen = complete(waiting(tmp_path), seen)
    stable, _ = complete(waiting(tmp_path), seen)
    assert (still, len(stable)) == ([], 1)


def test_only_files_that_wait_now_are_remembered(tmp_path: Path) -> None:
    assert complete([], {"gone.csv": "1:1"}) == ([], {})


def test_the_key_of_an_arrival_is_that_of_its_source_and_bytes(tmp_path: Path) -> None:
    path = drop(tmp_path, "shop/list.csv", "email\n")
    digest = hashlib.sha256(b"email\n").hexdigest()
    assert key_of(Arrival(path, "shop")) == import_key("shop", digest)
