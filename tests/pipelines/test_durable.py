"""After a loss of power a staged file is never there without what it is committed from (PIT-70)."""

import os
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.support.flow import file_one

LIST = "email,name,phone,total_spent\nana@example.com,Ana,+33612345678,10\nnobody,Eve,,1\n"
NEEDED = ["accepted.parquet", "original", "rejected.parquet"]


def test_the_disk_holds_frames_and_original_before_the_staged_file_that_names_them(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.root / "list.csv"
    path.write_text(LIST, "utf-8")
    flushed: list[str] = []
    real = os.fsync

    def noted(descriptor: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    staged_file = file_one(home, path, "shop")
    assert sorted(flushed[:-2]) == NEEDED
    assert flushed[-2:] == [".staged_file.json.writing", staged_file.key]
