"""An entry by hand in the ledger: its line in the history, its one row, and by what each of its fields counts.

Lives here: writing these facts, and comparing an entry with what people decided before. Not here: the transaction
(`enter_by_hand.py`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.customers.addresses import note_addresses
from pipelines.duplicates.merged_customers import settle
from pipelines.identity import import_key
from pipelines.manual_entry.read_entry import Entry
from pipelines.models.staged_file import as_json
from pipelines.warehouse.database import Connection, frame_as, rows_of
from pipelines.warehouse.import_rows import ImportRow, insert_import, next_import_seq
from schemas.ledger import AcceptedDetails
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note
from schemas.ways_in.manual_entry import BY_HAND, CLEARED, GRAINS, MANUAL, RELEASED

OF_DETAILS = frozenset(AcceptedDetails.to_schema().columns)
"""The fields that are kept beside the contributions."""

PHRASES = {BY_HAND: "fields_stated", CLEARED: "fields_blanked", RELEASED: "fields_released"}


@dataclass(frozen=True)
class Signature:
    """Who enters something, when, in which run."""

    by: str
    now: datetime
    run_id: str | None = None


def write_entry(connection: Connection, entry: Entry, customer_id: str, signature: Signature) -> ImportRow:
    """Write the facts of an entry about one customer; returns its line in the history."""
    row = _line(connection, entry, signature)
    insert_import(connection, row)
    _insert(connection, "contributions", entry.contribution, row, customer_id)
    if entry.details.height:
        _insert(connection, "details", entry.details, row)
    connection.executemany(
        "INSERT INTO ledger.import_rules VALUES (?, ?, ?)",
        [[row.import_seq, field, rule] for field, rule in entry.rules.items()],
    )
    return row


def lead_here(connection: Connection, import_seq: int, address_id: str, customer_id: str) -> None:
    """Let whatever comes under an address be a customer's: somebody stated that it is its address now.

    The customer keeps its id, and its earlier address leads to it as before; with the entry, this is undone.
    """
    connection.execute(
        "INSERT INTO ledger.merges BY NAME SELECT ? AS import_seq, 'merged' AS choice, ?::UUID AS survivor_id, "
        "?::UUID AS other_id",
        [import_seq, customer_id, address_id],
    )
    note_addresses(connection, import_seq)
    settle(connection)


def said_already(connection: Connection, entry: Entry, customer_id: str) -> bool:
    """Whether people decided exactly this before, so that the entry would change nothing."""
    decided = rows_of(
        connection,
        "SELECT field, import_seq, rule FROM ledger.by_hand WHERE customer_id = $id::UUID "
        "AND (field <> 'email' OR keyed_id = customer_id)",
        {"id": customer_id},
    )
    known = {field: (place, rule) for field, place, rule in decided.iter_rows()}
    for field, rule in entry.rules.items():
        place, before = known.get(field, (None, RELEASED))
        if before != rule or (rule == BY_HAND and _value(connection, entry, field, place) != _new(entry, field)):
            return False
    return True


def _line(connection: Connection, entry: Entry, signature: Signature) -> ImportRow:
    import_seq = next_import_seq(connection)
    told = f"{import_seq} {signature.by} {signature.now.isoformat()}"  # no value: a hash of one could be guessed
    digest = hashlib.sha256(told.encode()).hexdigest()
    key = import_key(MANUAL, digest)
    return ImportRow(
        import_seq=import_seq,
        import_key=key,
        import_id=key,
        source=MANUAL,
        file_name=entry.asked.action,
        sha256=digest,
        format=MANUAL,
        profile=MANUAL,
        status="done",
        started_at=signature.now,
        finished_at=signature.now,
        imported_by=signature.by,
        grain=GRAINS[entry.asked.action],
        run_id=signature.run_id,
        message=_message(entry),
        mapping=as_json({field: field for field in entry.asked.stated}),
        warnings=entry.warnings,
        rows_read=1,
        rows_accepted=1,
    )


def _message(entry: Entry) -> str:
    """Which fields the entry is about; their values stand in no message."""
    fields = {rule: [name for name, own in entry.rules.items() if own == rule] for rule in PHRASES}
    told = (Note(PHRASES[rule], found=names).sentence(IN_TABLES) for rule, names in fields.items() if names)
    return "; ".join(told)


def _insert(
    connection: Connection, table: str, row: pl.DataFrame, line: ImportRow, customer_id: str | None = None
) -> None:
    columns = ["?::INTEGER AS import_seq", *(["? AS source", "?::UUID AS customer_id"] if customer_id else [])]
    values: list[object] = [line.import_seq, *([line.source, customer_id] if customer_id else [])]
    with frame_as(connection, "entered", row):
        connection.execute(f"INSERT INTO ledger.{table} BY NAME SELECT {', '.join(columns)}, * FROM entered", values)


def _value(connection: Connection, entry: Entry, field: str, import_seq: object) -> Mapping[str, object]:
    table = "details" if field in OF_DETAILS else "contributions"
    columns = ", ".join(_compared(entry, field))
    query = f"SELECT {columns} FROM ledger.{table} WHERE import_seq = $place"
    found: Mapping[str, object] = rows_of(connection, query, {"place": import_seq}).row(0, named=True)
    return found


def _new(entry: Entry, field: str) -> Mapping[str, object]:
    row = entry.details if field in OF_DETAILS else entry.contribution
    found: Mapping[str, object] = row.select(_compared(entry, field)).row(0, named=True)
    return found


def _compared(entry: Entry, field: str) -> list[str]:
    """What has to be the same for a field to be stated again; a consent of another day or proof is another one."""
    if field != "opt_in":
        return [field]
    return [field, "consent_evidence", *(["stated_at"] if "consent_date" in entry.asked.stated else [])]
