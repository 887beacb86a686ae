"""Committing: validated files into the ledger, and the customers they touch, in one transaction.

Lives here: committing, deciding, undo, rebuild, prioritising again, and the rehearsals of the first and third; each is
one transaction that ends with the checks or not at all, and the swap of the snapshot after it. Not here: reading files
(`files/`), one staged file's facts (`write_import.py`, out again: `undo.py`), its papers afterwards
(`pipelines/intake/cleanup.py`), the fold and the formula (`customers/`), what the snapshot holds
(`pipelines/publishing/snapshot.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.configuration.settings import OnOverlap
from pipelines.conflicts.double_counting import tell_doubles
from pipelines.conflicts.identity_conflicts import tell_identities
from pipelines.conflicts.payment_conflicts import tell_conflicts
from pipelines.customers.affected import imports_are_affected, nobody_is_affected
from pipelines.customers.derive import derive
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.intake.cleanup import clean_up_staging
from pipelines.intake.completeness import each_alone
from pipelines.intake.run_folders import sweep, waiting_staged_files
from pipelines.ledger.checks import CheckResult
from pipelines.ledger.finished_attempts import forget_stopped, stopped_before, told_to_the_next
from pipelines.ledger.import_outcome import count_customers, outcome_of
from pipelines.ledger.known_imports import clear_repeated, entry_of, held_keys
from pipelines.ledger.transaction import (
    ChecksFailed,
    current_as_of,
    latest_as_of,
    ledger_transaction,
    next_over,
    note_change,
    rehearsed,
    verified,
)
from pipelines.ledger.undo import Undone, take_out
from pipelines.ledger.write_import import repeated, write_import
from pipelines.models import staged_file as filed
from pipelines.models.staged_file import Outcome, StagedFile
from pipelines.progress import Report, silent
from pipelines.rejects.write import write_rejects
from pipelines.warehouse.database import Connection, is_of_machine, rows_of, transaction, value_of


@dataclass(frozen=True)
class Committed:
    """What a transaction did: the outcome of each file, and the checks that it passed."""

    outcomes: tuple[Outcome, ...]
    check_results: tuple[CheckResult, ...]


_NOTHING = Committed((), ())


def book(
    home: Home, staged_files: Sequence[StagedFile], run_id: str | None, now: datetime, report: Report = silent
) -> Committed:
    """Commit staged files in their order: ledger, rejected rows, history, customers and priorities at once.

    Raises ChecksFailed, with everything rolled back. A file whose bytes are in the ledger already changes nothing
    (contract page 6, rule 1).
    """
    report(f"committing {sum(staged_file.rows_accepted for staged_file in staged_files):,} rows")
    with ledger_transaction(home) as connection:
        return _commit_here(connection, home, staged_files, run_id, now, report)


def commit_waiting(home: Home, run_id: str | None, now: datetime, report: Report = silent) -> Committed:
    """Commit every staged file that waits in staging, of this run, of others, or left over by one that died.

    Nothing is committed twice by runs that do this at the same time: they take turns, and each looks anew. A staged
    file that cannot be committed becomes a failed one, for it must not hold up the others, in this run or the next.
    Raises ChecksFailed when that was for a check, once the others are committed.
    """
    report("committing")
    with ledger_transaction(home) as connection:
        staged_files = each_alone(home, waiting_staged_files(home))
        sweep(home, held_keys(connection), now)
        try:
            return _commit_here(connection, home, staged_files, run_id, now, report) if staged_files else _NOTHING
        except Exception as error:  # whatever it is, the next lines find out whose it is
            if is_of_machine(error):
                raise
            return _commit_each(connection, home, staged_files, run_id, now, report)


def _commit_here(
    connection: Connection,
    home: Home,
    staged_files: Sequence[StagedFile],
    run_id: str | None,
    now: datetime,
    report: Report,
) -> Committed:
    """Commit, and clear staging of what was committed before anybody else can look.

    A file that an attempt committed which stopped before it told anybody is not told to have been there already.
    """
    stopped = stopped_before(home, staged_files)
    committed = _told_apart(
        connection, staged_files, lambda new: _commit_new(connection, home, new, run_id, now, report)
    )
    outcomes = told_to_the_next(connection, home, staged_files, committed.outcomes, stopped)
    for staged_file, outcome in zip(staged_files, outcomes, strict=True):
        clean_up_staging(home, staged_file, outcome)
    forget_stopped(stopped, home, staged_files)
    return Committed(outcomes, committed.check_results)


def _told_apart(
    connection: Connection,
    staged_files: Sequence[StagedFile],
    write_new_imports: Callable[[Sequence[StagedFile]], Committed],
) -> Committed:
    """The outcomes in the order of the staged files: those whose bytes are known change nothing, the others are
    entered.
    """
    imports_in_progress = [repeated(connection, staged_file) for staged_file in staged_files]
    new = [
        staged_file
        for staged_file, in_progress in zip(staged_files, imports_in_progress, strict=True)
        if in_progress is None
    ]
    committed = write_new_imports(new) if new else _NOTHING
    entered = iter(committed.outcomes)
    outcomes = tuple(
        outcome_of(connection, in_progress) if in_progress else next(entered) for in_progress in imports_in_progress
    )
    return Committed(outcomes, committed.check_results)


def _commit_each(
    connection: Connection,
    home: Home,
    staged_files: Sequence[StagedFile],
    run_id: str | None,
    now: datetime,
    report: Report,
) -> Committed:
    """A transaction for each staged file."""
    check_results: tuple[CheckResult, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    for staged_file in staged_files:
        try:
            committed = _commit_here(connection, home, [staged_file], run_id, now, report)
        except Exception as error:
            if is_of_machine(error):
                raise
            failed = staged_file.model_copy(update={"verdict": "failed", "message": str(error) or repr(error)})
            filed.save(home.of(staged_file.attempt).staging / staged_file.key, failed)
            committed = _commit_here(connection, home, [failed], run_id, now, report)
            check_results += error.check_results if isinstance(error, ChecksFailed) else ()
        outcomes += committed.outcomes
    if check_results:
        raise ChecksFailed(check_results)
    return Committed(outcomes, committed.check_results)


def decide(home: Home, wanted: str, choice: OnOverlap, by: str, now: datetime) -> Outcome:
    """Settle a held import as somebody decides: add it, count only its new rows, or let it replace the earlier one.

    Raises WrongUse for an import that does not exist or is not held (contract page 6, rule 2).
    """
    with ledger_transaction(home) as connection:
        clear_repeated(connection, home, wanted)
        staged_file = _held(connection, home, wanted, choice).model_copy(update={"on_overlap": choice})
        with next_over(connection, home) as writer:
            with transaction(connection):
                connection.execute("DELETE FROM ledger.imports WHERE import_id = ?", [wanted])
                connection.execute(
                    "INSERT INTO ledger.decisions BY NAME SELECT 'decide' AS kind, ? AS import_id, ? AS decided_by, "
                    "?::TIMESTAMPTZ AS decided_at, ? AS choice",
                    [wanted, by, now, choice],
                )
                committed = _write_all_imports(connection, writer, home, [staged_file], None, now, silent)
            settled = _with_rejects(connection, home, committed)
        clean_up_staging(home, staged_file, settled.outcomes[0])
    return settled.outcomes[0]


def _held(connection: Connection, home: Home, wanted: str, choice: OnOverlap) -> StagedFile:
    key, status, _ = entry_of(connection, wanted)
    if status != "held":
        decided = "SELECT choice FROM ledger.decisions WHERE kind = 'decide' AND import_id = ?"
        if choice in rows_of(connection, decided, [wanted])["choice"]:
            raise AlreadyDone(f"import {wanted} was held, and decided already: {choice}")
        raise WrongUse(f"import {wanted} is {status}: only a held import waits for a decision")
    staged_file = filed.load_staged_file(home.of(filed.HELD).staging / key)
    if staged_file is None:
        raise WrongUse(f"what was read of {wanted} is gone from staging; undo it and send the file again")
    return staged_file.model_copy(update={"attempt": filed.HELD})


def rehearse(home: Home, papers: Home, staged_files: Sequence[StagedFile], now: datetime) -> tuple[Outcome, ...]:
    """What committing these staged files would do, to the last number: it is done, and taken back before it ends.

    `papers`: where the staged files' frames lie, away from the real staging, and where nothing of them stays.
    """
    with ledger_transaction(home) as connection:
        return _told_apart(
            connection, staged_files, lambda new: _rehearsed_commit(connection, home, papers, new, now)
        ).outcomes


def _rehearsed_commit(
    connection: Connection, home: Home, papers: Home, staged_files: Sequence[StagedFile], now: datetime
) -> Committed:
    return rehearsed(
        connection, home, lambda writer: _write_all_imports(connection, writer, papers, staged_files, None, now, silent)
    )


def undo(home: Home, wanted: str, by: str, now: datetime) -> Undone:
    """Take out exactly what one import contributed; returns what that did (RF-27, RF-30).

    Raises WrongUse for an import that does not exist, has nothing to undo, or is undone already.
    """
    with ledger_transaction(home) as connection:
        sequence = _undoable(connection, wanted)
        clear_repeated(connection, home, wanted)
        with next_over(connection, home) as writer, transaction(connection):
            undone = _take_out(connection, writer, wanted, sequence, by, now)
        sweep(home, held_keys(connection), now)
    return undone


def rehearse_undo(home: Home, wanted: str, now: datetime) -> Undone:
    """What an undo would do, to the last number: it is done, and taken back before it ends. Raises WrongUse, as it."""
    with ledger_transaction(home) as connection:
        sequence = _undoable(connection, wanted)
        return rehearsed(connection, home, lambda writer: _take_out(connection, writer, wanted, sequence, "", now))


def _take_out(connection: Connection, writer: Connection, wanted: str, sequence: int, by: str, now: datetime) -> Undone:
    """All that an undo does inside its transaction."""
    as_of = current_as_of(connection)
    note_change(connection, as_of)
    undone = take_out(connection, writer, wanted, sequence, by, now, as_of)
    verified(connection)
    return undone


def _commit_new(
    connection: Connection,
    home: Home,
    staged_files: Sequence[StagedFile],
    run_id: str | None,
    now: datetime,
    report: Report,
) -> Committed:
    """Staged files whose bytes are not in the ledger, in one transaction, and the snapshot after it."""
    with next_over(connection, home) as writer:
        with transaction(connection):
            committed = _write_all_imports(connection, writer, home, staged_files, run_id, now, report)
        written = _with_rejects(connection, home, committed)
        report("publishing")
    return written


def _with_rejects(connection: Connection, home: Home, committed: Committed) -> Committed:
    """Write the reject files of what was committed, and say where they lie.

    Before the snapshot is swapped in: what a crash leaves unwritten is mended with the snapshot.
    """
    files = write_rejects(connection, home, [outcome.import_id for outcome in committed.outcomes])
    outcomes = (
        outcome.model_copy(update={"reject_file": files.get(outcome.import_id)}) for outcome in committed.outcomes
    )
    return Committed(tuple(outcomes), committed.check_results)


def _write_all_imports(
    connection: Connection,
    writer: Connection,
    papers: Home,
    staged_files: Sequence[StagedFile],
    run_id: str | None,
    now: datetime,
    report: Report,
) -> Committed:
    """All that a commit does inside its transaction. Only validated staged files touch customers and can move the
    day.
    """
    earlier = latest_as_of(connection)
    validated = [staged_file.as_of for staged_file in staged_files if staged_file.verdict == "judged"]
    as_of = max(validated, default=earlier or staged_files[0].as_of)
    note_change(connection, as_of)
    imports_in_progress = [
        write_import(connection, papers.of(staged_file.attempt), staged_file, run_id, now)
        for staged_file in staged_files
    ]
    sequences = [in_progress.sequence for in_progress in imports_in_progress if in_progress.sequence is not None]
    concerned = [*sequences, *(place for in_progress in imports_in_progress for place in in_progress.replaced)]
    imports_are_affected(connection, concerned) if concerned else nobody_is_affected(connection)
    moved = earlier not in (None, as_of)
    report("folding customers")
    derived = derive(connection, writer, as_of, moved, "data")
    languages = {
        in_progress.sequence: in_progress.staged_file.language
        for in_progress in imports_in_progress
        if in_progress.sequence is not None
    }
    count_customers(connection, derived, languages)
    tell_doubles(connection, languages)
    for in_progress in imports_in_progress:
        if in_progress.sequence is not None:
            tell_conflicts(connection, in_progress.staged_file, in_progress.sequence)
    tell_identities(connection, languages, derived.later)
    report("checking")
    check_results = verified(connection, moved)
    return Committed(tuple(outcome_of(connection, in_progress) for in_progress in imports_in_progress), check_results)


def _undoable(connection: Connection, wanted: str) -> int:
    _, status, sequence = entry_of(connection, wanted)
    if status == "undone":
        raise AlreadyDone(f"import {wanted} is undone already")
    if status in ("refused", "failed"):
        raise WrongUse(f"import {wanted} was {status}: it contributed nothing that could be undone")
    if value_of(connection, "SELECT format FROM ledger.imports WHERE import_id = ?", [wanted]) == "stripe":
        raise WrongUse(
            f"import {wanted} is a sync: the account's next one replaces it. To take the account's data out, use "
            f"`customers stripe forget SOURCE --with-data --by NAME`"
        )
    return sequence
