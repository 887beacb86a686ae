"""Overlaps: what to do about a file that repeats, or takes the place of, earlier imports of its source.

Lives here: the three choices with their effect, which imports a new one replaces. Not here: recognising repeated rows
(`duplicate_rows.py`), entering facts (`pipelines/ledger/write_import.py`). A wrong total that nobody notices is the
worst this software can do: nothing is counted twice, or left out, in silence (contract page 6).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.configuration.asked import OnOverlap
from pipelines.conflicts.duplicate_rows import NONE, Repeats, repeats
from pipelines.conflicts.duplicates_elsewhere import repeats_elsewhere
from pipelines.models.staged_file import ACCEPTED, DETAILS, Choice, ReasonRecord, StagedFile
from pipelines.rejects.resolve import NO_ROWS, amount_of, returned
from pipelines.warehouse.database import Connection, frame_as, row_of, rows_of, value_of
from schemas.sentences.note import Note

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Overlap:
    """What is to be done: hold the staged file, or enter `staged_file` without `skipped` rows, replacing imports.

    `staged_file`: with the counts, the amount and the warnings that entering it so gives. `settled`: rows that came
    back before, which are not listed as rejected again either. `replaces`: places in the ledger.
    """

    staged_file: StagedFile
    hold: bool = False
    skipped: pl.Series = field(default_factory=lambda: NO_ROWS)
    settled: pl.Series = field(default_factory=lambda: NO_ROWS)
    replaces: tuple[int, ...] = ()
    reason: ReasonRecord | None = None
    choices: tuple[Choice, ...] = ()


def overlap_of(connection: Connection, folder: Path, staged_file: StagedFile) -> Overlap:
    """Compare a staged file with what is live of its source, and its money with that of others; say what follows.

    A source of snapshots replaces all it sent before; else what was said for overlaps counts, and where nothing was
    said a file that largely repeats an earlier one, of whatever source, is held. Rows that come back mended add to the
    import that rejected them, in a source of snapshots too; those of them that are settled are left out before anything
    else.
    """
    if staged_file.amounts == "snapshot" and not staged_file.is_reject_file:
        own = _live_imports(connection, staged_file.source)
        # A newer list repeats the older one of its source by its nature; other sources are asked all the same.
        found = _meant(connection, folder, staged_file, NONE, _elsewhere(connection, folder, staged_file), own)
        return replace(found, replaces=(*own, *found.replaces))
    came = returned(connection, folder, staged_file)
    # Mended rows would be compared with themselves as they were.
    without = pl.concat([came.accepted, came.known]).unique()
    found = _overlap(connection, folder, came.staged_file, without)
    return replace(found, skipped=pl.concat([found.skipped, came.accepted]), settled=came.settled)


def _overlap(connection: Connection, folder: Path, staged_file: StagedFile, without: pl.Series) -> Overlap:
    """What the rows of a staged file mean for it, some of which are not compared."""
    if staged_file.rows_accepted == 0:
        return Overlap(staged_file)
    details = folder / DETAILS
    own = repeats(connection, staged_file.source, folder / ACCEPTED, details if details.exists() else None, without)
    return _meant(connection, folder, staged_file, own, _elsewhere(connection, folder, staged_file))


def _elsewhere(connection: Connection, folder: Path, staged_file: StagedFile) -> Repeats:
    """What other sources brought already. Rows that come back mended were in no table before."""
    if staged_file.rows_accepted == 0 or staged_file.is_reject_file:
        return NONE
    return repeats_elsewhere(connection, staged_file.source, staged_file.sha256, folder / ACCEPTED)


def _meant(
    connection: Connection,
    folder: Path,
    staged_file: StagedFile,
    own: Repeats,
    others: Repeats,
    replaced: Sequence[int] = (),
) -> Overlap:
    """What rows that are there already mean, of the staged file's own source and of others.

    `replaced`: the places of imports that the staged file replaces anyway.
    """
    rows = pl.concat([own.rows, others.rows]).unique().sort()
    # Of two the own source's: its choices are the ones that a sender expects.
    closest = own if own.largely or not others.largely else others
    if rows.is_empty() and not closest.largely:
        return Overlap(staged_file)
    found = replace(closest, rows=rows)
    if staged_file.on_overlap == "skip_identical":
        return _skipping(connection, folder, staged_file, found)
    if staged_file.on_overlap == "replace" and found.largely and found.closest is not None:
        return Overlap(staged_file, replaces=(found.closest,))
    # Nobody said what to do, and either guess would make a wrong total in silence.
    if found.largely and staged_file.on_overlap is None:
        return _held(connection, folder, staged_file, found, replaced)
    note = Note("OVERLAPPING_ROWS", found=rows.len(), expected=staged_file.rows_accepted)
    warnings = (*staged_file.warnings, note.line(staged_file.language))
    return Overlap(staged_file.model_copy(update={"warnings": warnings}))


def replace_imports(
    connection: Connection, places: Sequence[int], identity: str, by: str, now: datetime
) -> tuple[int, ...]:
    """Note that an import replaces others, and all that these replaced: an undo must not bring back both."""
    if not places:
        return ()
    listed = ", ".join(str(int(place)) for place in places)
    replaced = rows_of(
        connection,
        f"""
        WITH RECURSIVE chain AS (
            SELECT import_id FROM ledger.imports WHERE import_seq IN ({listed})
            UNION
            SELECT decisions.import_id FROM ledger.decisions JOIN chain ON replaced_by = chain.import_id
            WHERE kind = 'replace'
        ) SELECT import_id, import_seq::BIGINT AS import_seq FROM chain JOIN ledger.imports USING (import_id)
        """,
    )
    with frame_as(connection, "chain", replaced):
        connection.execute(
            "INSERT INTO ledger.decisions BY NAME SELECT 'replace' AS kind, import_id, ? AS decided_by, "
            "?::TIMESTAMPTZ AS decided_at, ? AS replaced_by FROM chain",
            [by, now, identity],
        )
    return tuple(replaced["import_seq"])


def replaced_by(connection: Connection, identity: str) -> tuple[int, ...]:
    """The places of the imports that this one replaced: its undo brings them back, or leaves them to others."""
    found = rows_of(
        connection,
        "SELECT DISTINCT import_seq::BIGINT AS import_seq FROM ledger.decisions JOIN ledger.imports USING (import_id) "
        "WHERE kind = 'replace' AND replaced_by = ?",
        [identity],
    )
    return tuple(found["import_seq"])


def _live_imports(connection: Connection, source: str) -> tuple[int, ...]:
    found = rows_of(
        connection,
        "SELECT import_seq::BIGINT AS import_seq FROM ledger.imports WHERE source = ? AND status LIKE 'done%' "
        "AND import_id NOT IN (FROM ledger.undone) AND import_id NOT IN (FROM ledger.replaced)",
        [source],
    )
    return tuple(found["import_seq"])


def _skipping(connection: Connection, folder: Path, staged_file: StagedFile, found: Repeats) -> Overlap:
    counts = {
        "rows_accepted": staged_file.rows_accepted - found.rows.len(),
        "rows_skipped": staged_file.rows_skipped + found.rows.len(),
        "amount_accepted": staged_file.amount_accepted - amount_of(connection, folder, found.rows),
    }
    return Overlap(staged_file.model_copy(update=counts), skipped=found.rows)


def _held(
    connection: Connection, folder: Path, staged_file: StagedFile, found: Repeats, replaced: Sequence[int]
) -> Overlap:
    earlier = row_of(
        connection,
        "SELECT import_id, amount_accepted, source FROM ledger.imports WHERE import_seq = ?",
        [found.closest],
    )
    identity, amount, source = earlier or ("", 0, "")
    skipped = amount_of(connection, folder, found.rows)
    gone = sum((_amount_accepted(connection, place) for place in replaced), Decimal(0))
    choices = _choices(staged_file, found, str(identity), Decimal(str(amount)), skipped, gone)
    named = identity if source == staged_file.source else f"{identity} ({source})"
    note = Note("POSSIBLE_REUPLOAD", found=found.closest_count, expected=staged_file.rows_accepted, header=named)
    told = " ".join([note.sentence(staged_file.language), *(choice.meaning for choice in choices)])
    reason = ReasonRecord(code=note.code, value=str(identity), message=told)
    return Overlap(staged_file, hold=True, reason=reason, choices=choices)


def _amount_accepted(connection: Connection, place: int) -> Decimal:
    return Decimal(
        str(value_of(connection, "SELECT amount_accepted FROM ledger.imports WHERE import_seq = ?", [place]))
    )


def _choices(
    staged_file: StagedFile,
    found: Repeats,
    earlier: str,
    earlier_amount: Decimal,
    skipped_amount: Decimal,
    gone: Decimal,
) -> tuple[Choice, ...]:
    """What each choice would do, in rows and money (contract page 6, rule 2).

    `gone`: the money of earlier imports that go whatever is chosen.
    """
    rows, amount, repeated = staged_file.rows_accepted, staged_file.amount_accepted - gone, found.rows.len()
    effects: tuple[tuple[OnOverlap, int, Decimal], ...] = (
        ("add", rows, amount),
        ("skip_identical", rows - repeated, amount - skipped_amount),
        ("replace", rows, amount - earlier_amount),
    )
    return tuple(
        Choice(
            name=name,
            rows_counted=counted,
            amount_change=change,
            meaning=Note(f"{name}_would", count=counted, change=change.quantize(CENT), earlier=earlier).sentence(
                staged_file.language
            ),
        )
        for name, counted, change in effects
    )
