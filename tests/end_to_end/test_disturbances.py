"""What people and crashes do around a run: it neither breaks nor counts anything again."""

import subprocess
import sys

import pytest

from pipelines.home import Home
from pipelines.intake.run_folders import waiting_staged_files
from pipelines.ledger import commit_imports
from tests.support.flow import NOW, import_text, table, undo

pytestmark = pytest.mark.slow

ANA = "email,name,total_spent\nana@example.com,Ana,10\n"
BOB = "email,name,total_spent\nbob@example.com,Bob,5\n"
HOLDER = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"


def test_a_run_goes_on_while_somebody_has_the_snapshot_open_for_writing(home: Home) -> None:
    import_text(home, ANA)
    home.published.chmod(0o644)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(home.published)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline() == b"open\n"
        import_text(home, BOB, name="b.csv")
        holder.kill()
    assert table(home)["email"].sort().to_list() == ["ana@example.com", "bob@example.com"]


WRITER = (
    "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); c.execute('UPDATE customers SET total_spent = 99'); "
    "sys.argv[2:] and c.close(); print('written', flush=True); time.sleep(60)"
)


@pytest.mark.parametrize("closed", [[], ["closed"]])
def test_what_somebody_wrote_into_the_snapshot_breaks_no_reader_and_reaches_no_later_one(
    home: Home, closed: list[str]
) -> None:
    """Open still, so that its log lies beside the file; or closed, so that it is in the file."""
    import_text(home, ANA)
    home.published.chmod(0o644)
    command = [sys.executable, "-c", WRITER, str(home.published), *closed]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline() == b"written\n"
        import_text(home, BOB, name="b.csv")
        writer.kill()
    assert dict(table(home).select("email", "total_spent").rows()) == {"ana@example.com": 10, "bob@example.com": 5}
    assert not list(home.root.glob("*.wal"))


class Killed(BaseException):
    """The end of a process, as far as a test can have it without one."""


def dies(*_: object, **__: object) -> None:
    raise Killed


def test_a_staged_file_that_a_crash_left_behind_is_not_committed_again_after_an_undo(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crash, pytest.raises(Killed):
        crash.setattr(commit_imports, "clean_up_staging", dies)
        import_text(home, ANA)
    (left,) = waiting_staged_files(home)
    undo(home, left.key)
    assert waiting_staged_files(home) == []
    commit_imports.commit_waiting(home, None, NOW)
    assert table(home).is_empty()
