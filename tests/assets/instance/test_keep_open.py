"""Dagster's databases stay open while a job runs in this process, and are whole and closed after it."""

from pathlib import Path

import sqlalchemy as db
from sqlalchemy.pool import NullPool

from assets.instance.keep_open import kept_open


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
