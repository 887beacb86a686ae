"""Writing an import: one staged file's facts into the ledger, step by step.

Lives here: the steps in their order, each on the one `ImportInProgress`: the original into the archive, history,
contributions, rejected rows. Not here: the transaction around them (`commit_imports.py`), anything about customers'
rows (`customers/`), what an overlap means (`conflicts/overlaps.py`).
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import polars as pl

from pipelines.conflicts.known_customers import left_out, reasons_of_unknown
from pipelines.conflicts.overlaps import Overlap, overlap_of, replace_imports
from pipelines.customers.addresses import note_addresses
from pipelines.errors import WrongUse
from pipelines.identity import import_id
from pipelines.ledger.erased_rows import (
    COPY,
    archive_without,
    find_erased,
    hold_without,
    leave_out_erased,
    reject_erased,
)
from pipelines.ledger.import_in_progress import CommitInProgress, ImportInProgress, Status
from pipelines.models.staged_file import ACCEPTED, CUSTOM_FIELDS, DETAILS, ORIGINAL, REJECTED, StagedFile, as_json
from pipelines.rejects.late_reasons import LateReason, Rejecting, add_reasons
from pipelines.rejects.resolve import NO_ROWS, origins_of
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, number_of, row_of
from pipelines.warehouse.import_counts import FileCounts
from pipelines.warehouse.import_rows import ImportRow, delete_import, insert_import, next_import_seq, update_import


def write_import(commit: CommitInProgress, staged_file: StagedFile) -> ImportInProgress:
    """Write the facts of one staged file whose bytes are not in the ledger.

    A refused or failed one has its line in the history and its reason; one that largely repeats an earlier import, and
    for which nobody said what to do, is held: it contributes nothing (contract page 6, rule 2).
    """
    entry = begin(commit, staged_file)
    for step in STEPS:
        step(entry)
    return entry


def begin(commit: CommitInProgress, staged_file: StagedFile) -> ImportInProgress:
    """Number the import. An attempt at the same bytes that was refused or failed makes room: its latest word counts."""
    identity = import_id(staged_file.key, _undone_imports(commit.connection, staged_file))
    delete_import(commit.connection, identity)
    commit.connection.execute("DELETE FROM ledger.rejected_rows WHERE import_id = ?", [identity])
    number = next_import_seq(commit.connection)
    reasons = (staged_file.reason,) if staged_file.reason else ()
    return ImportInProgress(commit, staged_file, identity, number, _status_of(staged_file), reasons=reasons)


def archive_original(entry: ImportInProgress) -> None:
    """The original under its import's name, before the transaction ends: an import is never without it.

    What was not searched is not copied (SC-18): a file that was refused while it was read goes to the folder `refused`
    of its source, one that failed stays where it is.
    """
    staged_file = entry.staged_file
    if not staged_file.searched:
        return
    folder = entry.commit.archive / entry.import_id
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (staged_file.archived_name or staged_file.file_name)
    # An earlier attempt may have left it.
    target.unlink(missing_ok=True)
    original, copy = entry.folder / ORIGINAL, entry.folder / f"{ORIGINAL}{COPY}"
    if not entry.erased.is_empty():
        archive_without(entry, target)
    elif original.exists() or not copy.exists():
        # A second name of the same file: no second copy on the disk, and whole at once.
        os.link(original, target)
    else:  # somebody was erased while it was held
        target = target.with_name(f"{target.name}{COPY}")
        target.unlink(missing_ok=True)
        os.link(copy, target)


def compare_with_earlier(entry: ImportInProgress) -> None:
    """Find out what of a validated file the ledger has already; it is held where a person has to decide."""
    if entry.staged_file.result != "validated":
        return
    # Before anything is compared: amounts of two currencies cannot be.
    hold_to_currency(entry.connection, entry.staged_file.base_currency)
    only_adds = not entry.staged_file.updates and not entry.staged_file.is_reject_file
    overlap = (  # whoever is known is skipped by a source that only adds: it repeats nothing
        Overlap(entry.staged_file) if only_adds else overlap_of(entry.connection, entry.folder, entry.staged_file)
    )
    entry.overlap = overlap
    if overlap.hold:
        entry.status, entry.choices = "held", overlap.choices
        entry.reasons = (overlap.reason,) if overlap.reason else ()
        return
    entry.staged_file, entry.contributes = overlap.staged_file, True
    entry.status = _status_of(entry.staged_file)


def write_history(entry: ImportInProgress) -> None:
    """The import's line in the history."""
    staged_file, commit = entry.staged_file, entry.commit
    held_because = entry.reasons[0].message if entry.status == "held" and entry.reasons else None
    row = ImportRow(
        import_seq=entry.import_seq,
        import_key=staged_file.key,
        import_id=entry.import_id,
        source=staged_file.source,
        grain=staged_file.grain,
        file_name=staged_file.file_name,
        sha256=staged_file.sha256,
        format=staged_file.format,
        profile=staged_file.profile,
        status=entry.status,
        started_at=staged_file.started_at,
        finished_at=commit.now,
        imported_by=staged_file.imported_by,
        run_id=commit.run_id,
        message=held_because or staged_file.message,
        mapping=as_json(staged_file.mapping),
        dialect=as_json(staged_file.dialect),
        warnings=staged_file.warnings,
        language=staged_file.language,
        **staged_file.model_dump(include=set(FileCounts.model_fields)),
    )
    insert_import(entry.connection, row)


def write_contributions(entry: ImportInProgress) -> None:
    """The accepted rows but for those to be skipped, with whose address is another's, their details and custom
    fields.
    """
    if entry.overlap is None or not entry.contributes:
        return
    connection, staged_file = entry.connection, entry.staged_file
    # One statement for all rows, straight from the file: rows do not pass through Python.
    with _unless(connection, pl.concat([entry.overlap.skipped, entry.left_out, entry.erased])) as condition:
        connection.execute(
            f"INSERT INTO ledger.contributions BY NAME SELECT ?::INTEGER AS import_seq, ? AS source, {UUID_OF_HALVES} "
            f"AS customer_id, * EXCLUDE (id_high, id_low) FROM read_parquet(?) {condition}",
            [entry.import_seq, staged_file.source, str(entry.folder / ACCEPTED)],
        )
        for table, name in (("details", DETAILS), ("custom_fields", CUSTOM_FIELDS)):
            if (entry.folder / name).exists():
                connection.execute(
                    f"INSERT INTO ledger.{table} BY NAME SELECT ?::INTEGER AS import_seq, * FROM read_parquet(?) "
                    + condition,
                    [entry.import_seq, str(entry.folder / name)],
                )
    # Who is known by a reference may have any address, and which one is asked for later.
    if not staged_file.address_first:
        note_addresses(connection, entry.import_seq)


def write_rules(entry: ImportInProgress) -> None:
    """By which rules the rows of an import are folded, where its source said other than usual ones."""
    if entry.contributes and entry.staged_file.rules:
        entry.connection.executemany(
            "INSERT INTO ledger.import_rules VALUES (?, ?, ?)",
            [[entry.import_seq, name, rule] for name, rule in entry.staged_file.rules.items()],
        )


def write_rejected_rows(entry: ImportInProgress) -> None:
    """The reason of a refused file, and the rows that were rejected, but for settled ones.

    A file that was refused for its rows has them too (SC-08). A row that came back and is rejected again is linked to
    where it was rejected first (PIT-75). What is held has none yet.
    """
    if entry.status == "held":
        return
    if entry.staged_file.result != "validated":
        _insert_refusal(entry)
    if not (entry.folder / REJECTED).exists():
        return
    connection, staged_file = entry.connection, entry.staged_file
    settled = entry.overlap.settled if entry.overlap else NO_ROWS
    origins = origins_of(connection, entry.folder)
    with frame_as(connection, "origins", origins), _unless(connection, settled) as condition:
        connection.execute(
            "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, ? AS sheet, "
            "row_number, severity, reasons, row, typed, ?::TIMESTAMPTZ AS rejected_at, "
            "origin_import_id AS retry_of_import_id, origin_row_number AS retry_of_row_number "
            f"FROM read_parquet(?) LEFT JOIN origins USING (row_number) {condition}",
            [
                entry.import_id,
                staged_file.source,
                staged_file.file_name,
                staged_file.sheet,
                entry.commit.now,
                str(entry.folder / REJECTED),
            ],
        )


def leave_out_customers(entry: ImportInProgress) -> None:
    """Leave out rows of customers whom the source may not create, or may not change."""
    if entry.overlap and entry.contributes:
        entry.staged_file, entry.left_out = left_out(entry.connection, entry.folder, entry.overlap)


def reject_unknown_customers(entry: ImportInProgress) -> None:
    """List the rows of customers whom the source may not create; of those whom it may not change none is rejected."""
    if not entry.staged_file.creates and len(entry.left_out):
        reject_late(entry, reasons_of_unknown(entry.folder, entry.left_out), "row")


def reject_late(entry: ImportInProgress, reasons: Sequence[LateReason], severity: str) -> None:
    """Add reasons that only the ledger could tell; the import ends with rejects from here on."""
    if not reasons:
        return
    rejecting = Rejecting(entry.import_id, entry.staged_file, entry.folder, entry.commit.now)
    add_reasons(entry.connection, rejecting, reasons, severity)
    codes = Counter(entry.staged_file.reject_codes) + Counter(each.code for each in reasons)
    entry.staged_file = entry.staged_file.model_copy(update={"reject_codes": dict(codes)})
    entry.status = "done_with_rejects"
    update_import(entry.connection, entry.import_seq, status=entry.status)


def write_resolutions(entry: ImportInProgress) -> None:
    """Which rejected rows the rows of an import stand for, of those that count now."""
    if not entry.contributes:
        return
    origins = origins_of(entry.connection, entry.folder)
    if origins.is_empty():
        return
    with frame_as(entry.connection, "origins", origins):
        entry.connection.execute(
            "INSERT INTO ledger.resolutions BY NAME SELECT import_seq, row_number, origin_import_id, origin_row_number "
            "FROM ledger.contributions JOIN origins USING (row_number) WHERE import_seq = ?",
            [entry.import_seq],
        )


def replace_earlier(entry: ImportInProgress) -> None:
    """Note which earlier imports this one takes the place of."""
    if entry.overlap and entry.contributes:
        by, now = entry.staged_file.imported_by, entry.commit.now
        entry.replaced = replace_imports(entry.connection, entry.overlap.replaces, entry.import_id, by, now)


STEPS: tuple[Callable[[ImportInProgress], None], ...] = (
    find_erased,
    archive_original,
    compare_with_earlier,
    hold_without,
    leave_out_customers,
    leave_out_erased,
    write_history,
    write_contributions,
    write_rules,
    write_rejected_rows,
    reject_erased,
    reject_unknown_customers,
    write_resolutions,
    replace_earlier,
)


def hold_to_currency(connection: Connection, base_currency: str | None) -> None:
    """The ledger has one base currency for ever: amounts of two would add up to nonsense.

    Raises WrongUse where `sources.yaml` names another one than at the first import.
    """
    if base_currency is None:
        return
    found = row_of(connection, "SELECT base_currency FROM ledger.deployment")
    if found is None:
        connection.execute("INSERT INTO ledger.deployment VALUES (?)", [base_currency])
    elif found[0] != base_currency:
        raise WrongUse(
            f"base_currency: every amount in the ledger is in {found[0]}, sources.yaml now says {base_currency}; "
            f"set it back, or begin with an empty CUSTOMERS_HOME"
        )


def _status_of(staged_file: StagedFile) -> Status:
    """What an import is after its transaction, if it is not held."""
    if staged_file.result == "refused" or staged_file.result == "failed":
        return staged_file.result
    return "done_with_rejects" if staged_file.reject_codes else "done"


def _undone_imports(connection: Connection, staged_file: StagedFile) -> int:
    counted = "SELECT count(*) FROM ledger.imports SEMI JOIN ledger.undone USING (import_id) WHERE import_key = ?"
    return number_of(connection, counted, [staged_file.key])


def _insert_refusal(entry: ImportInProgress) -> None:
    """A refused file is one rejected row of severity `file`, with its reason."""
    staged_file = entry.staged_file
    if staged_file.reason is None:
        return
    entry.connection.execute(
        "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, "
        "'file' AS severity, [{'code': ?, 'field': NULL, 'header': NULL, 'value': ?, 'message': ?}] AS reasons, "
        "?::TIMESTAMPTZ AS rejected_at",
        [
            entry.import_id,
            staged_file.source,
            staged_file.file_name,
            *staged_file.reason.model_dump().values(),
            entry.commit.now,
        ],
    )


@contextmanager
def _unless(connection: Connection, skipped: pl.Series) -> Iterator[str]:
    """The condition that leaves out the rows to be skipped, good while the block lasts."""
    if skipped.is_empty():
        yield ""
        return
    with frame_as(connection, "skipped", skipped.alias("row_number").to_frame()):
        yield "WHERE row_number NOT IN (FROM skipped)"
