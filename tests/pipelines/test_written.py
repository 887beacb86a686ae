"""A file takes another one's place whole, or not at all."""

import os
from pathlib import Path

import pytest

from pipelines.durable import written


def test_whoever_reads_meanwhile_sees_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text("old", "utf-8")
    with written(path) as unfinished:
        unfinished.write_text("new", "utf-8")
        assert path.read_text("utf-8") == "old"
    assert path.read_text("utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_could_not_be_written_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text("old", "utf-8")
    with pytest.raises(OSError, match="disk is full"), written(path) as unfinished:
        unfinished.write_text("ne", "utf-8")
        raise OSError("disk is full")
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_an_earlier_death_left_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".list.json.writing").write_text("half of somebody's", "utf-8")
    with written(tmp_path / "list.json") as unfinished:
        assert not unfinished.exists()
        unfinished.write_text("new", "utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["list.json"]


def test_the_disk_holds_the_bytes_before_the_name_and_then_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[str, list[str]]] = []

    def noted(descriptor: int) -> None:
        there = sorted(path.name for path in tmp_path.iterdir())
        flushed.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, there))

    monkeypatch.setattr(os, "fsync", noted)
    with written(tmp_path / "a") as unfinished:
        unfinished.touch()
    assert flushed == [(".a.writing", [".a.writing"]), (tmp_path.name, ["a"])]
