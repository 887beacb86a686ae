"""Dagster's databases stay open while a job runs in this process, and are whole and closed after it."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as db
from sqlalchemy.dialects import registry
from sqlalchemy.pool import NullPool

from assets.instance.compile_once import compile_once
from assets.instance.keep_open import kept_open


@pytest.fixture(autouse=True)
def our_dialect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "impls", dict(registry.impls))
    compile_once()


def write(path: Path, number: int, mode: str = "wal") -> None:
    """As Dagster writes an event: an engine and a connection of its own for each."""
    engine = db.create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        connection.execute(db.text(f"PRAGMA journal_mode={mode}"))
    with engine.connect() as connection, connection.begin():
        connection.execute(db.text("CREATE TABLE IF NOT EXISTS events (number INTEGER)"))
        connection.execute(db.text(f"INSERT INTO events VALUES ({number})"))


def numbers(path: Path) -> list[int]:
    engine = db.create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        return [number for (number,) in connection.execute(db.text("SELECT number FROM events ORDER BY number"))]


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def test_the_log_of_a_database_is_not_written_back_for_every_event(tmp_path: Path) -> None:
    first, second = tmp_path / "runs.db", tmp_path / "index.db"
    with kept_open():
        for number in (1, 2):
            write(first, number)
            write(second, number)
            assert log_of(first).exists() and log_of(second).exists()
            assert numbers(first) == numbers(second) == list(range(1, number + 1))
    assert not log_of(first).exists() and not log_of(second).exists()
    assert numbers(first) == numbers(second) == [1, 2]


def test_afterwards_connections_close_as_ever(tmp_path: Path) -> None:
    with kept_open():
        pass
    write(tmp_path / "runs.db", 1)
    assert not log_of(tmp_path / "runs.db").exists()


def test_a_database_without_such_a_log_and_one_in_memory_are_left_alone(tmp_path: Path) -> None:
    with kept_open():
        write(tmp_path / "runs.db", 1, mode="delete")
        with db.create_engine("sqlite://", poolclass=NullPool).connect() as connection:
            assert connection.execute(db.text("SELECT 1")).scalar() == 1
        (tmp_path / "runs.db").unlink()
        write(tmp_path / "runs.db", 2, mode="delete")
    assert numbers(tmp_path / "runs.db") == [2]


def test_a_connection_is_used_again_and_its_commits_do_not_wait_for_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with kept_open():
        write(path, 1)
        engine = db.create_engine(f"sqlite:///{path}", poolclass=NullPool)
        with engine.connect() as first:
            used = first.connection.dbapi_connection
            assert first.execute(db.text("PRAGMA synchronous")).scalar() == 1
            with engine.connect() as second:
                assert second.connection.dbapi_connection is not used
        with db.create_engine(f"sqlite:///{path}", poolclass=NullPool).connect() as third:
            assert third.connection.dbapi_connection is not None
    with engine.connect() as later:
        assert later.execute(db.text("PRAGMA synchronous")).scalar() == 2


def test_what_was_not_committed_is_not_seen_by_whoever_uses_the_connection_next(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with kept_open():
        write(path, 1)
        with db.create_engine(f"sqlite:///{path}", poolclass=NullPool).connect() as connection:
            connection.execute(db.text("INSERT INTO events VALUES (2)"))
        assert numbers(path) == [1]


def test_a_file_that_took_the_name_of_another_is_another_database(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with kept_open():
        write(path, 1)
        for each in tmp_path.glob("runs.db*"):
            each.unlink()
        write(path, 2)
        assert numbers(path) == [2]


def test_a_database_that_others_have_open_is_on_the_disk_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    write(path, 1)
    other = sqlite3.connect(path)
    other.execute("SELECT count(*) FROM events").fetchone()
    with kept_open():
        write(path, 2)
    # The file by itself, without its log.
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    other.close()
    assert numbers(copy) == [1, 2]


def test_what_is_known_of_tables_is_asked_anew_in_the_next_block(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    for _ in range(2):
        with kept_open():
            engine = db.create_engine(f"sqlite:///{path}", poolclass=NullPool)
            with engine.connect() as connection:
                assert not engine.dialect.has_table(connection, "events")
            write(path, 1)
            for _ in range(2):
                with engine.connect() as connection:
                    assert engine.dialect.has_table(connection, "events")
                    assert [each["name"] for each in db.inspect(connection).get_columns("events")] == ["number"]
        path.unlink()
