"""Everything anew from the ledger: all customers, all priorities at a day, the snapshot once more.

Lives here: transactions that add no fact. Not here: those that do (`commit_imports.py`, `undo.py`).
"""

from datetime import date

from pipelines.customers.affected import nobody_is_affected
from pipelines.customers.derive import derive
from pipelines.home import Home
from pipelines.intake.reread_consents import reread_consents
from pipelines.ledger.transaction import (
    ChecksFailed,
    current_as_of,
    ledger_transaction,
    next_over,
    note_change,
    publish_from_ledger,
    verified,
)
from pipelines.warehouse.database import transaction, working


def rebuild(home: Home) -> None:
    """Fold every customer again from the ledger; the tables come out as they were."""
    # Not `ledger_transaction`, which would mend the snapshot first: it is made anew here.
    with working(home.working) as connection:
        reread_consents(connection, home.archive)
        publish_from_ledger(connection, home)


def prioritise_all(home: Home, as_of: date) -> None:
    """Every customer's priority as of a day; what changes, changed by the clock alone (AMB-03)."""
    with ledger_transaction(home) as connection:
        moved = current_as_of(connection) != as_of
        with next_over(connection, home) as writer, transaction(connection):
            note_change(connection, as_of)
            nobody_is_affected(connection)
            derive(connection, writer, as_of, moved, "clock")
            # Every night: transactions look at what they change, and this is the one that changes nobody's money.
            verified(connection, moved, thorough=True)


def publish(home: Home) -> None:
    """Swap the snapshot in again as the ledger stands, once every check was tried on it; made anew where it is missing
    or behind, or where a check says that it does not agree with the ledger.
    """
    with ledger_transaction(home) as connection:
        current_as_of(connection)
        try:
            with next_over(connection, home), transaction(connection):
                nobody_is_affected(connection)
                verified(connection, everyone=True, thorough=True)
        except ChecksFailed:  # of a ledger that was just brought up to date, for one; checked again once it is anew
            publish_from_ledger(connection, home)
