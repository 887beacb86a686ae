"""Cleaning up: customers who spent too little to be kept (AU-38…41).

Lives here: who is a candidate, the mark by which a preview is known again, removing them, who stays removed, what an
import is told of those. Not here: the transaction (`pipelines/ledger/decisions/`). A removed customer stays
in the ledger with all its money, and comes back by itself when its total reaches the threshold (AMB-23), or when the
clean-up is undone.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import polars as pl

from pipelines.customers.merge import IDS
from pipelines.warehouse.database import (
    HALVES_OF_UUID,
    UUID_OF_HALVES,
    Connection,
    frame_as,
    number_of,
    rows_of,
)
from pipelines.warehouse.import_rows import ImportRow, add_warnings, insert_import, next_import_seq
from pipelines.warehouse.sql_files import sql_file
from schemas.customers import LowSpendCandidates
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note

DEFAULT_BELOW = Decimal(10)
"""Money in all, in the base currency (AU-39)."""

MARK_LENGTH = 12
MOST_NAMED = 20


def candidates(connection: Connection, schema: str, below: Decimal) -> pl.DataFrame:
    """LowSpendCandidates of a snapshot, the lowest first; `schema`: where its tables are."""
    query = sql_file(__package__, "low_spend_candidates", schema=f"{schema}.")
    return LowSpendCandidates.validate(rows_of(connection, query, {"below": below, "reason": reason_of(below)}))


def reason_of(below: Decimal) -> str:
    """Why somebody is a candidate, as analysts read it."""
    return Note("spent_less_in_all", below=f"{below:f}").sentence(IN_TABLES)


def mark_of(listed: pl.DataFrame, below: Decimal) -> str:
    """What a preview is known by: it changes with the threshold, with whoever comes or goes, and with any total."""
    # Every total is part of it: a list that somebody confirmed is not another one by the time it is applied.
    lines = [f"{below:f}", *(f"{row[0]} {row[1]}" for row in listed.select("customer_id", "total_spent").rows())]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:MARK_LENGTH]


def remove_with_tombstone(
    connection: Connection, listed: pl.DataFrame, below: Decimal, by: str, now: datetime, run_id: str | None
) -> ImportRow:
    """Note the decision on each of these customers, one at least, and its entry in the history, which is returned."""
    import_seq = next_import_seq(connection)
    # No content to hash: number, threshold, who and when make the id one of its own.
    digest = hashlib.sha256(f"{import_seq} {below:f} {by} {now.isoformat()}".encode()).hexdigest()
    entry = ImportRow(
        import_seq=import_seq,
        import_key=f"cleanup-{digest[:MARK_LENGTH]}",
        import_id=f"cleanup-{digest[:MARK_LENGTH]}",
        source="low-spend clean-up",
        file_name=Note("who_spent_less", below=f"{below.normalize():f}").sentence(IN_TABLES),
        sha256=digest,
        format="cleanup",
        profile="cleanup",
        status="done",
        started_at=now,
        finished_at=now,
        imported_by=by,
        run_id=run_id,
        customers_removed=listed.height,
        message=Note("customers_removed", count=listed.height).sentence(IN_TABLES),
    )
    insert_import(connection, entry)
    with frame_as(connection, "listed", listed.select("customer_id", "total_spent")):
        connection.execute(
            "INSERT INTO ledger.tombstones BY NAME SELECT customer_id::UUID AS customer_id, 'low_spend' AS reason, "
            "? AS below, total_spent AS total_at_delete, ? AS decided_by, ?::TIMESTAMPTZ AS decided_at, "
            "? AS import_seq FROM listed",
            [below, by, now, import_seq],
        )
    return entry


def removed_by(connection: Connection, mark: str, below: Decimal, by: str) -> tuple[str, int] | None:
    """The entry of somebody's last clean-up under a threshold and how many it removed, if that was this mark's list."""
    removed = rows_of(
        connection,
        "SELECT customer_id::VARCHAR AS customer_id, total_at_delete AS total_spent, import_id "
        "FROM ledger.tombstones JOIN ledger.imports USING (import_seq) "
        "WHERE below = $below AND decided_by = $by AND decided_at = ("
        "SELECT max(decided_at) FROM ledger.tombstones WHERE below = $below AND decided_by = $by)",
        {"below": below, "by": by},
    )
    if removed.is_empty() or mark_of(removed, below) != mark:
        return None
    return str(removed["import_id"][0]), removed.height


def kept_away(connection: Connection) -> pl.DataFrame | None:
    """Who is removed now (`id_high`, `id_low`) and the threshold that brings them back (`below`); None for nobody."""
    if not number_of(connection, "SELECT count(*) FROM ledger.tombstones"):
        return None
    return rows_of(connection, f"SELECT {HALVES_OF_UUID}, below FROM ledger.kept_away")


def under_threshold() -> pl.Expr:
    """Whether a folded customer beside its `below` stays away: it is removed, and its total is known and lower."""
    # Unknown is not nothing: a total that nobody tells hides nobody (AMB-22).
    return (pl.col("total_spent") < pl.col("below")).fill_null(False)


def tell_kept_away(connection: Connection, away: pl.DataFrame, languages: Mapping[int, str]) -> None:
    """Warn imports, each in the language of its sender, of customers that they have and the table has not (PIT-111).

    `away`: `id_high`, `id_low`, `email` of the affected customers that stay removed.
    """
    for sequence, language in languages.items() if away.height else ():
        with frame_as(connection, "away", away.select(*IDS, "email")):
            theirs = rows_of(
                connection,
                f"SELECT customer_id, email FROM (SELECT {UUID_OF_HALVES} AS customer_id, email FROM away) SEMI JOIN ("
                "SELECT customer_id FROM ledger.owned_contributions WHERE import_seq = $place UNION ALL "
                "SELECT customer_id FROM ledger.owned_stripe_contributions JOIN ledger.imports USING (source) "
                "WHERE imports.import_seq = $place) AS theirs USING (customer_id) ORDER BY email",
                {"place": sequence},
            )
        if theirs.height:
            _warn(connection, sequence, theirs, language)


def _warn(connection: Connection, sequence: int, theirs: pl.DataFrame, language: str) -> None:
    with frame_as(connection, "theirs", theirs.select("customer_id")):
        found = rows_of(
            connection,
            "SELECT DISTINCT import_id FROM ledger.tombstones SEMI JOIN theirs USING (customer_id) "
            "JOIN ledger.imports USING (import_seq) ANTI JOIN ledger.undone USING (import_id) ORDER BY import_id",
        )
    named = [email or "?" for email in theirs["email"].head(MOST_NAMED)]
    note = Note("CUSTOMERS_KEPT_AWAY", found=theirs.height, value=named, header=found["import_id"].to_list())
    add_warnings(connection, [sequence], [note], language)
