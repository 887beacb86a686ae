"""Somebody opens the published file for writing: it opens, and nothing that they write reaches anybody else."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb
import pytest

from assets.instance.permissions import guard
from pipelines.errors import TryAgain, WarehouseBusy
from pipelines.home import Home
from pipelines.ledger.recompute import publish
from pipelines.publishing import snapshot
from pipelines.warehouse.database import published
from tests.support.flow import import_text, table

TITLES = "email,name,total_spent\n"
SESSION = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
for line in sys.stdin:
    print(connection.execute(line).fetchall(), flush=True)
"""
FOREIGN = "INSERT INTO customer_custom_fields SELECT customer_id, 'theirs', '1', 'them', 'theirs' FROM customers"


@contextmanager
def session(home: Home) -> Iterator[Callable[[str], str]]:
    """A process that has the file open for writing, as `duckdb.connect` without a word does; killed at the end."""
    command = [sys.executable, "-c", SESSION, str(home.published)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        sent, answers = process.stdin, process.stdout

        def say(line: str) -> str:
            sent.write(line + "\n")
            sent.flush()
            return answers.readline()

        assert say("SELECT count(*) FROM customers") == "[(1,)]\n"
        yield say
        process.kill()


def spent(home: Home) -> dict[str, object]:
    return dict(table(home).select("email", "total_spent").rows())


def theirs(home: Home) -> int:
    """The rows that a session of theirs wrote and that a new reader is shown."""
    with duckdb.connect(str(home.published), read_only=True) as connection:
        (count,) = connection.execute("SELECT count(*) FROM customer_custom_fields").fetchone() or (0,)
    return int(count)


@pytest.fixture
def opened(home: Home) -> Home:
    guard(home, None)
    import_text(home, TITLES + "ana@example.com,Ana,10\n")
    return home


def test_the_owner_opens_the_file_without_a_word_about_reading(opened: Home) -> None:
    with duckdb.connect(str(opened.published)) as connection:
        assert connection.execute("SELECT sum(total_spent) FROM customers").fetchone() == (10,)
        connection.execute("CREATE TEMP TABLE mine AS FROM customers")
    unchanged = opened.published.stat()
    import_text(opened, TITLES + "bo@example.com,Bo,5\n", name="b.csv")
    assert unchanged.st_ino != opened.published.stat().st_ino
    assert spent(opened) == {"ana@example.com": 10, "bo@example.com": 5}


def test_what_a_session_writes_after_a_swap_and_its_own_checkpoint_is_not_read_into_the_new_file(opened: Home) -> None:
    """DuckDB 2.0 took the log of the old file for one of its copy once both had been checkpointed as often."""
    with session(opened) as say:
        say(FOREIGN)
        import_text(opened, TITLES + "bo@example.com,Bo,5\n", name="b.csv")
        assert (theirs(opened), len(spent(opened))) == (0, 2)
        for _ in range(6):  # their count of checkpoints passes that of the new file
            say("CHECKPOINT")
            say(FOREIGN)
            with pytest.raises(duckdb.IOException, match="WAL"):
                theirs(opened)
        with pytest.raises(WarehouseBusy), published(opened.published):
            pass
        publish(opened)
        assert (theirs(opened), len(spent(opened))) == (0, 2)
    assert (theirs(opened), len(spent(opened))) == (0, 2)


@pytest.mark.slow
def test_a_session_that_only_asks_keeps_nobody_out_over_several_changes(opened: Home) -> None:
    with session(opened) as say:
        for name in ("b", "c", "d"):
            import_text(opened, f"{TITLES}{name}@example.com,Bo,5\n", name=f"{name}.csv")
            assert say("SELECT sum(total_spent)::INTEGER FROM customers") == "[(10,)]\n"
        assert len(spent(opened)) == 4
        with duckdb.connect(str(opened.published)) as connection:
            assert connection.execute("SELECT count(*) FROM customers").fetchone() == (4,)


def test_a_copy_that_somebody_wrote_into_meanwhile_is_not_built_upon(
    opened: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session(opened) as say, monkeypatch.context() as torn:
        copy = snapshot.shutil.copyfile

        def while_they_write(source: str, target: str) -> None:
            say(FOREIGN)
            say("CHECKPOINT")
            copy(source, target)

        torn.setattr(snapshot.shutil, "copyfile", while_they_write)
        with pytest.raises(TryAgain, match="somebody wrote into"):
            import_text(opened, TITLES + "bo@example.com,Bo,5\n", name="b.csv")
    import_text(opened, TITLES + "bo@example.com,Bo,5\n", name="b.csv")
    assert (theirs(opened), spent(opened)) == (0, {"ana@example.com": 10, "bo@example.com": 5})
