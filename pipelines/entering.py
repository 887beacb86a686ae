"""Entering: one filing's facts into the ledger, and what is told of them afterwards.

Lives here: history, contributions, rejected rows and archive of one import; its outcome. Not here: the transaction
around them, or anything about customers' rows (`booking.py`, `customers/`).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pipelines.customers.deriving import Derived
from pipelines.files import filing as filed
from pipelines.files.filing import Filing, Outcome, ReasonRecord
from pipelines.identity import import_id
from pipelines.settings import Home
from pipelines.warehouse import UUID_OF_HALVES, Connection, frame_as, number_of, row_of, value_of
from schemas.codes import message


@dataclass(frozen=True)
class Slip:
    """A filing on its way through the transaction: its import, and its place in the ledger if it has one."""

    filing: Filing
    import_id: str
    sequence: int | None
    reasons: tuple[ReasonRecord, ...] = ()


def enter(connection: Connection, home: Home, filing: Filing, run_id: str | None, now: datetime) -> Slip:
    """The facts of one filing: history, contributions, rejected rows, and the original in the archive."""
    known = repeated(connection, filing)
    if known:
        return known
    identity = import_id(filing.key, _undone_attempts(connection, filing))
    _forget_attempt(connection, identity)
    _archive(home, filing, identity)
    sequence = number_of(connection, "SELECT coalesce(max(import_seq), 0) + 1 FROM ledger.imports")
    _insert_import(connection, filing, identity, sequence, run_id, now)
    if filing.verdict != "judged":
        _insert_refusal(connection, filing, identity, now)
        reasons = (filing.reason,) if filing.reason else ()
        return Slip(filing, identity, None, reasons)
    _insert_contributions(connection, home, filing, sequence)
    _insert_rejected(connection, home, filing, identity, now)
    return Slip(filing, identity, sequence)


def repeated(connection: Connection, filing: Filing) -> Slip | None:
    """The slip of a filing whose bytes are in the ledger already; None for a new one."""
    live = value_of(
        connection,
        "SELECT import_id FROM ledger.imports ANTI JOIN ledger.undone USING (import_id) "
        "WHERE source = ? AND sha256 = ? AND status LIKE 'done%'",
        [filing.source, filing.sha256],
    )
    if live is None:
        return None
    text = message("ALREADY_IMPORTED", found=live)
    return Slip(filing, str(live), None, (ReasonRecord(code="ALREADY_IMPORTED", value=str(live), message=text),))


def _undone_attempts(connection: Connection, filing: Filing) -> int:
    counted = "SELECT count(*) FROM ledger.imports SEMI JOIN ledger.undone USING (import_id) WHERE import_key = ?"
    return number_of(connection, counted, [filing.key])


def _forget_attempt(connection: Connection, identity: str) -> None:
    """A refused or failed attempt at the same bytes makes room for the new one: its latest word counts."""
    for table in ("ledger.imports", "ledger.rejected_rows"):
        connection.execute(f"DELETE FROM {table} WHERE import_id = ?", [identity])


def _archive(home: Home, filing: Filing, identity: str) -> None:
    """The original under its import's name, before the transaction ends: an import is never without it."""
    folder = home.archive / identity
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / filing.file_name
    target.unlink(missing_ok=True)
    os.link(home.staging / filing.key / filed.ORIGINAL, target)


def _insert_import(
    connection: Connection, filing: Filing, identity: str, sequence: int, run_id: str | None, now: datetime
) -> None:
    values: dict[str, object] = {
        "import_seq": sequence,
        "import_key": filing.key,
        "import_id": identity,
        "status": _status(filing),
        "rows_merged": 0,
        "customers_created": 0,
        "customers_updated": 0,
        "customers_unchanged": 0,
        "mapping": filed.as_json(filing.mapping),
        "dialect": filed.as_json(filing.dialect),
        "warnings": list(filing.warnings),
        "finished_at": now,
        "run_id": run_id,
        "message": filing.message,
    } | {
        name: getattr(filing, name)
        for name in [
            "source",
            "file_name",
            "sha256",
            "format",
            "profile",
            "rows_read",
            "rows_blank",
            "rows_accepted",
            "rows_rejected",
            "amount_accepted",
            "started_at",
            "imported_by",
        ]
    }
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO ledger.imports ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def _status(filing: Filing) -> Literal["done", "done_with_rejects", "refused", "failed"]:
    if filing.verdict == "refused" or filing.verdict == "failed":
        return filing.verdict
    return "done_with_rejects" if filing.rows_rejected else "done"


def _insert_refusal(connection: Connection, filing: Filing, identity: str, now: datetime) -> None:
    """A refused file is one rejected row of severity `file`, with its reason."""
    if filing.reason is None:
        return
    connection.execute(
        "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, "
        "'file' AS severity, [{'code': ?, 'field': NULL, 'header': NULL, 'value': ?, 'message': ?}] AS reasons, "
        "?::TIMESTAMPTZ AS rejected_at",
        [identity, filing.source, filing.file_name, *filing.reason.model_dump().values(), now],
    )


def _insert_contributions(connection: Connection, home: Home, filing: Filing, sequence: int) -> None:
    connection.execute(
        f"INSERT INTO ledger.contributions BY NAME SELECT ?::INTEGER AS import_seq, ? AS source, {UUID_OF_HALVES} "
        "AS customer_id, * EXCLUDE (id_high, id_low) FROM read_parquet(?)",
        [sequence, filing.source, str(home.staging / filing.key / filed.ACCEPTED)],
    )


def _insert_rejected(connection: Connection, home: Home, filing: Filing, identity: str, now: datetime) -> None:
    connection.execute(
        "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, row_number, "
        "'row' AS severity, reasons, row, ?::TIMESTAMPTZ AS rejected_at FROM read_parquet(?)",
        [identity, filing.source, filing.file_name, now, str(home.staging / filing.key / filed.REJECTED)],
    )


def count_customers(connection: Connection, derived: Derived, sequences: Sequence[int]) -> None:
    """How many customers each import created, changed and left alone (MO-22).

    A customer that was not there before was created by the first of these imports that has it.
    """
    if not sequences:
        return
    with frame_as(connection, "known_halves", derived.known):
        connection.execute(
            f"""
            WITH shares AS (
                SELECT DISTINCT import_seq, customer_id FROM ledger.contributions
                WHERE import_seq IN ({_numbers(sequences)})
            ), firsts AS (SELECT customer_id, min(import_seq) AS first FROM shares GROUP BY customer_id),
            known AS (SELECT {UUID_OF_HALVES} AS customer_id, unchanged FROM known_halves),
            counted AS (
                SELECT shares.import_seq, count(*) AS everyone, count(*) FILTER (known.unchanged) AS unchanged,
                    count(*) FILTER (known.customer_id IS NULL AND first = shares.import_seq) AS created
                FROM shares JOIN firsts USING (customer_id) LEFT JOIN known USING (customer_id) GROUP BY ALL
            )
            UPDATE ledger.imports SET rows_merged = rows_accepted - everyone,
                customers_created = created, customers_unchanged = unchanged,
                customers_updated = everyone - created - unchanged
            FROM counted WHERE counted.import_seq = imports.import_seq
            """
        )


def _numbers(sequences: Sequence[int]) -> str:
    return ", ".join(str(int(sequence)) for sequence in sequences)


def outcome_of(connection: Connection, slip: Slip) -> Outcome:
    """What became of a filing; of one that was imported before, nothing but that."""
    filing = slip.filing
    already = slip.sequence is None and filing.verdict == "judged"
    counts = {} if already else _counts(connection, slip.import_id)
    told: dict[str, Any] = {} if already else filing.model_dump(include=COUNTED)
    return Outcome(
        import_id=slip.import_id,
        source=filing.source,
        file_name=filing.file_name,
        status="refused" if already else _status(filing),
        message=_told(filing, slip, counts),
        reasons=slip.reasons,
        **(counts | told),
    )


def _counts(connection: Connection, identity: str) -> dict[str, int]:
    names = ("rows_merged", "customers_created", "customers_updated", "customers_unchanged")
    found = row_of(connection, f"SELECT {', '.join(names)} FROM ledger.imports WHERE import_id = ?", [identity])
    return {name: int(str(count)) for name, count in zip(names, found or (), strict=False)}


COUNTED = {
    "reject_codes",
    "warnings",
    "rows_read",
    "rows_blank",
    "rows_accepted",
    "rows_rejected",
    "amount_accepted",
}


def _told(filing: Filing, slip: Slip, counts: dict[str, int]) -> str:
    if slip.reasons:
        return slip.reasons[0].message
    if filing.verdict == "failed":
        return filing.message or "failed"
    return (
        f"{filing.rows_accepted} of {filing.rows_read} rows accepted: {counts['customers_created']} customers created, "
        f"{counts['customers_updated']} updated, {counts['customers_unchanged']} unchanged"
    )
