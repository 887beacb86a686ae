"""The outcome of an import: how many customers it created and changed, and what whoever sent it is told.

Lives here: counting customers, the outcome's record. Not here: the facts (`write_import.py`), which staged files are
known already (`known_imports.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.customers.derive import Derived
from pipelines.customers.low_spend import tell_kept_away
from pipelines.customers.merge import IDS
from pipelines.ledger.import_in_progress import ImportInProgress, Status
from pipelines.models.staged_file import Outcome, ReasonRecord, StagedFile
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, rows_of
from pipelines.warehouse.import_counts import FileCounts, ImportCounts
from pipelines.warehouse.import_rows import update_import
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note

COUNTED = {"reject_codes", "warnings", *FileCounts.model_fields}
"""What a staged file says of itself."""


def count_customers(connection: Connection, derived: Derived, languages: Mapping[int, str]) -> None:
    """How many customers each import created, changed and left alone (MO-22), as the table has them.

    A customer that was not there before was created by the first of these imports that has it. One that a clean-up
    keeps away was not: it is counted apart, and named in a warning (PIT-111), in the sender's language of each import,
    by its place.
    """
    if not languages:
        return
    away = derived.away.select(*IDS)
    with frame_as(connection, "known_halves", derived.known), frame_as(connection, "away_halves", away):
        counted = rows_of(
            connection,
            f"""
            WITH shares AS ({_shares(list(languages))}),
            known AS (SELECT {UUID_OF_HALVES} AS customer_id, unchanged FROM known_halves),
            away AS (SELECT {UUID_OF_HALVES} AS customer_id FROM away_halves),
            counted AS (
                SELECT shares.import_seq, count(*) AS everyone, count(*) FILTER (known.unchanged) AS unchanged,
                    count(away.customer_id) AS kept_away,
                    count(*) FILTER (
                        known.customer_id IS NULL AND away.customer_id IS NULL AND first = shares.import_seq
                    ) AS created
                FROM shares LEFT JOIN known USING (customer_id) LEFT JOIN away USING (customer_id) GROUP BY ALL
            )
            SELECT import_seq, rows_accepted - everyone AS rows_merged, created AS customers_created,
                unchanged AS customers_unchanged, kept_away AS customers_kept_away,
                everyone - created - unchanged - kept_away AS customers_updated
            FROM counted JOIN ledger.imports USING (import_seq)
            """,
        )
    for counts in counted.iter_rows(named=True):
        update_import(connection, **counts)
    tell_kept_away(connection, derived.away, languages)


def _shares(sequences: Sequence[int]) -> str:
    """Each import with each of its customers, and the first of these imports that has it."""
    # One import needs no window over its customers, and nearly always it is one.
    first = "import_seq" if len(sequences) == 1 else "min(import_seq) OVER (PARTITION BY customer_id)"
    return (
        f"SELECT DISTINCT import_seq, customer_id, {first} AS first FROM ledger.owned_contributions "
        f"WHERE import_seq IN ({_numbers(sequences)})"
    )


def _numbers(sequences: Sequence[int]) -> str:
    return ", ".join(str(int(sequence)) for sequence in sequences)


def outcome_of(entry: ImportInProgress) -> Outcome:
    """What became of a staged file that was written."""
    staged_file = entry.staged_file
    written = entry.contributes or staged_file.result != "validated"
    counts = _counts(entry.connection, entry.import_id) if written else {}
    told = staged_file.model_dump(include=COUNTED) if written or entry.choices else {}
    return Outcome(
        import_id=entry.import_id,
        source=staged_file.source,
        file_name=staged_file.file_name,
        status=entry.status,
        message=_message(staged_file, entry.reasons, counts),
        reasons=entry.reasons,
        choices=entry.choices,
        **(told | counts),
    )


def repeated_outcome(connection: Connection, staged_file: StagedFile, status: Status, reason: ReasonRecord) -> Outcome:
    """What is told of a staged file whose bytes are in the ledger already, of a validated one nothing but that.

    `status` is that of a validated one; `reason` names the import that has its bytes.
    """
    outcome = Outcome(
        import_id=str(reason.value),
        source=staged_file.source,
        file_name=staged_file.file_name,
        status=status,
        message=reason.message,
        reasons=(reason,),
    )
    if staged_file.result == "validated":
        return outcome
    counts = staged_file.model_dump(include=COUNTED) | _counts(connection, outcome.import_id)
    return outcome.model_copy(update={"status": staged_file.result, **counts})


def _counts(connection: Connection, import_id: str) -> dict[str, Any]:
    """What only the transaction knew: what became of customers, and warnings that came up on the way."""
    names = {"warnings", "amount_accepted"} | (ImportCounts.model_fields.keys() - FileCounts.model_fields.keys())
    rows = rows_of(
        connection, f"SELECT {', '.join(sorted(names))} FROM ledger.imports WHERE import_id = ?", [import_id]
    )
    return rows.row(0, named=True)


def _message(staged_file: StagedFile, reasons: Sequence[ReasonRecord], counts: Mapping[str, Any]) -> str:
    if reasons:
        return reasons[0].message
    if staged_file.result == "failed":
        return staged_file.message or "failed"
    return accepted_told(
        {"rows_accepted": staged_file.rows_accepted, "rows_read": staged_file.rows_read} | dict(counts)
    )


def accepted_told(counts: Mapping[str, Any]) -> str:
    """How many rows an import accepted, and what became of their customers; what `counts` holds besides is left out."""
    # An entry of the history has columns, such as `language`, that are no parameters of a sentence.
    told = Note(
        "rows_accepted_of", **{name: counts[name] for name in ImportCounts.model_fields if name in counts}
    ).sentence(IN_TABLES)
    away = Note("kept_away", count=counts["customers_kept_away"]).sentence(IN_TABLES)
    return f"{told}, {away}" if counts["customers_kept_away"] else told
