"""The outcome of an import: how many customers it created and changed, and what whoever sent it is told.

Lives here: counting customers, the outcome's record. Not here: the facts (`write_import.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.customers.derive import Derived
from pipelines.customers.low_spend import tell_kept_away
from pipelines.customers.merge import IDS
from pipelines.models.staged_file import Choice, Filing, Outcome, ReasonRecord
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, rows_of

Status = Literal["done", "done_with_rejects", "held", "refused", "failed"]


@dataclass(frozen=True)
class Slip:
    """A filing on its way through the transaction: its import, and its place in the ledger if it has one.

    `replaced`: the places of earlier imports that this one replaces.
    """

    filing: Filing
    import_id: str
    sequence: int | None
    reasons: tuple[ReasonRecord, ...] = ()
    choices: tuple[Choice, ...] = ()
    replaced: tuple[int, ...] = ()


def status_of(filing: Filing) -> Status:
    """What an import is after its transaction."""
    if filing.verdict == "refused" or filing.verdict == "failed":
        return filing.verdict
    return "done_with_rejects" if filing.reject_codes else "done"


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


def outcome_of(connection: Connection, slip: Slip) -> Outcome:
    """What became of a filing; of one that was imported before, nothing but that."""
    filing = slip.filing
    idle = slip.sequence is None and filing.verdict == "judged"
    counts = {} if idle else _counts(connection, slip.import_id)
    told: dict[str, Any] = {} if idle and not slip.choices else filing.model_dump(include=COUNTED)
    return Outcome(
        import_id=slip.import_id,
        source=filing.source,
        file_name=filing.file_name,
        status=_settled(slip) if idle else status_of(filing),
        message=_told(filing, slip, counts),
        reasons=slip.reasons,
        choices=slip.choices,
        **(told | counts),
    )


def _settled(slip: Slip) -> Status:
    return "held" if any(reason.code == "POSSIBLE_REUPLOAD" for reason in slip.reasons) else "refused"


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


def _told(filing: Filing, slip: Slip, counts: dict[str, Any]) -> str:
    if slip.reasons:
        return slip.reasons[0].message
    if filing.verdict == "failed":
        return filing.message or "failed"
    return accepted_told({"rows_accepted": filing.rows_accepted, "rows_read": filing.rows_read} | counts)


def accepted_told(counts: Mapping[str, Any]) -> str:
    """How many rows an import accepted, and what became of their customers."""
    return (
        f"{counts['rows_accepted']} of {counts['rows_read']} rows accepted: {counts['customers_created']} customers "
        f"created, {counts['customers_updated']} updated, {counts['customers_unchanged']} unchanged"
        + (f", {counts['customers_kept_away']} kept away by a clean-up" if counts["customers_kept_away"] else "")
    )
