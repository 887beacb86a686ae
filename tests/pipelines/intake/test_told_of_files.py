"""What is told of a file beside its content: its name, where it lies, what became of what was read of it."""

import hashlib
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.errors import Unreadable
from pipelines.home import Home
from pipelines.intake.cleanup import clean_up_staging
from pipelines.intake.completeness import each_alone
from pipelines.intake.inbox import Arrival, key_of, look
from pipelines.models.staged_file import Outcome, StagedFile
from schemas.sentences.note import Note

LIST = b"email,name\nana@example.com,Ana\n"


def staged(path: Path, result: str, searched: bool = True, language: str = "fr") -> StagedFile:
    return StagedFile.model_validate(
        {
            "key": "shop-1",
            "source": "shop",
            "file_name": path.name,
            "path": str(path),
            "searched": searched,
            "sha256": hashlib.sha256(LIST).hexdigest(),
            "profile": "default",
            "language": language,
            "result": result,
            "as_of": date(2026, 1, 1),
            "started_at": datetime(2026, 1, 1, tzinfo=UTC),
            "imported_by": "tester",
        }
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [(b"refund 4242 4242 4242 4242.csv", "CARD_NUMBER_IN_NAME"), (b"\xe9.csv", "NAME_NOT_UTF_8")],
)
def test_a_name_that_no_table_may_hold_is_told_by_its_code(tmp_path: Path, name: bytes, code: str) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(LIST)
    arrivals, (reason,) = look(tmp_path)
    assert arrivals == []
    assert reason.endswith(Note(code, found="").sentence("en").removeprefix("–"))


def test_a_link_is_told_with_what_it_is(tmp_path: Path) -> None:
    link = tmp_path / "list.csv"
    link.symlink_to("/dev/null")
    _, reasons = look(tmp_path)
    assert reasons == [Note("NO_PLAIN_FILE", found=str(link), expected=Note("symbolic_link")).sentence("en")]


def test_a_file_that_is_gone_is_told_with_the_machines_reason(tmp_path: Path) -> None:
    path = tmp_path / "gone.csv"
    told = Note("FILE_UNREADABLE", found=str(path), expected=os.strerror(2)).sentence("en")
    with pytest.raises(Unreadable) as refused:
        key_of(Arrival(path, "shop"))
    assert str(refused.value) == told


def test_what_is_lost_of_a_staged_file_is_told_in_its_senders_language(home: Home) -> None:
    (failed,) = each_alone(home, [staged(home.inbox / "shop" / "list.csv", "validated")])
    assert (failed.result, failed.message) == ("failed", Note("STAGING_LOST", found="original").line("fr"))


def test_a_file_that_was_not_searched_waits_aside_and_says_where(home: Home) -> None:
    path = home.inbox / "shop" / "list.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(LIST)
    staged_file = staged(path, "refused", searched=False)
    outcome = Outcome(import_id="shop-1", source="shop", file_name="list.csv", status="refused", message="")
    clean_up_staging(home, staged_file, outcome)
    aside = home.inbox / "shop" / "refused" / "shop-1" / "list.csv"
    told = (home.staging / "shop-1" / "outcome.json").read_text("utf-8")
    assert aside.exists()
    assert Note("FILE_WAITS_ASIDE", found=str(aside)).line("fr") in told


def test_a_file_that_cannot_be_taken_away_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.inbox / "shop" / "list.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(LIST)

    def refuse(*_: object) -> None:
        raise PermissionError("not allowed")

    monkeypatch.setattr("pipelines.intake.cleanup.remove_within", refuse)
    outcome = Outcome(import_id="shop-1", source="shop", file_name="list.csv", status="done", message="")
    clean_up_staging(home, staged(path, "validated"), outcome)
    told = (home.staging / "shop-1" / "outcome.json").read_text("utf-8")
    assert Note("FILE_STAYS_IN_INBOX", found="not allowed").line("fr") in told
