"""Dagster's SQLite storage, without making anew for each event what it needs for all. `dagster.yaml` names it.

Lives here: one SQLAlchemy engine per database, which keeps the statements that it has compiled, and whether a database
is made already, asked of itself instead of Dagster's list of migrations; an empty log, which that of a run begins as a
copy of. Not here: the tables and what is in them.
The files are Dagster's own: its default storage reads and writes them as well. No option of it keeps an engine, so its
classes are subclassed in what they say of their connections.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import dagster as dg
import sqlalchemy as db
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from pipelines.durable import flush

WAIT_SECONDS = 30
"""How long a writer waits for another one, as with Dagster's own event log."""
ADDRESS = "sqlite:///"
INDEX = "index"


@lru_cache(maxsize=64)
def engine_of(database: str) -> db.Engine:
    """The engine of a database file. It keeps no connection, so it may be used by any thread, and be forgotten."""
    return db.create_engine(f"{ADDRESS}{database}", poolclass=db.NullPool, connect_args={"timeout": WAIT_SECONDS})


def is_made(database: str) -> bool:
    """Whether Dagster has made the tables: the last that it writes is their version."""
    if not Path(database).exists():
        return False
    with engine_of(database).connect() as connection:
        if not db.inspect(connection).has_table("alembic_version"):
            return False
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").first() is not None


class Runs(SqliteRunStorage):
    """The list of runs."""

    @contextmanager
    def connect(self) -> Iterator[db.Connection]:
        """A connection within a transaction."""
        with engine_of(self._conn_string.removeprefix(ADDRESS)).begin() as connection:
            yield connection


class Schedules(SqliteScheduleStorage):
    """What schedules and sensors did."""

    @contextmanager
    def connect(self) -> Iterator[db.Connection]:
        """A connection within a transaction."""
        with engine_of(self._conn_string.removeprefix(ADDRESS)).begin() as connection:
            yield connection


class Events(SqliteEventLogStorage):
    """The log of each run, and the index over all of them."""

    def run_connection(self, run_id: str | None = None) -> Any:
        """A connection to the log of a run, within a transaction."""
        return self._connected(str(run_id))

    def index_connection(self) -> AbstractContextManager[db.Connection]:
        """A connection to the index, within a transaction."""
        return self._connected(INDEX)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table."""
        with self.index_connection() as connection:
            return db.inspect(connection).has_table(table_name)

    def delete_events(self, run_id: str) -> None:
        """Forget a run: its own log goes as a file, where Dagster leaves an empty one for ever."""
        super().delete_events(run_id)
        database = Path(self.path_for_shard(run_id))
        self._initialized_dbs.discard(run_id)
        for file in (database, *(database.with_name(f"{database.name}-{log}") for log in ("wal", "shm"))):
            file.unlink(missing_ok=True)

    @contextmanager
    def _connected(self, shard: str) -> Iterator[db.Connection]:
        database = self.path_for_shard(shard)
        if shard not in self._initialized_dbs:
            if not is_made(database) and not self._begun(database):
                with super().run_connection(shard):
                    pass
                self._keep_empty(shard)
            self._initialized_dbs.add(shard)
        with engine_of(database).begin() as connection:
            yield connection

    def _begun(self, database: str) -> bool:
        """Whether the log of a run could begin as a copy of an empty one; it takes no file's place."""
        copy = Path(f"{database}.{os.getpid()}")
        try:
            shutil.copyfile(self._empty, copy)
            flush([copy])
            os.link(copy, database)
        except OSError:  # none is kept yet, another process was first, or this disk gives no file two names
            return False
        finally:
            copy.unlink(missing_ok=True)
        return True

    def _keep_empty(self, run_id: str) -> None:
        """Keep the log of a run that has just been made, for those to come."""
        new = self._empty.with_suffix(f".{os.getpid()}")
        with closing(sqlite3.connect(self.path_for_shard(run_id))) as made, closing(sqlite3.connect(new)) as copy:
            made.backup(copy)
            events = copy.execute("SELECT count(*) FROM event_logs").fetchone()[0]
        if run_id != INDEX and not events:
            new.replace(self._empty)
        new.unlink(missing_ok=True)

    @property
    def _empty(self) -> Path:
        """A log without events, by the Dagster that made it: another one may have other tables."""
        return Path(self._base_dir).parent / f"empty-{dg.__version__}.db"


class Storage(DagsterSqliteStorage):
    """All that Dagster stores in SQLite."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """`base_dir`: DAGSTER_HOME."""
        history, schedules = Path(base_dir).absolute() / "history", Path(base_dir).absolute() / "schedules"
        self.base_dir = base_dir
        self._inst_data = inst_data
        if not is_made(f"{history}/runs.db"):
            SqliteRunStorage.from_local(str(history))
        if not is_made(f"{schedules}/schedules.db"):
            SqliteScheduleStorage.from_local(str(schedules))
        self._run_storage = Runs(f"{ADDRESS}{history}/runs.db")
        self._event_log_storage = Events(f"{history}/runs")
        self._schedule_storage = Schedules(f"{ADDRESS}{schedules}/schedules.db")

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> Self:
        """As `dagster.yaml` says."""
        return cls.from_local(inst_data=inst_data, **config_value)
