"""Finishing: what an attempt had done that stopped before it told anybody, told to whoever asks for the same again.

Lives here: the outcome of a file that such an attempt booked. Not here: which attempts those are
(`files/attempts.py`), booking what they left unbooked (`commit_imports.py`).
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from pipelines.home import Home
from pipelines.intake.attempts import stopped_imports
from pipelines.ledger.import_outcome import accepted_told
from pipelines.locks import is_locked
from pipelines.models import staged_file as filed
from pipelines.models.staged_file import Filing, Outcome
from pipelines.rejects.write import path_of
from pipelines.warehouse.database import Connection, rows_of
from schemas.codes import message

DONE = ("done", "done_with_rejects")


def stopped_before(home: Home, filings: Sequence[Filing]) -> list[list[Path]]:
    """For each filing where earlier attempts at it stopped: other runs' folders, and its own where its run is dead."""
    found = []
    for filing in filings:
        own = home.of(filing.attempt).staging
        dead = [own / filing.key] if filing.attempt and not is_locked(own) else []
        found.append([*stopped_imports(home, filing.key, filing.attempt), *dead])
    return found


def told_to_the_next(
    connection: Connection,
    home: Home,
    filings: Sequence[Filing],
    outcomes: Sequence[Outcome],
    stopped: Sequence[Sequence[Path]],
) -> tuple[Outcome, ...]:
    """The outcomes of filings: what an earlier attempt that stopped had booked is done, not there already (PIT-70)."""
    return tuple(
        _finished(connection, home, filing, outcome) if folders and outcome.already_imported else outcome
        for filing, outcome, folders in zip(filings, outcomes, stopped, strict=True)
    )


def forget_stopped(stopped: Sequence[Sequence[Path]], home: Home, filings: Sequence[Filing]) -> None:
    """The outcomes that earlier attempts left are told by those that asked again; what waits to be booked stays."""
    own = {home.of(filing.attempt).staging / filing.key for filing in filings}
    for folder in {folder for folders in stopped for folder in folders} - own:
        if not (folder / filed.FILING).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _finished(connection: Connection, home: Home, filing: Filing, known: Outcome) -> Outcome:
    """The outcome of the import itself; `known` where it counts no more, for then it is not that which was asked."""
    entry = rows_of(connection, "FROM ledger.import_keys WHERE import_id = ?", [known.import_id]).row(0, named=True)
    if entry["status"] not in DONE:
        return known
    listed = "SELECT unnest(reasons).code AS code FROM ledger.rejected_rows WHERE import_id = ?"
    query = f"SELECT code, count(*) AS rows FROM ({listed}) GROUP BY ALL ORDER BY ALL"
    codes = rows_of(connection, query, [known.import_id])
    reject_file = path_of(home, known.import_id)
    counts = {name: entry[name] for name in Outcome.model_fields if name.startswith(("rows_", "customers_", "amount_"))}
    late = message("EARLIER_ATTEMPT_FINISHED", filing.language, found=known.import_id)
    return Outcome(
        import_id=known.import_id,
        source=filing.source,
        file_name=filing.file_name,
        status=entry["status"],
        message=accepted_told(entry),
        reject_codes=dict(codes.rows()),
        warnings=(late, *entry["warnings"]),
        reject_file=str(reject_file) if reject_file.exists() else None,
        **counts,
    )
