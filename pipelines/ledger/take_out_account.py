"""Taking an account out: all that a Stripe source contributed leaves the ledger; contract page 6, rule 4.

Lives here: that transaction. Not here: a new state in place of the one before (`pipelines/stripe/sync/commit_sync.py`),
files (`undo.py`).
"""

from datetime import datetime

from pipelines.customers.affected import everybody_is_affected
from pipelines.customers.derive import derive
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.transaction import (
    current_as_of,
    ledger_transaction,
    next_anew,
    note_change,
    verified,
)
from pipelines.warehouse.database import Connection, number_of, transaction, value_of
from pipelines.warehouse.ledger_tables import STRIPE_FACTS


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
            # Guests of the account are part of customers whom its records do not name.
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
