"""Transactions: what every change of the ledger is made of: the next snapshot, a number, the checks.

Lives here: the parts that transactions have in common, and mending what a crash left between two of them. Not here:
any change of its own (`commit_imports.py`, `take_out_account.py`, `decisions/`).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date

from pipelines.customers.affected import everybody_is_affected
from pipelines.customers.derive import derive
from pipelines.duplicates.merged_customers import settle
from pipelines.errors import SealBroken, Unpublished, WrongUse
from pipelines.home import Home
from pipelines.intake.reread_consents import reread_consents
from pipelines.intake.run_folders import rename_earlier_records
from pipelines.ledger.checks.verify import CheckResult, verify
from pipelines.publishing.snapshot import clear_unfinished, is_current, ledger_version, next_snapshot
from pipelines.rejects.write import write_missing
from pipelines.warehouse.database import Connection, is_of_database, transaction, value_of, working


class ChecksFailed(SealBroken):
    """A conservation check failed: the transaction was rolled back, nothing was written."""

    def __init__(self, check_results: tuple[CheckResult, ...]) -> None:
        self.check_results = check_results
        failed = [f"{check.name}: {check.found}" for check in check_results if not check.passed]
        super().__init__(f"nothing was written, because {'; '.join(failed)}")


@contextmanager
def ledger_transaction(home: Home) -> Iterator[Connection]:
    """The working database, and beside it a snapshot that is not behind: what a crash left is mended first."""
    with working(home.working) as connection:
        # What a killed process left beside the snapshot may be large, and is nobody's.
        clear_unfinished(home.published)
        rename_earlier_records(home)
        reread_consents(connection, home.archive)
        # A crash between the ledger's commit and the swap leaves it behind: DuckDB writes one database a transaction.
        if ledger_version(connection) and not is_current(connection, home.published):
            publish_from_ledger(connection, home)
        yield connection


@contextmanager
def next_over(connection: Connection, home: Home) -> Iterator[Connection]:
    """The next snapshot over the present one; the first of all starts empty. Raises Unpublished, see `_committed`.

    An empty one of today's shape is good for it: making its tables, with a comment on every column, takes 0.1 s.
    """
    fresh = ledger_version(connection) == 0 and not is_current(connection, home.published)
    with _committed(connection), next_snapshot(connection, home.published, fresh) as writer:
        yield writer


@contextmanager
def next_anew(connection: Connection, home: Home) -> Iterator[Connection]:
    """The next snapshot from nothing, in which everybody is written. Raises Unpublished, see `_committed`."""
    with _committed(connection), next_snapshot(connection, home.published, fresh=True) as writer:
        yield writer


@contextmanager
def _committed(connection: Connection) -> Iterator[None]:
    """Turn what goes wrong after the ledger's commit into Unpublished: a full disk then says nothing about the file."""
    before = ledger_version(connection)
    try:
        yield
    except Exception as error:
        # Where the ledger did not change, the error is about the request, and is told as it is.
        if isinstance(error, Unpublished) or not _is_beyond(connection, before):
            raise
        raise Unpublished(
            f"what was asked for is in the ledger, but the tables that show it could not be written ({error}). "
            "Make room, or mend what is in the way, and ask again: it is finished then, and counts once"
        ) from error


def _is_beyond(connection: Connection, before: int) -> bool:
    """Whether the ledger was changed since; not known where the database can be asked nothing more."""
    try:
        return ledger_version(connection) > before
    except Exception as error:
        if not is_of_database(error):
            raise
        return False


def publish_from_ledger(connection: Connection, home: Home) -> None:
    """The snapshot from the ledger alone: every customer folded again, reject files that are missing written."""
    as_of = current_as_of(connection)
    with next_anew(connection, home) as writer, transaction(connection):
        settle(connection)
        everybody_is_affected(connection)
        derive(connection, writer, as_of, False, "data")
        verified(connection)
    write_missing(connection, home)


class _TakenBack(Exception):  # no error: it rolls back what was only tried
    pass


@contextmanager
def rehearsal(connection: Connection, home: Home) -> Iterator[Connection]:
    """A transaction with the next snapshot's writer in which something is tried, and taken back where it went well."""
    with suppress(_TakenBack), next_over(connection, home) as writer, transaction(connection):
        yield writer
        # An error is what rolls both databases back, and keeps the snapshot from being swapped in.
        raise _TakenBack


def current_as_of(connection: Connection) -> date:
    """The day that priorities are counted to now; WrongUse before the first import."""
    found = latest_as_of(connection)
    if found is None:
        raise WrongUse("nothing was imported yet: import a file first")
    return found


def latest_as_of(connection: Connection) -> date | None:
    """The day that priorities are counted to now; None before the first import."""
    found = value_of(connection, "SELECT arg_max(as_of_date, number) FROM ledger.changes")
    return found if isinstance(found, date) else None


def note_change(connection: Connection, as_of: date) -> None:
    """Number this change of the ledger."""
    connection.execute("INSERT INTO ledger.changes SELECT coalesce(max(number), 0) + 1, ? FROM ledger.changes", [as_of])


def verified(connection: Connection, everyone: bool = False, thorough: bool = False) -> tuple[CheckResult, ...]:
    """What the checks find in the open transaction; raises ChecksFailed where one is broken. See `checks.verify`."""
    check_results = verify(connection, everyone, thorough)
    if not all(check.passed for check in check_results):
        raise ChecksFailed(check_results)
    return check_results
