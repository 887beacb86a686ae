"""Finishing: what an attempt had done that stopped before it told anybody, told to whoever asks for the same again.

Lives here: the outcome of a file that such an attempt committed. Not here: which attempts those are
(`pipelines/intake/attempts.py`), committing what they left undone (`commit_imports.py`).
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from pipelines.home import Home
from pipelines.intake.attempts import stopped_imports
from pipelines.ledger.import_outcome import accepted_told
from pipelines.locks import is_locked
from pipelines.models import staged_file as filed
from pipelines.models.staged_file import Outcome, StagedFile
from pipelines.rejects.write import path_of
from pipelines.warehouse.database import Connection, rows_of
from schemas.codes import message

DONE = ("done", "done_with_rejects")


def stopped_before(home: Home, staged_files: Sequence[StagedFile]) -> list[list[Path]]:
    """For each staged file where earlier attempts at it stopped: other runs' folders, and its own where its run is
    dead.
    """
    found = []
    for staged_file in staged_files:
        own = home.of(staged_file.attempt).staging
        dead = [own / staged_file.key] if staged_file.attempt and not is_locked(own) else []
        found.append([*stopped_imports(home, staged_file.key, staged_file.attempt), *dead])
    return found


def told_to_the_next(
    connection: Connection,
    home: Home,
    staged_files: Sequence[StagedFile],
    outcomes: Sequence[Outcome],
    stopped: Sequence[Sequence[Path]],
) -> tuple[Outcome, ...]:
    """The outcomes of staged files: what an earlier attempt that stopped had committed is done, not there already
    (PIT-70).
    """
    return tuple(
        _finished(connection, home, staged_file, outcome) if folders and outcome.already_imported else outcome
        for staged_file, outcome, folders in zip(staged_files, outcomes, stopped, strict=True)
    )


def forget_stopped(stopped: Sequence[Sequence[Path]], home: Home, staged_files: Sequence[StagedFile]) -> None:
    """The outcomes that earlier attempts left are told by those that asked again; what waits to be committed stays."""
    own = {home.of(staged_file.attempt).staging / staged_file.key for staged_file in staged_files}
    for folder in {folder for folders in stopped for folder in folders} - own:
        if not (folder / filed.STAGED_FILE).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _finished(connection: Connection, home: Home, staged_file: StagedFile, known: Outcome) -> Outcome:
    """The outcome of the import itself; `known` where it counts no more, for then it is not that which was asked."""
    entry = rows_of(connection, "FROM ledger.import_keys WHERE import_id = ?", [known.import_id]).row(0, named=True)
    if entry["status"] not in DONE:
        return known
    listed = "SELECT unnest(reasons).code AS code FROM ledger.rejected_rows WHERE import_id = ?"
    query = f"SELECT code, count(*) AS rows FROM ({listed}) GROUP BY ALL ORDER BY ALL"
    codes = rows_of(connection, query, [known.import_id])
    reject_file = path_of(home, known.import_id)
    counts = {name: entry[name] for name in Outcome.model_fields if name.startswith(("rows_", "customers_", "amount_"))}
    late = message("EARLIER_ATTEMPT_FINISHED", staged_file.language, found=known.import_id)
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
