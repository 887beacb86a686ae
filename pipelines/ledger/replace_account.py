"""States: sources whose data replace what they said before, such as Stripe accounts; contract page 6, rule 4.

Lives here: the transaction in which a new state takes the place of the one before, and taking a source's state out. Not
here: what a state is (`stripe/stating.py`), files (`commit_imports.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from pipelines.customers.affected import everybody_is_affected
from pipelines.customers.derive import Derived, derive
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.checks import CheckResult
from pipelines.ledger.transaction import (
    current_as_of,
    latest_as_of,
    ledger_transaction,
    next_anew,
    next_over,
    note_change,
    verified,
)
from pipelines.progress import Report
from pipelines.warehouse.database import Connection, number_of, transaction, value_of
from pipelines.warehouse.ledger_tables import STRIPE_FACTS


def commit_state(home: Home, as_of: date, prepare: Callable[[Connection], "State"], report: Report) -> "Entered":
    """Commit the new state of a source that is state, such as a Stripe account, in place of its state before.

    `prepare` finds out what differs, with the ledger before it; where nothing does, the state notes that it was looked
    at, and no more. Raises ChecksFailed, with everything rolled back.
    """
    with ledger_transaction(home) as connection:
        state = prepare(connection)
        if not state.differs:
            with transaction(connection):
                state.note(connection)
            return Entered(None, ())
        earlier = latest_as_of(connection)
        day = max(as_of, earlier or as_of)
        with next_over(connection, home) as writer, transaction(connection):
            note_change(connection, day)
            state.note(connection)
            identity = state.write(connection)
            report("folding customers")
            moved = earlier not in (None, day)
            state.count(connection, identity, derive(connection, writer, day, moved, "data"))
            report("checking")
            return Entered(identity, verified(connection, moved))


def take_out(home: Home, source: str, by: str, now: datetime) -> int:
    """Take out everything that a Stripe account contributed; its syncs are undone in the history.

    Returns how many customers went. Every customer is folded again, for an account is part of many. Raises WrongUse
    where nothing was ever synced.
    """
    with ledger_transaction(home) as connection:
        if value_of(connection, "SELECT source FROM ledger.stripe_state WHERE source = ?", [source]) is None:
            if number_of(
                connection, "SELECT count(*) FROM ledger.imports WHERE source = ? AND format = 'stripe'", [source]
            ):
                raise AlreadyDone(f"everything that {source} contributed is taken out already")
            raise WrongUse(f"{source} was never synced: there is nothing of it to take out")
        as_of = current_as_of(connection)
        with next_anew(connection, home) as writer, transaction(connection):
            note_change(connection, as_of)
            before = _customer_count(connection)
            connection.execute(
                "INSERT INTO ledger.decisions BY NAME SELECT 'undo' AS kind, import_id, ? AS decided_by, "
                "?::TIMESTAMPTZ AS decided_at FROM ledger.import_keys "
                "WHERE source = ? AND format = 'stripe' AND status <> 'undone'",
                [by, now, source],
            )
            for table in ("stripe_state", "stripe_contributions", *STRIPE_FACTS):
                connection.execute(f"DELETE FROM ledger.{table} WHERE source = ?", [source])
            everybody_is_affected(connection)
            derive(connection, writer, as_of, False, "undo")
            removed = before - _customer_count(connection)
            connection.execute(
                "UPDATE ledger.decisions SET customer_count = ? WHERE kind = 'undo' AND decided_at = ?::TIMESTAMPTZ "
                "AND import_id IN (SELECT import_id FROM ledger.imports WHERE source = ?)",
                [removed, now, source],
            )
            verified(connection)
    return removed


def _customer_count(connection: Connection) -> int:
    return number_of(connection, "SELECT count(DISTINCT customer_id) FROM ledger.live")


class State(Protocol):
    """A new state, ready to be written into the transaction that `commit_state` opens."""

    @property
    def differs(self) -> bool:
        """Whether there is anything to write."""

    def note(self, connection: Connection) -> None:
        """Note up to when the source was looked at."""

    def write(self, connection: Connection) -> str:
        """Write it, touch the customers that it moves; returns the id of its entry in the history."""

    def count(self, connection: Connection, identity: str, derived: Derived) -> None:
        """Note in its entry what became of those customers."""


@dataclass(frozen=True)
class Entered:
    """A committed state: its entry in the history, None where nothing differed, and the checks that it passed."""

    import_id: str | None
    check_results: tuple[CheckResult, ...]
