"""What an earlier version left in staging, under the names of then, is found and committed by today's."""

import json
from pathlib import Path

from pipelines.home import Home
from pipelines.intake.run_folders import waiting_staged_files
from pipelines.ledger import commit_imports
from pipelines.ledger.transaction import ledger_transaction
from pipelines.models.staged_file import HELD, STAGED_FILE, attempt_of, rename_record
from tests.support.flow import NOW, drop, file_one, import_text, run_inbox, table

LIST = "email,name,total spent\n" + "".join(f"a{number}@example.com,A,{number + 1}\n" for number in range(20))


def as_it_was(folder: Path) -> None:
    """The record of a staged file as versions before December 2026 wrote it."""
    told = json.loads((folder / STAGED_FILE).read_text("utf-8"))
    result = told.pop("result")
    told["verdict"] = "judged" if result == "validated" else result
    (folder / "filing.json").write_text(json.dumps(told), "utf-8")
    (folder / STAGED_FILE).unlink()


def test_a_held_import_that_an_earlier_version_read_can_be_decided(home: Home) -> None:
    import_text(home, LIST, "crm")
    held = import_text(home, LIST + "late@example.com,L,5\n", "crm")
    assert held.status == "held"
    (folder,) = (home.staging / HELD).iterdir()
    as_it_was(folder)
    decided = commit_imports.decide(home, held.import_id, "skip_identical", "tester", NOW)
    assert (decided.status, table(home).height) == ("done", 21)


def test_a_file_that_a_run_of_an_earlier_version_left_is_committed(home: Home) -> None:
    staged_file = file_one(home, drop(home, LIST), "shop", attempt=attempt_of("dead"))
    as_it_was(staged_file.folder(home.staging))
    assert waiting_staged_files(home) == []
    with ledger_transaction(home):
        assert [waiting.key for waiting in waiting_staged_files(home)] == [staged_file.key]
    run_inbox(home, "next")
    assert table(home).height == 20


def test_a_broken_record_of_an_earlier_version_is_set_aside_by_its_new_name(tmp_path: Path) -> None:
    (tmp_path / "filing.json").write_text('{"verdict": ', "utf-8")
    rename_record(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [STAGED_FILE]
