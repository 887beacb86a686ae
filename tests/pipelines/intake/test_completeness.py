"""One staged file that lost something in staging fails alone: the others are committed, it can be imported again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.ledger.commit_imports import commit_waiting
from pipelines.models.staged_file import ACCEPTED, ORIGINAL, REJECTED, STAGED_FILE, attempt_of
from tests.support.flow import NOW, drop, file_one, run_inbox, table

ANA, BOB = (f"email,name,total_spent\n{name}@example.com,{name},10\nnobody,Eve,1\n" for name in ("ana", "bob"))


def gone(path: Path) -> None:
    path.unlink()


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


CASES = [(gone, ORIGINAL)]
CASES += [(how, name) for how in (gone, halved, emptied) for name in (ACCEPTED, REJECTED)]


@pytest.mark.matrix(1)
@pytest.mark.parametrize(("how", "name"), CASES)
def test_a_staged_file_that_lost_something_fails_alone_and_is_imported_again(
    home: Home, how: Callable[[Path], None], name: str
) -> None:
    lost = file_one(home, drop(home, ANA), "shop", attempt=attempt_of("dead"))
    file_one(home, drop(home, BOB, name="b.csv"), "shop", attempt=attempt_of("dead"))
    how(home.staging / attempt_of("dead") / lost.key / name)
    outcomes = {outcome.import_id: outcome for outcome in commit_waiting(home, "next", NOW).outcomes}
    assert [outcome.status for key, outcome in outcomes.items() if key != lost.key] == ["done_with_rejects"]
    assert outcomes[lost.key].status == "failed"
    assert name in outcomes[lost.key].message
    assert table(home)["email"].to_list() == ["bob@example.com"]
    assert run_inbox(home, "again")[0].status == "done_with_rejects"
    assert table(home)["email"].sort().to_list() == ["ana@example.com", "bob@example.com"]


@pytest.mark.parametrize("how", [halved, emptied])
def test_a_staged_file_that_is_none_any_more_holds_up_nobody_and_is_swept(
    home: Home, how: Callable[[Path], None]
) -> None:
    lost = file_one(home, drop(home, ANA), "shop", attempt=attempt_of("dead"))
    folder = home.staging / attempt_of("dead") / lost.key
    how(folder / STAGED_FILE)
    statuses = [outcome.status for outcome in run_inbox(home, "next")]
    assert statuses == ["done_with_rejects"]
    assert not folder.exists()
