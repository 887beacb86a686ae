"""Attempts: which run is dead is known by its lock; what it was asked for is open until somebody heard the answer."""

import os
import shutil
import signal

import pytest

from pipelines.home import Home
from pipelines.intake import attempts
from pipelines.intake.attempts import begun, is_alive, left_traces, stopped, unheard
from pipelines.ledger.commit_imports import commit_waiting
from pipelines.models.staged_file import OUTCOME, load_outcome
from tests.crash.killed_writes import FORKS
from tests.support.flow import NOW, drop, import_text, run_inbox, table, undo

ANA = "email,name,total_spent\nana@example.com,Ana,10\nnobody,Eve,1\n"
ASKED = {"job": "undo_import", "ops": {"import_id": "x"}}


def hold(home: Home, run: str) -> None:
    with begun(home, run, ASKED):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_is_alive_as_long_as_its_process_is(home: Home) -> None:
    assert not is_alive(home, "one")
    with begun(home, "one", ASKED):
        assert is_alive(home, "one")
        assert stopped(home, ASKED) == []
        with begun(home, "one", ASKED):  # the command began it, the job's resource finds it so
            pass
        assert is_alive(home, "one")
    assert not is_alive(home, "one")


def test_a_killed_run_is_dead_and_what_it_was_asked_for_is_open(home: Home) -> None:
    child = FORKS.Process(target=hold, args=(home, "one"))
    child.start()
    child.join()
    assert left_traces(home, "one") and not is_alive(home, "one")
    assert stopped(home, ASKED) == ["one"]
    assert stopped(home, ASKED | {"ops": {"import_id": "y"}}) == []
    assert unheard(home) == unheard(home, "undo_import") == ["one"]
    assert unheard(home, "import_files") == []


def test_a_question_whose_answer_was_heard_is_closed_and_one_whose_was_not_stays(home: Home) -> None:
    with begun(home, "one", ASKED):
        pass
    attempts.answer(home, ["one"])
    attempts.heard(well=False)
    attempts.heard(well=True)
    assert stopped(home, ASKED) == ["one"]
    attempts.answer(home, ["one"])
    attempts.heard(well=True)
    assert stopped(home, ASKED) == []
    assert not left_traces(home, "one")


def test_a_question_that_was_half_written_is_nobodys(home: Home) -> None:
    with begun(home, "one", ASKED):
        pass
    (home.staging / ".run-one" / "asked.json").write_text('{"job": "undo')
    assert stopped(home, ASKED) == []
    assert unheard(home, "undo_import") == []


@pytest.mark.rule("PIT-70")
@pytest.mark.parametrize("settled", [True, False])
def test_who_asks_again_after_a_death_gets_the_imports_own_outcome(
    home: Home, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    """Dead after the commit, before or after its papers were settled: EARLIER_ATTEMPT_FINISHED, once."""
    drop(home, ANA)
    with monkeypatch.context() as patch:
        if not settled:
            patch.setattr("pipelines.ledger.commit_imports.clean_up_staging", lambda *_: None)
        run_inbox(home, "dead")
    drop(home, ANA)
    again = [outcome for outcome in run_inbox(home, "next") if outcome][-1]
    assert (again.status, again.rows_accepted, again.rows_rejected) == ("done_with_rejects", 1, 1)
    assert again.reject_codes == {"INVALID_EMAIL": 1}
    assert again.reject_file
    assert "earlier attempt" in again.warnings[0]
    assert load_outcome(home.staging / ".run-dead" / again.import_id) is None or not settled
    shutil.rmtree(home.staging / ".run-next")
    shutil.rmtree(home.staging / ".run-dead", ignore_errors=True)
    drop(home, ANA)
    (last,) = run_inbox(home, "last")
    assert last.already_imported
    assert table(home)["total_spent"].to_list() == [10]


def test_what_was_validated_and_never_committed_is_committed_by_who_asks_again_and_told_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(home, ANA)
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.ledger.commit_imports.commit_waiting", lambda *_: type("B", (), {"outcomes": ()}))
        run_inbox(home, "dead")
    first, second = run_inbox(home, "next")
    assert (first.status, second.status) == ("done_with_rejects", "done_with_rejects")
    assert table(home, "import_history").height == 1


def test_a_living_run_with_the_same_file_is_told_that_it_was_there(home: Home) -> None:
    drop(home, ANA)
    with begun(home, "first", {}):
        run_inbox(home, "first")
        drop(home, ANA)
        with begun(home, "second", {}):
            assert run_inbox(home, "second")[0].already_imported


def test_an_import_that_was_undone_meanwhile_is_imported_anew(home: Home) -> None:
    drop(home, ANA)
    (outcome,) = run_inbox(home, "dead")
    undo(home, outcome.import_id)
    drop(home, ANA)
    (again,) = run_inbox(home, "next")
    assert again.import_id == f"{outcome.import_id}-2"
    assert again.warnings == outcome.warnings


def test_an_outcome_that_was_told_is_still_there_for_a_run_that_goes_on_from_it(home: Home) -> None:
    drop(home, ANA)
    with begun(home, "one", {}):
        (outcome,) = run_inbox(home, "one")
    attempts.shown(home, "one", well=True)
    folder = home.staging / ".run-one" / outcome.import_id
    assert load_outcome(folder) == outcome
    assert not (folder / OUTCOME).exists()
    drop(home, ANA)
    assert run_inbox(home, "two")[0].already_imported


def test_other_imports_are_told_nothing_of_it(home: Home) -> None:
    drop(home, ANA)
    run_inbox(home, "dead")
    other = import_text(home, ANA.replace("ana@", "bob@"))
    assert not any("earlier attempt" in warning for warning in other.warnings)
    assert commit_waiting(home, "another", NOW).outcomes == ()
