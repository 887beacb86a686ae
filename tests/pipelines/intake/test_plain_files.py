"""The inbox holds files of strangers: only plain files that lie in it themselves are read, and removed."""

import os
import socket
from pathlib import Path

import pytest

from pipelines.errors import Unreadable
from pipelines.home import Home
from pipelines.intake.import_request import content_of
from pipelines.intake.inbox import arrival_of, key_of, look, waiting
from tests.support.flow import commit_all, drop, file_one, import_file, run_inbox, table

LIST = "email,name\nana@example.com,Ana\n"


def outside(home: Home, text: str = LIST) -> Path:
    path = home.root / "private.csv"
    path.write_text(text, "utf-8")
    return path


def put(home: Home, kind: str) -> Path:
    """Something in the inbox that is no plain file of it."""
    folder = home.inbox / "shop"
    folder.mkdir(parents=True)
    path = folder / "list.csv"
    if kind == "link":
        path.symlink_to(outside(home))
    elif kind == "relative link":
        path.symlink_to(Path("../../private.csv"))
        outside(home)
    elif kind == "link to nothing":
        path.symlink_to(home.root / "nowhere")
    elif kind == "linked folder":
        outside(home)
        path.symlink_to(home.root, target_is_directory=True)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    return path


@pytest.mark.parametrize("kind", ["link", "relative link", "link to nothing", "linked folder", "pipe", "socket"])
def test_what_is_no_plain_file_is_named_and_left_issue_12_8(
    home: Home, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.root)  # the name of a socket may have a hundred bytes
    if kind == "socket":
        home = Home(Path())
    path = put(home, kind)
    arrivals, reasons = look(home.inbox)
    assert arrivals == []
    (reason,) = reasons
    assert str(path) in reason
    assert "only plain files" in reason
    run_inbox(home, "one")
    assert path.is_symlink() or path.exists()
    assert not home.archive.exists()


def test_a_source_folder_that_is_a_link_is_not_entered_issue_12_8(home: Home) -> None:
    elsewhere = home.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "list.csv").write_text(LIST, "utf-8")
    home.inbox.mkdir()
    (home.inbox / "shop").symlink_to(elsewhere, target_is_directory=True)
    assert waiting(home.inbox) == []
    named = arrival_of(home.inbox / "shop" / "list.csv", "shop", home.inbox)
    with pytest.raises(Unreadable, match="cannot be read"):
        content_of(named)


@pytest.mark.parametrize("spelling", ["shop/list.csv", "./shop/../shop/list.csv", "../inbox/shop/list.csv"])
def test_a_link_in_the_inbox_is_not_read_when_it_is_named_either_issue_12_8(home: Home, spelling: str) -> None:
    put(home, "link")
    with pytest.raises(Unreadable, match="cannot be read"):
        key_of(arrival_of(home.inbox / spelling, "shop", home.inbox))


def test_a_file_that_became_a_link_after_it_was_seen_is_not_read_issue_12_8(home: Home) -> None:
    path = drop(home, LIST)
    (arrival,) = waiting(home.inbox)
    path.unlink()
    path.symlink_to(outside(home))
    with pytest.raises(Unreadable):
        content_of(arrival)


def test_a_pipe_that_is_named_does_not_wait_for_a_writer_issue_12_8(home: Home) -> None:
    with pytest.raises(Unreadable, match="no plain file"):
        key_of(arrival_of(put(home, "pipe"), "shop", home.inbox))


def test_a_link_of_ones_own_elsewhere_is_imported_and_nothing_is_removed(home: Home) -> None:
    link = home.root / "latest.csv"
    link.symlink_to(outside(home))
    assert import_file(home, link).status == "done"
    assert link.is_symlink()
    assert outside(home).exists()


def test_a_hard_link_is_a_plain_file_whose_other_name_stays(home: Home) -> None:
    (home.inbox / "shop").mkdir(parents=True)
    os.link(outside(home), home.inbox / "shop" / "list.csv")
    (outcome,) = run_inbox(home, "one")
    assert outcome.status == "done"
    assert (home.root / "private.csv").exists()


@pytest.mark.parametrize("spelling", ["inbox/../private.csv", "inbox/shop/../../private.csv", "./inbox/../private.csv"])
def test_a_file_outside_the_inbox_is_never_removed_however_it_is_named_issue_12_7(home: Home, spelling: str) -> None:
    (home.inbox / "shop").mkdir(parents=True)
    path = outside(home)
    named = arrival_of(home.root / spelling, "shop", home.inbox)
    assert import_file(home, named.path).status == "done"
    assert path.read_text("utf-8") == LIST


@pytest.mark.parametrize("spelling", ["inbox/shop/list.csv", "inbox/../inbox/shop/list.csv", "other/shop/list.csv"])
def test_a_file_of_the_inbox_leaves_it_however_it_is_named_issue_12_7(home: Home, spelling: str) -> None:
    path = drop(home, LIST)
    (home.root / "other").symlink_to(home.inbox, target_is_directory=True)
    named = arrival_of(home.root / spelling, "shop", home.inbox)
    assert named.path == path
    assert import_file(home, named.path).status == "done"
    assert not path.exists()


def test_an_inbox_that_is_itself_a_link_works_as_any_other(home: Home) -> None:
    mounted = home.root / "mounted"
    mounted.mkdir()
    home.inbox.symlink_to(mounted, target_is_directory=True)
    path = drop(home, LIST)
    (outcome,) = run_inbox(home, "one")
    assert (outcome.status, path.exists()) == ("done", False)
    assert table(home).height == 1


def test_a_folder_swapped_for_a_link_before_the_file_is_removed_costs_nothing(home: Home) -> None:
    path = drop(home, LIST)
    staged_file = file_one(home, path, "shop")
    path.parent.rename(home.root / "kept")
    path.parent.symlink_to(home.root / "kept", target_is_directory=True)
    (outcome,) = commit_all(home, [staged_file])
    assert outcome.status == "done"
    assert (home.root / "kept" / "list.csv").exists()
