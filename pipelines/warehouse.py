"""The working database: opening it, the ledger in it, the transaction that changes it; databases of one task.

Lives here: every use of the duckdb package, the ledger's tables, the writer's lock. Not here: what is written
(`booking.py`), the tables that analysts open (`snapshot.py`), those of an extract (`stripe/extract_store.py`).
"""

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
import pyarrow

from pipelines.errors import TryAgain, WarehouseBusy, WrongUse
from schemas.base import Column, Contract, columns_of
from schemas.customers import CustomerPriorityHistory
from schemas.imports import Deployment, ImportHistory, RejectedRows
from schemas.ledger import AcceptedDetails, AcceptedRows
from schemas.stripe import (
    StripeApart,
    StripeCharges,
    StripeContributions,
    StripeCustomers,
    StripeRefunds,
    StripeSpend,
    StripeSyncs,
)

Connection = duckdb.DuckDBPyConnection

MACHINE = (OSError, MemoryError, duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, TryAgain)
OF_THE_NAME = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)

UNDO_FACTS = ("undone_at", "undone_by", "undone_count")
LOCK_WAIT_SECONDS = 600.0
ROW_GROUP = 122_880
"""DuckDB's row group: it works on as many at once as it has threads."""

QUIET = "SET enable_progress_bar = false"
"""DuckDB prints a bar to stdout after two seconds, where scripts expect one document."""

STRIPE_FACTS: dict[str, type[Contract]] = {
    "stripe_charges": StripeCharges,
    "stripe_refunds": StripeRefunds,
    "stripe_customers": StripeCustomers,
    "stripe_spend": StripeSpend,
    "stripe_apart": StripeApart,
    "stripe_syncs": StripeSyncs,
}
"""The tables of Stripe sources, the same in the ledger and in the snapshot."""

VIEWS = """
CREATE OR REPLACE VIEW ledger.undone AS
    SELECT DISTINCT import_id FROM ledger.decisions WHERE kind = 'undo';
CREATE OR REPLACE VIEW ledger.replaced AS
    SELECT DISTINCT import_id FROM ledger.decisions
    WHERE kind = 'replace' AND replaced_by NOT IN (FROM ledger.undone);
CREATE OR REPLACE VIEW ledger.live_rows AS
    SELECT *, (import_seq::BIGINT << 32) | row_number AS position, import_seq AS first_seq
    FROM ledger.contributions
    WHERE import_seq NOT IN (
        SELECT import_seq FROM ledger.imports
        WHERE import_id IN (FROM ledger.undone) OR import_id IN (FROM ledger.replaced)
    );
CREATE OR REPLACE VIEW ledger.live_accounts AS
    SELECT * EXCLUDE (dependent) REPLACE (CASE WHEN NOT dependent THEN first_seq END AS first_seq),
        CASE WHEN dependent THEN 1 ELSE 2 END::BIGINT AS row_number
    FROM ledger.stripe_contributions
    WHERE NOT dependent OR customer_id IN (
        SELECT customer_id FROM ledger.live_rows SEMI JOIN (
            SELECT customer_id FROM ledger.stripe_contributions WHERE dependent
        ) AS leaning USING (customer_id)
        UNION ALL SELECT customer_id FROM ledger.stripe_contributions WHERE NOT dependent
    );
CREATE OR REPLACE VIEW ledger.live AS
    FROM ledger.live_rows UNION ALL BY NAME FROM ledger.live_accounts;
CREATE OR REPLACE VIEW ledger.stripe_paid AS
    SELECT source, currency,
        CASE amount_field WHEN 'amount' THEN amount ELSE coalesce(amount_captured, amount) END AS paid
    FROM ledger.stripe_charges JOIN ledger.stripe_state USING (source) WHERE counted;
CREATE OR REPLACE VIEW ledger.resolved AS
    SELECT origin_import_id, origin_row_number, min_by(import_id, import_seq) AS import_id
    FROM ledger.resolutions JOIN ledger.imports USING (import_seq)
    WHERE import_id NOT IN (FROM ledger.undone) GROUP BY ALL;
CREATE OR REPLACE VIEW ledger.listed_rejects AS
    SELECT rejected_rows.* REPLACE (resolved.import_id AS resolved_by_import_id)
    FROM ledger.rejected_rows LEFT JOIN ledger.resolved ON severity = 'row'
        AND origin_import_id = coalesce(retry_of_import_id, rejected_rows.import_id)
        AND origin_row_number = coalesce(retry_of_row_number, row_number);
CREATE OR REPLACE VIEW ledger.import_keys AS
    SELECT imports.* REPLACE (
        CASE WHEN undo.import_id IS NOT NULL THEN 'undone'
             WHEN import_id IN (FROM ledger.replaced) THEN 'replaced' ELSE status END AS status),
        undo.decided_at AS undone_at, undo.decided_by AS undone_by, undo.customer_count AS undone_count
    FROM ledger.imports
    LEFT JOIN (SELECT * FROM ledger.decisions WHERE kind = 'undo') AS undo USING (import_id);
CREATE OR REPLACE VIEW ledger.import_history AS
    SELECT * EXCLUDE (import_seq, import_key) FROM ledger.import_keys;
"""

UUID_OF_HALVES = "((id_high::UHUGEINT << 64) | id_low)::UUID"
"""A customer id from the two halves in which frames carry it."""

HALVES_OF_UUID = (
    "(customer_id::UHUGEINT >> 64)::UBIGINT AS id_high, "
    "(customer_id::UHUGEINT & 18446744073709551615::UHUGEINT)::UBIGINT AS id_low"
)


@contextmanager
def working(path: Path, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[Connection]:
    """The working database, ours alone for the time of the block; made when it does not exist.

    Raises WarehouseBusy when another process still holds it after `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _writer_lock(path.with_suffix(".lock"), wait_seconds):
        connection = duckdb.connect(path, config={"python_enable_replacements": "false"})
        try:
            _prepare(connection)
            _make(connection)
            yield connection
        finally:
            connection.close()


@contextmanager
def own_database(
    path: Path, kept: Callable[[Connection], bool], wait_seconds: float = LOCK_WAIT_SECONDS
) -> Iterator[Connection]:
    """A database of one task, ours alone for the time of the block; the working database stays free meanwhile.

    Made when it does not exist; removed at the end of a block that went well unless `kept`.
    Raises WarehouseBusy when another process still holds it after `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _writer_lock(path.with_suffix(".lock"), wait_seconds):
        connection = duckdb.connect(path, config={"python_enable_replacements": "false"})
        try:
            _prepare(connection)
            yield connection
            worth_keeping = kept(connection)
        finally:
            connection.close()
        if not worth_keeping:
            path.unlink()


def is_of_machine(error: Exception) -> bool:
    """Whether something went wrong without any fault of the file: a full disk, too little memory, a lock."""
    return isinstance(error, MACHINE) and getattr(error, "errno", None) not in OF_THE_NAME


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
    return duckdb.connect()


@contextmanager
def published(path: Path) -> Iterator[Connection]:
    """The published snapshot, to read.

    Raises WrongUse where nothing was published yet, WarehouseBusy where somebody has it open for writing.
    """
    if not path.exists():
        raise WrongUse(f"{path} does not exist yet: import a file first, or run `customers publish`")
    try:
        connection = duckdb.connect(path, read_only=True, config={"python_enable_replacements": "false"})
    except duckdb.IOException as error:
        raise WarehouseBusy(f"{path} is open for writing elsewhere; open it read-only there: {error}") from error
    try:
        connection.execute(f"SET TimeZone = 'UTC'; {QUIET}")
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing: what the block wrote is committed at its end, or not at all."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
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


def column_list(columns: list[Column]) -> str:
    """Columns as the body of a CREATE TABLE."""
    return ", ".join(f'"{column.name}" {column.sql_type}{"" if column.nullable else " NOT NULL"}' for column in columns)


@contextmanager
def _writer_lock(path: Path, wait_seconds: float) -> Iterator[None]:
    """One writer at a time over all processes; the kernel frees the lock of a process that dies."""
    with open(path, "a+", encoding="utf-8") as lock:
        deadline = time.monotonic() + wait_seconds
        while not _locked(lock.fileno()):
            if time.monotonic() > deadline:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                raise WarehouseBusy(f"{path} is held by process {holder}; try again when it has finished")
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _prepare(connection: Connection) -> None:
    connection.execute(f"SET TimeZone = 'UTC'; SET preserve_insertion_order = false; {QUIET}")


def _make(connection: Connection) -> None:
    """The ledger, made where it is not there in today's shape; that is noted, for all this SQL takes long to read."""
    script = _script()
    shape = hashlib.sha256(script.encode()).hexdigest()
    if _noted_shape(connection) != shape:
        with transaction(connection):
            connection.execute(f"{script}; DELETE FROM ledger.shape; INSERT INTO ledger.shape VALUES ('{shape}')")


def _noted_shape(connection: Connection) -> object:
    """What the ledger's shape was when it was last made; None before."""
    with suppress(duckdb.CatalogException):
        return value_of(connection, "FROM ledger.shape")
    return None


@cache
def _script() -> str:
    imports = [column for column in columns_of(ImportHistory) if column.name not in UNDO_FACTS]
    contributed = [column for column in columns_of(AcceptedRows) if column.name != "customer_key"]
    tables = {
        "changes": "number BIGINT NOT NULL, as_of_date DATE NOT NULL",
        "imports": f"import_seq INTEGER NOT NULL, import_key VARCHAR NOT NULL, {column_list(imports)}",
        "contributions": "import_seq INTEGER NOT NULL, source VARCHAR NOT NULL, customer_id UUID NOT NULL, "
        + column_list(contributed),
        "details": f"import_seq INTEGER NOT NULL, {column_list(columns_of(AcceptedDetails))}",
        "rejected_rows": column_list(columns_of(RejectedRows)),
        "resolutions": "import_seq INTEGER NOT NULL, row_number BIGINT NOT NULL, "
        "origin_import_id VARCHAR NOT NULL, origin_row_number BIGINT NOT NULL",
        "tombstones": "customer_id UUID NOT NULL, reason VARCHAR NOT NULL, below DECIMAL(18,3) NOT NULL, "
        "total_at_delete DECIMAL(18,3), decided_by VARCHAR NOT NULL, decided_at TIMESTAMPTZ NOT NULL",
        "deployment": column_list(columns_of(Deployment)),
        "stripe_state": "source VARCHAR NOT NULL, upper_bound TIMESTAMPTZ NOT NULL, swept_at TIMESTAMPTZ NOT NULL, "
        "extract_id VARCHAR, amount_field VARCHAR NOT NULL, anchor_charge_id VARCHAR, livemode BOOLEAN",
        **{name: column_list(columns_of(contract)) for name, contract in STRIPE_FACTS.items()},
        "stripe_contributions": "import_seq INTEGER NOT NULL, first_seq INTEGER NOT NULL, "
        + column_list(columns_of(StripeContributions)),
        "priority_changes": column_list(columns_of(CustomerPriorityHistory)),
        "shape": "digest VARCHAR NOT NULL",
        "decisions": "kind VARCHAR NOT NULL, import_id VARCHAR NOT NULL, decided_by VARCHAR NOT NULL, "
        "decided_at TIMESTAMPTZ NOT NULL, customer_count BIGINT, replaced_by VARCHAR, choice VARCHAR",
    }
    made = [f"CREATE TABLE IF NOT EXISTS ledger.{name} ({columns})" for name, columns in tables.items()]
    return ";".join(["CREATE SCHEMA IF NOT EXISTS ledger", *made, VIEWS])
