"""Committing imports: staged files into the ledger, and the customers they affect, in one transaction.

Lives here: the steps of that transaction in their order, each on the one `CommitInProgress`, and the ways to it: all
that waits, given files, a held one that is decided, a rehearsal. It ends with the checks or not at all, the swap of the
snapshot after it. Not here: one staged file's facts (`write_import.py`, out again: `undo.py`), reading files and
clearing up after them (`intake/`), the fold and the formula (`customers/`), what the snapshot holds
(`pipelines/publishing/snapshot.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipelines.configuration.asked import OnOverlap
from pipelines.conflicts.double_counting import warn_of_double_counting
from pipelines.conflicts.identity_conflicts import warn_of_identities
from pipelines.conflicts.owned_fields import reasons_of_owned
from pipelines.conflicts.payment_conflicts import warn_of_payments
from pipelines.customers.affected import imports_are_affected, nobody_is_affected
from pipelines.customers.derive import derive
from pipelines.customers.relations.new_groups import earlier_groups, tell_new_groups
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.intake.cleanup import clean_up_staging
from pipelines.intake.completeness import each_alone
from pipelines.intake.run_folders import sweep, waiting_staged_files
from pipelines.ledger.checks.verify import CheckResult
from pipelines.ledger.finished_attempts import finished_outcomes, forget_stopped, stopped_before
from pipelines.ledger.import_in_progress import CommitInProgress, found
from pipelines.ledger.import_outcome import count_customers, outcome_of
from pipelines.ledger.known_imports import clear_repeated, held_keys, import_of, known_outcome
from pipelines.ledger.transaction import (
    ChecksFailed,
    latest_as_of,
    ledger_transaction,
    next_over,
    note_change,
    rehearsal,
    verified,
)
from pipelines.ledger.write_import import reject_late, write_import
from pipelines.models.staged_file import HELD, Outcome, StagedFile, load_staged_file, save_record
from pipelines.progress import Report, silent
from pipelines.rejects.write import write_rejects
from pipelines.warehouse.database import Connection, is_of_machine, rows_of, transaction
from pipelines.warehouse.import_rows import delete_import


@dataclass(frozen=True)
class Committed:
    """What a transaction did: the outcome of each staged file, in their order, and the checks that it passed."""

    outcomes: tuple[Outcome, ...]
    check_results: tuple[CheckResult, ...]
    staged_files: tuple[StagedFile, ...] = ()

    @property
    def new_imports(self) -> list[str]:
        """The imports that it entered into the history."""
        return [outcome.import_id for outcome in self.outcomes if not outcome.already_imported]


def commit_staged_files(
    home: Home, staged_files: Sequence[StagedFile], run_id: str | None, now: datetime, report: Report = silent
) -> Committed:
    """Commit staged files in their order: ledger, rejected rows, history, customers and priorities at once.

    Raises ChecksFailed, with everything rolled back. A file whose bytes are in the ledger already changes nothing
    (contract page 6, rule 1).
    """
    report(f"committing {sum(staged_file.rows_accepted for staged_file in staged_files):,} rows")
    with ledger_transaction(home) as connection:
        return commit(CommitInProgress(connection, home, now, run_id, report, staged_files))


def commit_waiting(home: Home, run_id: str | None, now: datetime, report: Report = silent) -> Committed:
    """Commit every staged file that waits in staging, of this run, of others, or left over by one that died.

    Nothing is committed twice by runs that do this at the same time: they take turns, and each looks anew. A staged
    file that cannot be committed becomes a failed one, for it must not hold up the others, in this run or the next.
    Raises ChecksFailed when that was for a check, once the others are committed.
    """
    report("committing")
    with ledger_transaction(home) as connection:
        staged_files = each_alone(home, waiting_staged_files(home))
        # Under the writer's lock, after the look at what waits: nothing that waits is taken for a leftover.
        sweep(home, held_keys(connection), now)
        together = CommitInProgress(connection, home, now, run_id, report, staged_files)
        try:
            return commit(together) if staged_files else Committed((), ())
        except Exception as error:  # whatever it is, the next lines find out whose it is
            # A full disk or a lost lock is no fault of any file: none of them becomes a failed one for it.
            if is_of_machine(error):
                raise
            return _commit_each_alone(together)


def decide(home: Home, import_id: str, choice: OnOverlap, by: str, now: datetime) -> Outcome:
    """Settle a held import as somebody decides: add it, count only its new rows, or let it replace the earlier one.

    Raises WrongUse for an import that does not exist or is not held (contract page 6, rule 2).
    """
    with ledger_transaction(home) as connection:
        # What a crash left in staging would be committed once more by the next run.
        clear_repeated(connection, home, import_id)
        staged_file = _held(connection, home, import_id, choice).model_copy(update={"on_overlap": choice})
        decided = CommitInProgress(connection, home, now, staged_files=[staged_file])
        with next_over(connection, home) as decided.writer:
            with transaction(connection):
                # The line that says "held" makes room for the import itself, which has the same id.
                delete_import(connection, import_id)
                connection.execute(
                    "INSERT INTO ledger.decisions BY NAME SELECT 'decide' AS kind, ? AS import_id, ? AS decided_by, "
                    "?::TIMESTAMPTZ AS decided_at, ? AS choice",
                    [import_id, by, now, choice],
                )
                take_steps(decided)
            write_reject_files(decided)
        # Within the transaction's lock: whoever comes next must not find the staged file still waiting.
        clean_up_staging(home, staged_file, decided.outcomes[0])
    return decided.outcomes[0]


def rehearse(home: Home, place: Path, staged_files: Sequence[StagedFile], now: datetime) -> tuple[Outcome, ...]:
    """What committing these staged files would do, to the last number: it is done, and taken back before it ends.

    `place`: the part of staging in which the staged files' frames lie, and where nothing of them stays.
    """
    with ledger_transaction(home) as connection:
        tried = CommitInProgress(connection, home, now, staged_files=staged_files, rehearsed_in=place)
        recognise(tried)
        if tried.new:
            with rehearsal(connection, home) as tried.writer:
                take_steps(tried)
        else:
            tell_outcomes(tried)
    return tried.outcomes


def commit(together: CommitInProgress) -> Committed:
    """Commit, publish, and clear staging of what was committed before anybody else can look.

    Where the bytes of all staged files are known, nothing changes. A file that an attempt committed which stopped
    before it told anybody is not told to have been there already (PIT-70).
    """
    # Asked before anything is cleared away: the folders of dead runs are the evidence.
    stopped = stopped_before(together)
    recognise(together)
    if together.new:
        with next_over(together.connection, together.home) as together.writer:
            with transaction(together.connection):
                take_steps(together)
            write_reject_files(together)
            together.report("publishing")
    else:
        tell_outcomes(together)
    outcomes = finished_outcomes(together, stopped)
    for staged_file, outcome in zip(together.staged_files, outcomes, strict=True):
        clean_up_staging(together.home, staged_file, outcome)
    forget_stopped(together, stopped)
    return Committed(outcomes, together.check_results, tuple(together.staged_files))


def recognise(together: CommitInProgress) -> None:
    """Find the staged files whose bytes are in the ledger already: they change nothing."""
    for place, staged_file in enumerate(together.staged_files):
        outcome = known_outcome(together.connection, staged_file)
        if outcome:
            together.known[place] = outcome


def take_steps(together: CommitInProgress) -> None:
    """All that a commit does inside its transaction."""
    for step in STEPS:
        step(together)


def note_new_day(together: CommitInProgress) -> None:
    """Number the change of the ledger. Only validated staged files affect customers and can move the day."""
    earlier, new = latest_as_of(together.connection), together.new
    validated = [staged_file.as_of for staged_file in new if staged_file.result == "validated"]
    together.earlier_as_of = earlier
    # A refused file moves no day: it changed no customer.
    together.as_of = max(validated, default=earlier or new[0].as_of)
    note_change(together.connection, together.as_of)


def write_imports(together: CommitInProgress) -> None:
    """The facts of every import; of two with the same bytes that came together, the first alone is written."""
    for place, staged_file in enumerate(together.staged_files):
        # Asked again: a file with the same bytes may have come together with this one, and was written a moment ago.
        outcome = together.known.get(place) or known_outcome(together.connection, staged_file)
        if outcome:
            together.known[place] = outcome
        else:
            together.imports[place] = write_import(together, staged_file)


def derive_customers(together: CommitInProgress) -> None:
    """Fold the customers whom these imports, or those that they replace, contributed to; count them per import."""
    together.report("folding customers")
    contributing = [entry.import_seq for entry in together.contributing]
    # Customers of a replaced import may be in the new one no more, and have to be folded all the same.
    replaced = [import_seq for entry in together.imports.values() for import_seq in entry.replaced]
    if contributing or replaced:
        imports_are_affected(together.connection, [*contributing, *replaced])
    else:
        nobody_is_affected(together.connection)
    connection, writer, as_of = together.connection, found(together.writer), found(together.as_of)
    # Before the fold, which makes the new groups.
    groups = earlier_groups(connection, writer, together.languages)
    together.derived = derive(connection, writer, as_of, together.day_moved, "data")
    count_customers(connection, together.derived, together.languages)
    tell_new_groups(connection, groups, together.languages)


def report_owned_fields(together: CommitInProgress) -> None:
    """Tell of values that were not taken because another system owns their field (UP-01)."""
    for entry in together.contributing:
        if entry.staged_file.owners:
            writer = found(together.writer)
            told = reasons_of_owned(entry.connection, writer, entry.folder, entry.staged_file, entry.import_seq)
            reject_late(entry, told, "field")


def warn_of_conflicts(together: CommitInProgress) -> None:
    """Add to each import what it disagrees with: money seen twice, payments told again, identities that differ."""
    warn_of_double_counting(together.connection, together.languages)
    for entry in together.contributing:
        warn_of_payments(together.connection, entry.staged_file, entry.import_seq)
    warn_of_identities(together.connection, together.languages, found(together.derived).later)


def check(together: CommitInProgress) -> None:
    """Rows and money are conserved; raises ChecksFailed where they are not."""
    together.report("checking")
    together.check_results = verified(together.connection, together.day_moved)


def tell_outcomes(together: CommitInProgress) -> None:
    """What became of each staged file, in their order."""
    written = {place: outcome_of(entry) for place, entry in together.imports.items()}
    together.outcomes = tuple(outcome for _, outcome in sorted({**together.known, **written}.items()))


STEPS: tuple[Callable[[CommitInProgress], None], ...] = (
    note_new_day,
    write_imports,
    derive_customers,
    report_owned_fields,
    warn_of_conflicts,
    check,
    tell_outcomes,
)


def write_reject_files(together: CommitInProgress) -> None:
    """Write the reject files of what was committed, and say where they lie.

    Before the snapshot is swapped in: what a crash leaves unwritten is mended with the snapshot.
    """
    identities = [entry.import_id for entry in together.imports.values()]
    files = write_rejects(together.connection, together.home, identities)
    together.outcomes = tuple(
        outcome.model_copy(update={"reject_file": files.get(outcome.import_id)}) for outcome in together.outcomes
    )


def _commit_each_alone(together: CommitInProgress) -> Committed:
    """A transaction for each staged file; what cannot be committed becomes a failed one."""
    check_results: tuple[CheckResult, ...] = ()
    committed: list[Committed] = []
    for staged_file in together.staged_files:
        try:
            committed.append(commit(replace(together, staged_files=[staged_file])))
        except Exception as error:
            if is_of_machine(error):
                raise
            # It gets its line in the history and never waits again: else every later run would fail on it.
            failed = staged_file.model_copy(update={"result": "failed", "message": str(error) or repr(error)})
            save_record(failed.folder(together.staging), failed)
            committed.append(commit(replace(together, staged_files=[failed])))
            check_results += error.check_results if isinstance(error, ChecksFailed) else ()
    if check_results:
        raise ChecksFailed(check_results)
    outcomes = tuple(outcome for each in committed for outcome in each.outcomes)
    staged_files = tuple(staged_file for each in committed for staged_file in each.staged_files)
    return Committed(outcomes, committed[-1].check_results, staged_files)


def _held(connection: Connection, home: Home, import_id: str, choice: OnOverlap) -> StagedFile:
    """What was read of an import that waits for a decision."""
    known = import_of(connection, import_id)
    if known.status != "held":
        decided = "SELECT choice FROM ledger.decisions WHERE kind = 'decide' AND import_id = ?"
        if choice in rows_of(connection, decided, [import_id])["choice"]:
            raise AlreadyDone(f"import {import_id} was held, and decided already: {choice}")
        raise WrongUse(f"import {import_id} is {known.status}: only a held import waits for a decision")
    staged_file = load_staged_file(home.staging / HELD / known.import_key)
    if staged_file is None:
        raise WrongUse(f"what was read of {import_id} is gone from staging; undo it and send the file again")
    return staged_file.model_copy(update={"attempt": HELD})
