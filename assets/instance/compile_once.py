"""What can be done once in a process for Dagster's SQLite databases, where Dagster makes a new engine for every event.

Lives here: a dialect whose engines share what they compiled and what they found out. Not here: the connections that
they share while a job runs (`keep_open.py`). What it saves: docs/decisions/0023-kept-libraries.md.
"""

import sqlite3
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import registry, sqlite

from assets.instance.keep_open import idle

MOST = 500
"""Statements that are kept, as many as an engine of its own keeps (SQLAlchemy's `query_cache_size`)."""

FOUND = ("server_version_info", "default_schema_name", "default_isolation_level")


class Compiled(dict[object, object]):
    """Compiled statements; all go when there are too many, for some of Dagster's hold a text that never comes again."""

    def __setitem__(self, statement: object, compiled: object) -> None:
        """Keep one more."""
        if len(self) >= MOST:
            self.clear()
        super().__setitem__(statement, compiled)


class SharingDialect(sqlite.dialect):  # type: ignore[valid-type,misc]  # the documented name, to mypy a variable
    """SQLite as SQLAlchemy has it. Its engines are made alike, so what one compiled fits all: they count as equal."""

    supports_statement_cache = True
    compiled: ClassVar[Compiled] = Compiled()
    found: ClassVar[dict[str, object]] = {}
    """What the first engine found out about SQLite and its default settings."""

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """A new engine takes what others compiled, and gives what it compiles."""
        engine.update_execution_options(compiled_cache=cls.compiled)

    def initialize(self, connection: Connection) -> None:
        """Find out what SQLite can, once."""
        if not self.found:
            super().initialize(connection)
            self.found.update({name: getattr(self, name) for name in FOUND})
        for name, value in self.found.items():
            setattr(self, name, value)

    def connect(self, *arguments: Any, **terms: Any) -> sqlite3.Connection:
        """A connection, while a job runs one that is open already."""
        kept = idle()
        connection: sqlite3.Connection = (kept.open if kept else super().connect)(*arguments, **terms)
        return connection

    def do_close(self, dbapi_connection: sqlite3.Connection) -> None:
        """Nobody uses a connection any more."""
        if kept := idle():
            kept.give_back(dbapi_connection)
        else:
            dbapi_connection.close()

    def has_table(self, connection: Connection, table_name: str, schema: str | None = None, **more: Any) -> bool:
        """Whether a table is there; one that is there is asked for once while a job runs."""
        return bool(self._once(super().has_table, connection, table_name, schema, **more))

    def get_columns(self, connection: Connection, table_name: str, schema: str | None = None, **more: Any) -> Any:
        """The columns of a table, asked for once while a job runs."""
        return self._once(super().get_columns, connection, table_name, schema, **more)

    def _once(self, ask: Any, connection: Connection, *of: object, **more: Any) -> Any:
        kept, question = idle(), (ask.__name__, connection.engine.url.database, *of)
        known = kept.known.get(question) if kept else None
        if known:
            return known
        answer = ask(connection, *of, **more)
        if kept and answer:
            kept.known[question] = answer
        return answer

    def __eq__(self, other: object) -> bool:
        """Whether statements compile alike: the numbering of parameters and the version of SQLite are the process's."""
        return type(self) is type(other)

    def __hash__(self) -> int:
        """As `__eq__`."""
        return hash(type(self))


def compile_once() -> None:
    """From now on `sqlite://` is this dialect, for every engine made in this process."""
    registry.register("sqlite", __name__, SharingDialect.__name__)
