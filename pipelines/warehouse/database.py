"""The working database: opening it, the ledger in it, the transaction that changes it; databases of one task.

Lives here: every use of the duckdb package. Not here: the writers' lock (`write_lock.py`), the ledger's tables
(`ledger_tables.py`), what is written (`pipelines/ledger/commit_imports.py`), tables that analysts open
(`pipelines/publishing/tables.py`), those of an extract (`stripe/extract/store.py`).
"""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path

import duckdb
import polars as pl
import pyarrow

from pipelines.durable import written
from pipelines.errors import TryAgain, WarehouseBusy, WrongUse
from pipelines.interrupts import interrupted
from pipelines.warehouse.home_swap import settle
from pipelines.warehouse.owned_views import owned_views
from pipelines.warehouse.write_lock import writer_lock

Connection = duckdb.DuckDBPyConnection

MACHINE = (OSError, MemoryError, duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, TryAgain)
OF_THE_NAME = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)

ROW_GROUP = 122_880
"""DuckDB's row group: it works on as many at once as it has threads."""

QUIET = "SET enable_progress_bar = false"
"""DuckDB prints a bar to stdout after two seconds, where scripts expect one document."""

LEDGER_COLUMNS = """
    SELECT table_name || '.' || column_name FROM duckdb_columns()
    SEMI JOIN (SELECT table_oid, database_oid FROM duckdb_tables()) AS tables USING (table_oid, database_oid)
    WHERE schema_name = 'ledger' ORDER BY ALL
"""
"""Those of tables, not of views."""

_GLANCES = count()
"""Numbers the snapshots that are attached, for two threads may look at the same time."""

OPENED: dict[str, str | bool | int | float | list[str]] = {"python_enable_replacements": "false"}
"""DuckDB 2.0 looks for a table that it does not know among Python's globals: `FROM customers` met Dagster's asset."""

UUID_OF_HALVES = "((id_high::UHUGEINT << 64) | id_low)::UUID"
"""A customer id from the two halves in which frames carry it."""

HALVES_OF_UUID = (
    "(customer_id::UHUGEINT >> 64)::UBIGINT AS id_high, "
    "(customer_id::UHUGEINT & 18446744073709551615::UHUGEINT)::UBIGINT AS id_low"
)


@contextmanager
def working(path: Path, wait_seconds: float | None = None) -> Iterator[Connection]:
    """The working database, ours alone for the time of the block; made when it does not exist.

    Raises WarehouseBusy when another process still holds it after `wait_seconds`, by default those of the turn, and
    WrongUse for a ledger that a newer version of this software made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with writer_lock(path.with_suffix(".lock"), wait_seconds):
        # A restore that was decided on and killed is finished first: the database to open is the restored one.
        settle(path.parent.parent)
        connection = duckdb.connect(path, config=OPENED)
        try:
            _prepare(connection)
            _make(connection, path)
            yield connection
        finally:
            connection.close()


@contextmanager
def own_database(
    path: Path, kept: Callable[[Connection], bool], wait_seconds: float | None = None
) -> Iterator[Connection]:
    """A database of one task, ours alone for the time of the block; the working database stays free meanwhile.

    Made when it does not exist; removed at the end of a block that went well unless `kept`.
    Raises WarehouseBusy when another process still holds it after `wait_seconds`, by default those of the turn.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with writer_lock(path.with_suffix(".lock"), wait_seconds):
        connection = duckdb.connect(path, config=OPENED)
        try:
            _prepare(connection)
            yield connection
            # Asked while the database is open; a block that failed keeps it, for the next run goes on from there.
            worth_keeping = kept(connection)
        finally:
            connection.close()
        if not worth_keeping:
            path.unlink()


def is_of_machine(error: Exception) -> bool:
    """Whether something went wrong without any fault of the file: a full disk, no memory, a lock, an interrupt."""
    return interrupted() or (isinstance(error, MACHINE) and getattr(error, "errno", None) not in OF_THE_NAME)


def is_of_database(error: Exception) -> bool:
    """Whether the database said it."""
    return isinstance(error, duckdb.Error)


@contextmanager
def second_writer(connection: Connection) -> Iterator[Connection]:
    """Another connection to the same databases, for a transaction of its own beside an open one."""
    writer = connection.cursor()
    try:
        _prepare(writer)
        yield writer
    finally:
        writer.close()


def customer_ids(keys: pl.Series) -> pl.DataFrame:
    """The two halves of the customer id of each key, `id_high` and `id_low`: MD5, stable for ever."""
    with _memory().cursor() as connection, frame_as(connection, "keys", keys.alias("key").to_frame()):
        connection.execute(QUIET)
        halves = HALVES_OF_UUID.replace("customer_id::UHUGEINT", "number")
        return rows_of(connection, f"SELECT {halves} FROM (SELECT md5_number(key) AS number FROM keys)")


def customer_uuids(keys: pl.Series) -> pl.Series:
    """The customer id of each key as text, in their order; null for null."""
    distinct = keys.drop_nulls().unique()
    with _memory().cursor() as connection, frame_as(connection, "keys", distinct.alias("key").to_frame()):
        known = rows_of(connection, "SELECT key, md5_number(key)::UUID::VARCHAR AS id FROM keys")
    return keys.replace_strict(known["key"], known["id"], default=None, return_dtype=pl.String)


@cache
def _memory() -> Connection:
    """A database of no file, for questions about values alone: opening one takes longer than asking."""
    return duckdb.connect(config=OPENED)


@contextmanager
def published(path: Path) -> Iterator[Connection]:
    """The published snapshot, to read.

    Raises WrongUse where nothing was published yet, WarehouseBusy where somebody has it open for writing.
    """
    if not path.exists():
        raise WrongUse(f"{path} does not exist yet: import a file first, or run `customers publish`")
    try:
        connection = duckdb.connect(path, read_only=True, config=OPENED)
    except duckdb.IOException as error:
        raise WarehouseBusy(f"{path} is open for writing elsewhere; open it read-only there: {error}") from error
    try:
        connection.execute(f"SET TimeZone = 'UTC'; {QUIET}")
        yield connection
    finally:
        connection.close()


@contextmanager
def glanced_at(path: Path) -> Iterator[Connection]:
    """The published snapshot, to read, in the process's database of no file: a snapshot opened by itself costs 15 ms of
    a start, attached to that database 1 ms. Raises as `published`.
    """
    if not path.exists():
        raise WrongUse(f"{path} does not exist yet: import a file first, or run `customers publish`")
    quoted, name = str(path).replace("'", "''"), f"glance_{next(_GLANCES)}"
    with _memory().cursor() as connection:
        try:
            connection.execute(f"SET TimeZone = 'UTC'; {QUIET}; ATTACH '{quoted}' AS {name} (READ_ONLY); USE {name}")
        except duckdb.IOException as error:
            raise WarehouseBusy(f"{path} is open for writing elsewhere; open it read-only there: {error}") from error
        try:
            yield connection
        finally:
            connection.execute("USE memory")
            detach(connection, name)


@contextmanager
def beside(connection: Connection, path: Path) -> Iterator[None]:
    """The published tables as `snapshot`, to read, beside the ledger."""
    # ATTACH takes no parameter for its path (DuckDB 2.0).
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS snapshot (READ_ONLY)")
    try:
        yield
    finally:
        detach(connection, "snapshot")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing: what the block wrote is committed at its end, or not at all."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:  # Ctrl-C too: what is half written must not be there for whoever uses the connection next
        _in_vain(connection, "ROLLBACK")
        raise


def detach(connection: Connection, name: str) -> None:
    """Let go of a database after a failure, as far as that failure allows."""
    _in_vain(connection, f"DETACH DATABASE IF EXISTS {name}")


def _in_vain(connection: Connection, statement: str) -> None:
    """Tidy up after an error, which must not be hidden by one of the tidying: a COMMIT that failed ended it all."""
    with suppress(duckdb.Error):
        connection.execute(statement)


@contextmanager
def frame_as(connection: Connection, name: str, frame: pl.DataFrame) -> Iterator[str]:
    """A polars frame that SQL can read under a name while the block lasts, in slices that threads share."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.newest())  # text as polars holds it, without a copy
    connection.register(name, pyarrow.Table.from_batches(table.to_batches(max_chunksize=ROW_GROUP), table.schema))
    try:
        yield name
    finally:
        connection.unregister(name)


def rows_of(
    connection: Connection, query: str, parameters: list[object] | dict[str, object] | None = None
) -> pl.DataFrame:
    """The result of a query as a polars frame."""
    rows: pl.DataFrame = connection.sql(query, params=parameters).pl()
    return rows


def row_of(connection: Connection, query: str, parameters: list[object] | None = None) -> tuple[object, ...] | None:
    """The first row of a query, or None; the result is read to its end, as the connection wants it."""
    rows = connection.execute(query, parameters).fetchall()
    return rows[0] if rows else None


def value_of(connection: Connection, query: str, parameters: list[object] | None = None) -> object:
    """The first column of the first row of a query, or None."""
    row = row_of(connection, query, parameters)
    return row[0] if row else None


def number_of(connection: Connection, query: str, parameters: list[object] | None = None) -> int:
    """A whole number that a query counts."""
    return int(str(value_of(connection, query, parameters)))


def _prepare(connection: Connection) -> None:
    # DuckDB 2.0 gives instants in the machine's zone, `Etc/UTC` at best, which is another type than our contracts' UTC
    connection.execute(f"SET TimeZone = 'UTC'; SET preserve_insertion_order = false; {QUIET}")


def _make(connection: Connection, path: Path) -> None:
    """The ledger, made where it is not there in today's shape; that is noted, for all this SQL takes long to read."""
    from pipelines.warehouse import ledger_tables  # contracts and pandera, which questions of the snapshot do without

    digest, *version = _noted_shape(connection)
    if digest != ledger_tables.digest():
        # Before anything is written: a newer version must find its ledger as it left it.
        _refuse_newer(connection, path, int(str(version[0] or 0)) if version else 0)
        older = number_of(connection, "SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'ledger'")
        with transaction(connection):
            connection.execute(ledger_tables.script(bool(older)))
            choose_views(connection)
            connection.execute("DELETE FROM ledger.shape")
            noted = [ledger_tables.digest(), ledger_tables.LEDGER_VERSION]
            connection.execute("INSERT INTO ledger.shape VALUES (?, ?)", noted)


def choose_views(connection: Connection) -> None:
    """Answer whose row it is by the merges that stand; where none does, as the rows themselves say it."""
    merged = number_of(connection, "SELECT count(*) FROM ledger.merged_customers WHERE customer_id <> survivor_id")
    connection.execute(owned_views(merged > 0))


def _noted_shape(connection: Connection) -> tuple[object, ...]:
    """What the ledger's shape was when it was last made, and its version where that was noted."""
    with suppress(duckdb.CatalogException):
        return row_of(connection, "FROM ledger.shape") or (None,)
    return (None,)


def _refuse_newer(connection: Connection, path: Path, version: int) -> None:
    """Raise WrongUse for a ledger that says more than we understand: what we do not know would be lost or miscounted.

    Of a ledger of our own number its tables and columns are looked at too.
    """
    from pipelines.warehouse import ledger_tables  # as above

    unknown = []
    if version == ledger_tables.LEDGER_VERSION:
        named = connection.execute(LEDGER_COLUMNS).fetchall()
        unknown = [name for (name,) in named if name not in ledger_tables.column_names()]
    if version > ledger_tables.LEDGER_VERSION or unknown:
        seen = f", and has {unknown[0]}, which this one does not know" if unknown else ""
        raise WrongUse(
            f"the ledger {path} is of version {version}{seen}; this version of customer-intake reads ledgers up to "
            f"{ledger_tables.LEDGER_VERSION}: a newer version wrote it. Install that version again; nothing was changed"
        )


def rewrite(path: Path, without: Sequence[str]) -> None:
    """Write a database that nobody has open into a new file, which takes its place at once.

    What was deleted stays in the pages of the old file until they are used again; the new one holds what is there.

    Args:
        path: the working database; the caller holds its lock.
        without: tables of the ledger that come out empty.
    """
    with written(path, "rewriting") as unfinished:
        connection = duckdb.connect(unfinished, config=OPENED)
        try:
            _prepare(connection)
            _make(connection, unfinished)
            quoted = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS earlier (READ_ONLY)")
            with transaction(connection):
                tables = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'earlier'"
                for table in rows_of(connection, tables)["table_name"]:
                    # A new ledger has notes and defaults of its own.
                    connection.execute(f"DELETE FROM ledger.{table}")
                    if table not in without:
                        connection.execute(f"INSERT INTO ledger.{table} BY NAME FROM earlier.ledger.{table}")
                choose_views(connection)
            connection.execute("DETACH earlier; CHECKPOINT")
        finally:
            connection.close()
    # The log of the old file holds what was deleted.
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
