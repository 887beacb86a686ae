"""SQL of Dagster's SQLite databases is compiled once in a process, where Dagster makes a new engine for every event.

Lives here: a dialect whose engines share what they compiled. Not here: the connections (`keep_open.py`). What it
saves: docs/decisions/0023-kept-libraries.md.
"""

from typing import ClassVar

from sqlalchemy import Engine
from sqlalchemy.dialects import registry, sqlite

MOST = 500
"""Statements that are kept, as many as an engine of its own keeps (SQLAlchemy's `query_cache_size`)."""


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

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """A new engine takes what others compiled, and gives what it compiles."""
        engine.update_execution_options(compiled_cache=cls.compiled)

    def __eq__(self, other: object) -> bool:
        """Whether statements compile alike: the numbering of parameters and the version of SQLite are the process's."""
        return type(self) is type(other)

    def __hash__(self) -> int:
        """As `__eq__`."""
        return hash(type(self))


def compile_once() -> None:
    """From now on `sqlite://` is this dialect, for every engine made in this process."""
    registry.register("sqlite", __name__, SharingDialect.__name__)
