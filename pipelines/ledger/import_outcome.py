"""The outcome of an import: how many customers it created and changed, and what whoever sent it is told.

Lives here: counting customers, the outcome's record. Not here: the facts (`write_import.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.customers.derive import Derived
from pipelines.customers.low_spend import tell_kept_away
from pipelines.customers.merge import IDS
from pipelines.models.staged_file import Choice, Outcome, ReasonRecord, StagedFile
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, rows_of

Status = Literal["done", "done_with_rejects", "held", "refused", "failed"]


@dataclass(frozen=True)
class ImportInProgress:
    """A staged file on its way through the transaction: its import, and its place in the ledger if it has one.

    `replaced`: the places of earlier imports that this one replaces.
    """

    staged_file: StagedFile
    import_id: str
    sequence: int | None
    reasons: tuple[ReasonRecord, ...] = ()
    choices: tuple[Choice, ...] = ()
    replaced: tuple[int, ...] = ()


def status_of(staged_file: StagedFile) -> Status:
    """What an import is after its transaction."""
    if staged_file.verdict == "refused" or staged_file.verdict == "failed":
        return staged_file.verdict
    return "done_with_rejects" if staged_file.reject_codes else "done"


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
        connection.execute(
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
            UPDATE ledger.imports SET rows_merged = rows_accepted - everyone,
                customers_created = created, customers_unchanged = unchanged, customers_kept_away = kept_away,
                customers_updated = everyone - created - unchanged - kept_away
            FROM counted WHERE counted.import_seq = imports.import_seq
            """
        )
    tell_kept_away(connection, derived.away, languages)


def _shares(sequences: Sequence[int]) -> str:
    """Each import with each of its customers, and the first of these imports that has it."""
    first = "import_seq" if len(sequences) == 1 else "min(import_seq) OVER (PARTITION BY customer_id)"
    return (
        f"SELECT DISTINCT import_seq, customer_id, {first} AS first FROM ledger.contributions "
        f"WHERE import_seq IN ({_numbers(sequences)})"
    )


def _numbers(sequences: Sequence[int]) -> str:
    return ", ".join(str(int(sequence)) for sequence in sequences)


def outcome_of(connection: Connection, in_progress: ImportInProgress) -> Outcome:
    """What became of a staged file; of one that was imported before, nothing but that."""
    staged_file = in_progress.staged_file
    idle = in_progress.sequence is None and staged_file.verdict == "judged"
    counts = {} if idle else _counts(connection, in_progress.import_id)
    told: dict[str, Any] = {} if idle and not in_progress.choices else staged_file.model_dump(include=COUNTED)
    return Outcome(
        import_id=in_progress.import_id,
        source=staged_file.source,
        file_name=staged_file.file_name,
        status=_settled(in_progress) if idle else status_of(staged_file),
        message=_told(staged_file, in_progress, counts),
        reasons=in_progress.reasons,
        choices=in_progress.choices,
        **(told | counts),
    )


def _settled(in_progress: ImportInProgress) -> Status:
    return "held" if any(reason.code == "POSSIBLE_REUPLOAD" for reason in in_progress.reasons) else "refused"


def _counts(connection: Connection, identity: str) -> dict[str, Any]:
    """What only the transaction knew: what became of customers, and warnings that came up on the way."""
    names = (
        "rows_merged, customers_created, customers_updated, customers_unchanged, customers_kept_away, warnings, "
        "amount_accepted, amount_repeated"
    )
    rows = rows_of(connection, f"SELECT {names} FROM ledger.imports WHERE import_id = ?", [identity])
    return rows.row(0, named=True)


COUNTED = {
    "reject_codes",
    "warnings",
    "rows_read",
    "rows_blank",
    "rows_accepted",
    "rows_rejected",
    "rows_skipped",
    "amount_accepted",
}


def _told(staged_file: StagedFile, in_progress: ImportInProgress, counts: dict[str, Any]) -> str:
    if in_progress.reasons:
        return in_progress.reasons[0].message
    if staged_file.verdict == "failed":
        return staged_file.message or "failed"
    return accepted_told({"rows_accepted": staged_file.rows_accepted, "rows_read": staged_file.rows_read} | counts)


def accepted_told(counts: Mapping[str, Any]) -> str:
    """How many rows an import accepted, and what became of their customers."""
    return (
        f"{counts['rows_accepted']} of {counts['rows_read']} rows accepted: {counts['customers_created']} customers "
        f"created, {counts['customers_updated']} updated, {counts['customers_unchanged']} unchanged"
        + (f", {counts['customers_kept_away']} kept away by a clean-up" if counts["customers_kept_away"] else "")
    )
