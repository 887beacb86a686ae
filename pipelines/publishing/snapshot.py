"""The snapshot that analysts open: the next one grows beside the present one and takes its place at once.

Lives here: what the snapshot holds, its comments and views, how it is begun, finished and swapped in. Not here:
the customers in it (`customers/deriving.py`). A reader keeps the state that it opened until it opens the file again.

The next snapshot starts as a copy of the present one, so that a change writes only the customers it touches.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.customers.low_spend import CANDIDATES, DEFAULT_BELOW
from pipelines.customers.relations.contact_points import CONTACT_POINTS
from pipelines.customers.relations.groups import GROUPS
from pipelines.durable import put_in_place, written
from pipelines.warehouse.database import Connection, detach, number_of, second_writer, transaction, value_of
from pipelines.warehouse.ledger_tables import STRIPE_FACTS, column_list
from schemas.base import Contract, columns_of, summary_of
from schemas.customers import (
    ContactPoints,
    Contacts,
    CustomerExternalIds,
    CustomerGroups,
    CustomerPriority,
    CustomerPriorityHistory,
    Customers,
    Groups,
    RankedContactPoints,
)
from schemas.imports import Deployment, ImportHistory, RejectedRows

STORAGE_VERSION = "v1.4.0"
"""Older DuckDB clients than ours can open the snapshot too."""

RECENT_DAYS = 20
"""How far back the view of recent imports looks; the table keeps all (RF-03)."""

TABLES: dict[str, type[Contract]] = {
    "customers": Customers,
    "customer_external_ids": CustomerExternalIds,
    "contacts": Contacts,
    "ranked_contact_points": RankedContactPoints,
    "customer_groups": CustomerGroups,
    "customer_priority": CustomerPriority,
    "customer_priority_history": CustomerPriorityHistory,
    "rejected_rows": RejectedRows,
    "import_history": ImportHistory,
    "deployment": Deployment,
    **STRIPE_FACTS,
}

VIEW_COLUMNS: dict[str, type[Contract]] = {"contact_points": ContactPoints, "groups": Groups}
"""What the columns of views hold."""

VIEWS: dict[str, tuple[str, str]] = {
    "contact_points": (summary_of(ContactPoints).rstrip("."), CONTACT_POINTS),
    "groups": (summary_of(Groups).rstrip("."), GROUPS),
    "rejected_reasons": (
        "One row per reason of a rejected row",
        "SELECT import_id, source, file_name, sheet, row_number, severity, reason.code, reason.field, "
        "reason.header, reason.value, reason.message, rejected_at, resolved_by_import_id "
        "FROM rejected_rows, unnest(reasons) AS reasons(reason)",
    ),
    "import_history_recent": (
        f"The imports of the last {RECENT_DAYS} days",
        f"SELECT * FROM import_history WHERE started_at >= now() - INTERVAL {RECENT_DAYS} DAY",
    ),
    "stripe_unattributed": (
        "One row per counted Stripe charge that is in no customer's total: of guests and deleted customers whom "
        "nothing else makes known, and of customers without an address",
        "SELECT source, charge_id, stripe_customer_id, reason, currency, amount, refund_volume, created_at "
        "FROM stripe_apart ANTI JOIN customers USING (customer_id)",
    ),
    "low_spend_candidates": (
        f"One row per customer that a clean-up with the usual threshold of {DEFAULT_BELOW} would remove",
        CANDIDATES.format(customers="customers", spend="stripe_spend").replace("$below", str(DEFAULT_BELOW)),
    ),
    "spend_by_currency": (
        "One row per customer and currency: money in the currency it was paid in; what files tell is in the base "
        "currency",
        """
        WITH known AS (FROM stripe_spend SEMI JOIN customers USING (customer_id) WHERE kept),
        account AS (
            SELECT customer_id, sum(base_spent) AS total_spent, sum(base_refunded) AS refund_volume,
                sum(payment_count - unconverted_count) AS payment_count
            FROM known GROUP BY ALL
        ),
        files AS (
            SELECT customer_id, base_currency AS currency,
                customers.total_spent - coalesce(account.total_spent, 0) AS total_spent,
                customers.payment_count - coalesce(account.payment_count, 0) AS payment_count,
                customers.refund_volume - coalesce(account.refund_volume, 0) AS refund_volume
            FROM customers LEFT JOIN account USING (customer_id), deployment
        )
        SELECT customer_id, currency, sum(total_spent)::DECIMAL(18, 3) AS total_spent,
            sum(payment_count)::BIGINT AS payment_count, sum(refund_volume)::DECIMAL(18, 3) AS refund_volume
        FROM (
            FROM (SELECT customer_id, currency, total_spent, payment_count, refund_volume FROM known)
            UNION ALL FROM files WHERE total_spent <> 0 OR payment_count <> 0 OR refund_volume <> 0
        ) GROUP BY ALL
        """,
    ),
}

FACTS = """
    DELETE FROM snapshot.main.deployment;
    INSERT INTO snapshot.main.deployment FROM ledger.deployment;
    DELETE FROM snapshot.main.rejected_rows;
    INSERT INTO snapshot.main.rejected_rows BY NAME FROM ledger.listed_rejects;
    DELETE FROM snapshot.main.import_history;
    INSERT INTO snapshot.main.import_history BY NAME FROM ledger.import_history;
    INSERT INTO snapshot.main.customer_priority_history FROM ledger.priority_changes
        WHERE change_number > (
            SELECT coalesce(max(change_number), 0) FROM snapshot.main.customer_priority_history);
"""
"""What shows the ledger as it is now; the history of priorities only grows."""

KNOWN = "SELECT coalesce(max(change_number), 0) FROM snapshot.main.stripe_syncs"
SYNCED = f"SELECT count(*) FROM ledger.stripe_syncs WHERE change_number > ({KNOWN})"
"""Whether an account was read since the present snapshot."""

STRIPE_IDS = """
    DELETE FROM snapshot.main.customer_external_ids WHERE source IN (SELECT source FROM ledger.stripe_customers);
    INSERT INTO snapshot.main.customer_external_ids BY NAME
        SELECT DISTINCT customer_id, source, stripe_customer_id AS external_id FROM ledger.stripe_customers
        SEMI JOIN snapshot.main.customers USING (customer_id)
"""
"""Stripe's ids of customers after a sync: one may lead to another customer, and no sum change."""

VERSION = "SELECT coalesce(max(number), 0) FROM ledger.changes"


def is_current(connection: Connection, target: Path) -> bool:
    """Whether the snapshot is as it was last swapped in, has today's shape and shows all that the ledger holds.

    It does not after a crash between the ledger's commit and the swap, or when somebody wrote into it: then it is made
    anew. The snapshot itself is not opened: whoever has it open, even for writing, must not hold up a run.
    """
    noted = _state_file(target)
    return target.exists() and noted.exists() and noted.read_text("utf-8") == _state(connection, target)


@contextmanager
def next_snapshot(connection: Connection, target: Path, fresh: bool) -> Iterator[Connection]:
    """Begin the next snapshot, empty where it is `fresh`, and swap it in when the block ends well.

    Yields the connection that writes its tables, `snapshot.main.*`. The facts are copied at the end, so the
    ledger's transaction must have ended by then. When the block fails, nothing of it remains.
    """
    building = _building(target)
    clear_unfinished(target)
    try:
        if not fresh:
            shutil.copyfile(target, building)
        connection.execute(f"ATTACH '{_quoted(building)}' AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
        with second_writer(connection) as writer:
            if fresh:
                with transaction(writer):
                    _make_tables(writer)
            yield writer
            _copy_facts(writer)
            writer.execute("CHECKPOINT snapshot")
        connection.execute("DETACH snapshot")
    except BaseException:
        detach(connection, "snapshot")
        clear_unfinished(target)
        raise
    _swap(building, target)
    with written(_state_file(target)) as unfinished:
        unfinished.write_text(_state(connection, target), "utf-8")


def ledger_version(connection: Connection) -> int:
    """The number of the ledger's latest change; 0 before the first."""
    return number_of(connection, VERSION)


def _state_file(target: Path) -> Path:
    return target.parent / "warehouse" / "published.json"


def _state(connection: Connection, target: Path) -> str:
    """Which file shows which state of the ledger in which shape, in a text to compare."""
    shape = repr(([column_list(columns_of(contract)) for contract in TABLES.values()], VIEWS))
    file = target.stat()
    known = {"ledger_version": ledger_version(connection), "inode": file.st_ino, "bytes": file.st_size}
    return json.dumps(known | {"changed": file.st_mtime_ns, "shape": hashlib.sha256(shape.encode()).hexdigest()[:16]})


def _make_tables(writer: Connection) -> None:
    for name, contract in TABLES.items():
        writer.execute(f"CREATE TABLE snapshot.main.{name} ({column_list(columns_of(contract))})")
        _comment(writer, f"TABLE snapshot.main.{name}", summary_of(contract))
        for column in columns_of(contract):
            _comment(writer, f'COLUMN snapshot.main.{name}."{column.name}"', column.description)
    _make_views(writer)


def _make_views(writer: Connection) -> None:
    writer.execute("USE snapshot")
    for name, (comment, query) in VIEWS.items():
        writer.execute(f"CREATE VIEW {name} AS {query}")
        _comment(writer, f"VIEW {name}", comment)
        for column in columns_of(VIEW_COLUMNS[name]) if name in VIEW_COLUMNS else ():
            _comment(writer, f'COLUMN {name}."{column.name}"', column.description)
    writer.execute("USE working")


def _copy_facts(writer: Connection) -> None:
    """The tables that show the ledger's facts, as they are now; the history of priorities only grows."""
    with transaction(writer):
        writer.execute(FACTS)
        if value_of(writer, SYNCED):
            writer.execute(";".join((STRIPE_IDS, *_newer(), *_whole())))


def _newer() -> list[str]:
    """The objects of Stripe accounts that changed since the present snapshot, in place of what they were."""
    keys = {"stripe_charges": "charge_id", "stripe_refunds": "refund_id", "stripe_customers": "stripe_customer_id"}
    newer = {name: f"FROM ledger.{name} WHERE change_number > ({KNOWN})" for name in keys}
    return [
        f"DELETE FROM snapshot.main.{name} WHERE (source, {key}) IN (SELECT (source, {key}) {newer[name]});"
        f"INSERT INTO snapshot.main.{name} BY NAME {newer[name]}"
        for name, key in keys.items()
    ]


def _whole() -> list[str]:
    """What accounts come to, whole; the list of syncs last, for it says what the others hold."""
    return [
        f"DELETE FROM snapshot.main.{name}; INSERT INTO snapshot.main.{name} BY NAME FROM ledger.{name}"
        for name in ("stripe_spend", "stripe_apart", "stripe_syncs")
    ]


def _comment(writer: Connection, target: str, text: str) -> None:
    writer.execute(f"COMMENT ON {target} IS '{text.replace(chr(39), chr(39) * 2)}'")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def clear_unfinished(target: Path) -> None:
    """Remove a next snapshot that was begun and never finished; the writer's lock says that nobody works on it."""
    building = _building(target)
    for leftover in (building, building.with_name(f"{building.name}.wal")):
        leftover.unlink(missing_ok=True)


def _building(target: Path) -> Path:
    return target.with_name(f".{target.name}.building")


def _swap(building: Path, target: Path) -> None:
    """Make the new file durable, then give it the old one's name; readers see the one or the other.

    What somebody wrote into the old file goes with it: its log would keep everybody from opening the new one.
    """
    target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
    put_in_place(building, target)
