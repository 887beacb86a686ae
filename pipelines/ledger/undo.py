"""Undoing: one import's facts out of the ledger, and what that does to the customers.

Lives here: the decision, the customers it touches, what is told of it. Not here: the transaction around them, the
checks after them, the rehearsal (`commit_imports.py`); which imports are live is a view of the ledger
(`pipelines/warehouse/database.py`).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from pipelines.configuration.typed import Typed
from pipelines.conflicts.double_counting import double_counted
from pipelines.conflicts.overlaps import replaced_by
from pipelines.customers.affected import imports_are_affected
from pipelines.customers.derive import derive
from pipelines.warehouse.database import Connection, number_of, row_of, rows_of


class Undone(Typed):
    """What an undo of an import or a clean-up does: customers that go, change or come back, the change of all money,
    imports that count again.
    """

    import_id: str
    customers_removed: int
    customers_changed: int
    customers_returned: int
    is_cleanup: bool = False
    amount_change: Decimal
    imports_returned: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def take_out(
    connection: Connection, writer: Connection, wanted: str, sequence: int, by: str, now: datetime, as_of: date
) -> Undone:
    """Note that an import is undone, and fold again whoever it, or what it had replaced, contributed to.

    `sequence`: its place in the ledger. `connection` has the ledger's open transaction, `writer` the next snapshot.
    """
    connection.execute(
        "INSERT INTO ledger.decisions BY NAME SELECT 'undo' AS kind, ? AS import_id, ? AS decided_by, "
        "?::TIMESTAMPTZ AS decided_at",
        [wanted, by, now],
    )
    back = replaced_by(connection, wanted)
    imports_are_affected(connection, [sequence, *back])
    count, money = _standing(writer)
    derived = derive(connection, writer, as_of, False, "undo")
    left, money_left = _standing(writer)
    returned = left - count + derived.removed_count
    is_cleanup = number_of(connection, "SELECT count(*) FROM ledger.tombstones WHERE import_seq = ?", [sequence]) > 0
    connection.execute(
        "UPDATE ledger.decisions SET customer_count = ? WHERE kind = 'undo' AND import_id = ?",
        [returned if is_cleanup else derived.removed_count, wanted],
    )
    return Undone(
        import_id=wanted,
        customers_removed=derived.removed_count,
        customers_changed=derived.known.filter(~pl.col("unchanged")).height,
        customers_returned=returned,
        is_cleanup=is_cleanup,
        amount_change=money_left - money,
        imports_returned=_live(connection, back),
        warnings=tuple(double_counted(connection)),
    )


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
