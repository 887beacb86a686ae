"""Dagster's storage makes each thing once, over files that its default storage reads and writes as well."""

import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as db
import yaml
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from assets.instance import sqlite_storage
from assets.instance.environment import PROJECT
from assets.instance.sqlite_storage import Storage


@dg.asset
def numbers() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"count": 1})


def opened(home: Path, ours: bool, monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    settings = yaml.safe_load((PROJECT / "dagster.yaml").read_text("utf-8"))
    if not ours:
        del settings["storage"]
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text(yaml.dump(settings), "utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return dg.DagsterInstance.get()


def told(instance: dg.DagsterInstance) -> list[tuple[str, list[str]]]:
    """Every run with the kinds of its events, and every materialisation, as the UI would read them."""
    runs = [
        (run.run_id, [str(entry.dagster_event_type) for entry in instance.all_logs(run.run_id)])
        for run in instance.get_runs()
    ]
    found = instance.fetch_materializations(dg.AssetKey("numbers"), limit=9).records
    return [*runs, ("numbers", [record.run_id for record in found])]


def schema(database: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        mode = connection.execute("PRAGMA journal_mode").fetchall()
        return [*tables, *mode, *connection.execute("SELECT version_num, '' FROM alembic_version").fetchall()]


@pytest.mark.parametrize("first", [True, False])
def test_it_and_the_default_storage_read_what_the_other_wrote(
    first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ours in (first, not first):
        with opened(tmp_path / "dagster", ours, monkeypatch) as instance:
            assert isinstance(instance._event_storage, sqlite_storage.Events) == ours
            assert dg.materialize([numbers], instance=instance).success
    with opened(tmp_path / "dagster", True, monkeypatch) as instance:
        read = told(instance)
    with opened(tmp_path / "dagster", False, monkeypatch) as instance:
        assert told(instance) == read
    assert [len(events) > 5 for _, events in read] == [True, True, False]
    assert len(read[-1][1]) == 2


def test_a_run_makes_no_engine_for_each_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It also tells when Dagster connects in a way that we no longer take part in."""
    made: list[str] = []
    with opened(tmp_path / "dagster", True, monkeypatch) as instance:
        db.event.listen(db.pool.Pool, "first_connect", lambda *_: made.append("engine"))
        dg.materialize([numbers], instance=instance)
    assert 0 < len(made) < 6


def test_the_log_of_a_run_begins_as_a_copy_of_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "dagster", True, monkeypatch) as instance:
        first = dg.materialize([numbers], instance=instance).run_id
        monkeypatch.setattr(SqliteEventLogStorage, "_initdb", None)
        second = dg.materialize([numbers], instance=instance).run_id
        logs = tmp_path / "dagster" / "history" / "runs"
        assert {path.name for path in logs.glob("*") if path.suffix == ".db"} == {
            f"{name}.db" for name in ("index", first, second)
        }
    assert schema(logs / f"{first}.db") == schema(logs / f"{second}.db")
    assert not [path for path in logs.parent.rglob("*") if path.is_file() and path.suffix not in (".db", "")]


def test_a_log_that_another_process_has_begun_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "dagster", True, monkeypatch) as instance:
        assert dg.materialize([numbers], instance=instance).success
        begun = tmp_path / "dagster" / "history" / "runs" / "half.db"
        begun.touch()
        events = Storage(str(tmp_path / "dagster")).event_log_storage
        assert not events.get_logs_for_run("half")
        assert sqlite_storage.is_made(str(begun))


def test_a_database_that_was_only_begun_is_made(tmp_path: Path) -> None:
    for folder, name in (("history", "runs"), ("schedules", "schedules")):
        (tmp_path / folder).mkdir()
        begun = db.create_engine(f"sqlite:///{tmp_path / folder / name}.db", poolclass=db.NullPool)
        with begun.begin() as connection:
            connection.execute(db.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        assert not sqlite_storage.is_made(f"{tmp_path / folder / name}.db")
    storage = Storage(str(tmp_path))
    assert not storage.run_storage.get_runs()
    assert not storage.schedule_storage.all_instigator_state()
    assert sqlite_storage.is_made(str(tmp_path / "history" / "runs.db"))
    assert DagsterSqliteStorage(str(tmp_path)).run_storage.get_runs() == []
