"""Finished attempts: what one had done that stopped before it told anybody, told to whoever asks for the same again.

Lives here: the outcome of a file that such an attempt committed. Not here: which attempts those are
(`pipelines/intake/attempts.py`), committing what they left undone (`commit_imports.py`).
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from pipelines.intake.attempts import stopped_imports
from pipelines.ledger.import_in_progress import CommitInProgress
from pipelines.ledger.import_outcome import accepted_told
from pipelines.locks import is_locked
from pipelines.models.staged_file import STAGED_FILE, Outcome, StagedFile
from pipelines.rejects.write import path_of
from pipelines.warehouse.database import rows_of
from pipelines.warehouse.import_counts import ImportCounts
from schemas.sentences.note import Note

DONE = ("done", "done_with_rejects")


def stopped_before(together: CommitInProgress) -> list[list[Path]]:
    """For each staged file where earlier attempts at it stopped: other runs' folders, and its own where its run is
    dead.
    """
    found = []
    for staged_file in together.staged_files:
        own = staged_file.folder(together.staging)
        dead = [own] if staged_file.attempt and not is_locked(own.parent) else []
        found.append([*stopped_imports(together.home, staged_file.key, staged_file.attempt), *dead])
    return found


def finished_outcomes(together: CommitInProgress, stopped: Sequence[Sequence[Path]]) -> tuple[Outcome, ...]:
    """The outcomes of staged files: what an earlier attempt that stopped had committed is done, not there already
    (PIT-70).
    """
    return tuple(
        _finished(together, staged_file, outcome) if folders and outcome.already_imported else outcome
        for staged_file, outcome, folders in zip(together.staged_files, together.outcomes, stopped, strict=True)
    )


def forget_stopped(together: CommitInProgress, stopped: Sequence[Sequence[Path]]) -> None:
    """The outcomes that earlier attempts left are told by those that asked again; what waits to be committed stays."""
    own = {staged_file.folder(together.staging) for staged_file in together.staged_files}
    for folder in {folder for folders in stopped for folder in folders} - own:
        # A staged file there waits to be committed, whoever left it.
        if not (folder / STAGED_FILE).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _finished(together: CommitInProgress, staged_file: StagedFile, known: Outcome) -> Outcome:
    """The outcome of the import itself; `known` where it counts no more, for then it is not that which was asked."""
    connection = together.connection
    entry = rows_of(connection, "FROM ledger.import_keys WHERE import_id = ?", [known.import_id]).row(0, named=True)
    # Undone or replaced since: what was asked for is no more, and asking again asks for something new.
    if entry["status"] not in DONE:
        return known
    listed = "SELECT unnest(reasons).code AS code FROM ledger.rejected_rows WHERE import_id = ?"
    query = f"SELECT code, count(*) AS rows FROM ({listed}) GROUP BY ALL ORDER BY ALL"
    codes = rows_of(connection, query, [known.import_id])
    reject_file = path_of(together.home, known.import_id)
    counts = {name: entry[name] for name in ImportCounts.model_fields}
    late = Note("EARLIER_ATTEMPT_FINISHED", found=known.import_id).line(staged_file.language)
    return Outcome(
        import_id=known.import_id,
        source=staged_file.source,
        file_name=staged_file.file_name,
        status=entry["status"],
        message=accepted_told(entry),
        reject_codes=dict(codes.rows()),
        warnings=(late, *entry["warnings"]),
        reject_file=str(reject_file) if reject_file.exists() else None,
        **counts,
    )
