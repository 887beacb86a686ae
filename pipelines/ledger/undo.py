"""Undo: one import's facts out of the ledger, and what that does to the customers.

Lives here: the transaction, its rehearsal, the decision, the customers it affects, what is told of it. Not here: which
imports are live, which is a view of the ledger (`pipelines/warehouse/ledger_tables.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import polars as pl

from pipelines.configuration.typed import Typed
from pipelines.conflicts.double_counting import double_counted
from pipelines.conflicts.overlaps import replaced_by
from pipelines.customers.affected import imports_are_affected
from pipelines.customers.derive import derive
from pipelines.duplicates.merged_customers import settle
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.intake.run_folders import sweep
from pipelines.ledger.known_imports import KnownImport, clear_repeated, held_keys, import_of
from pipelines.ledger.transaction import (
    current_as_of,
    ledger_transaction,
    next_over,
    note_change,
    rehearsal,
    verified,
)
from pipelines.warehouse.database import Connection, number_of, row_of, rows_of, transaction
from schemas.sentences.languages import IN_TABLES
from schemas.ways_in.actions import both_ways
from schemas.ways_in.manual_entry import MANUAL

OF_DECISION = """
    SELECT count(*) FROM (
        SELECT import_seq FROM ledger.tombstones UNION ALL SELECT import_seq FROM ledger.merges
    ) WHERE import_seq = ?
"""
"""Whether an entry is a decision about customers, a clean-up or a merge, and not a file's."""


class Undone(Typed):
    """What an undo of an import or a clean-up does: customers that go, change or come back, the change of all money,
    imports that count again. `is_file`: what is undone came as a file, and so has a partition.
    """

    import_id: str
    customers_removed: int
    customers_changed: int
    customers_returned: int
    is_cleanup: bool = False
    is_file: bool = True
    amount_change: Decimal
    imports_returned: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def undo_import(home: Home, import_id: str, by: str, now: datetime) -> Undone:
    """Take out exactly what one import contributed; returns what that did (RF-27, RF-30).

    Raises WrongUse for an import that does not exist, has nothing to undo, or is undone already.
    """
    with ledger_transaction(home) as connection:
        known = _undoable(connection, import_id)
        clear_repeated(connection, home, import_id)
        with next_over(connection, home) as writer, transaction(connection):
            undone = _take_out(connection, writer, _Decision(import_id, known, by, now))
        sweep(home, held_keys(connection), now)
    return undone


def rehearse_undo(home: Home, import_id: str, now: datetime) -> Undone:
    """What an undo would do, to the last number: it is done, and taken back before it ends. Raises WrongUse, as it."""
    with ledger_transaction(home) as connection:
        known = _undoable(connection, import_id)
        with rehearsal(connection, home) as writer:
            undone = _take_out(connection, writer, _Decision(import_id, known, "", now))
    return undone


@dataclass(frozen=True)
class _Decision:
    """Which import somebody takes out, what is known of it, and when."""

    import_id: str
    known: KnownImport
    by: str
    now: datetime


def _take_out(connection: Connection, writer: Connection, undo: _Decision) -> Undone:
    """Note that an import is undone, and fold again whoever it, or what it had replaced, contributed to."""
    as_of = current_as_of(connection)
    note_change(connection, as_of)
    connection.execute(
        "INSERT INTO ledger.decisions BY NAME SELECT 'undo' AS kind, ? AS import_id, ? AS decided_by, "
        "?::TIMESTAMPTZ AS decided_at",
        [undo.import_id, undo.by, undo.now],
    )
    settle(connection)
    back = replaced_by(connection, undo.import_id)
    imports_are_affected(connection, [undo.known.import_seq, *back])
    # Before and after the fold: what an undo did is told by the table, not by what the import once said.
    count, money = _standing(writer)
    derived = derive(connection, writer, as_of, False, "undo")
    left, money_left = _standing(writer)
    returned = left - count + derived.removed_count
    is_manual = undo.known.format == MANUAL
    is_cleanup = not is_manual and number_of(connection, OF_DECISION, [undo.known.import_seq]) > 0
    connection.execute(
        "UPDATE ledger.decisions SET customer_count = ? WHERE kind = 'undo' AND import_id = ?",
        [returned if is_cleanup else derived.removed_count, undo.import_id],
    )
    verified(connection)
    return Undone(
        import_id=undo.import_id,
        customers_removed=derived.removed_count,
        customers_changed=derived.known.filter(~pl.col("unchanged")).height,
        customers_returned=returned,
        is_cleanup=is_cleanup,
        is_file=not (is_cleanup or is_manual),
        amount_change=money_left - money,
        imports_returned=_live(connection, back),
        warnings=tuple(note.line(IN_TABLES) for note in double_counted(connection)),
    )


def _undoable(connection: Connection, import_id: str) -> KnownImport:
    """An import that can be undone. Raises WrongUse, AlreadyDone."""
    known = import_of(connection, import_id)
    if known.status == "undone":
        raise AlreadyDone(f"import {import_id} is undone already")
    if known.status in ("refused", "failed"):
        raise WrongUse(f"import {import_id} was {known.status}: it contributed nothing that could be undone")
    if known.format == "stripe":
        raise WrongUse(
            f"import {import_id} is a sync: the account's next one replaces it. To take the account's data out, use "
            f"{both_ways('forget')}"
        )
    return known


def _standing(writer: Connection) -> tuple[int, Decimal]:
    """How many customers the next snapshot has now, and all they spent."""
    found = row_of(writer, "SELECT count(*), coalesce(sum(total_spent), 0) FROM snapshot.main.customers")
    count, money = found or (0, 0)
    return int(str(count)), Decimal(str(money))


def _live(connection: Connection, places: Sequence[int]) -> tuple[str, ...]:
    """The imports at these places that count now."""
    listed = ", ".join(str(int(place)) for place in places) or "NULL"
    query = f"""
        SELECT import_id FROM ledger.import_keys WHERE status LIKE 'done%' AND import_seq IN ({listed})
        ORDER BY import_seq
    """
    return tuple(rows_of(connection, query)["import_id"])
