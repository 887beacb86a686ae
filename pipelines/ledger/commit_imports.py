"""Booking: judged files into the ledger, and the customers they touch, in one transaction.

Lives here: booking, deciding, undo, rebuild, prioritising again, and the rehearsals of the first and third; each is one
transaction that ends with the checks or not at all, and the swap of the snapshot after it. Not here: reading files
(`files/`), one filing's facts (`write_import.py`, out again: `undo.py`), its papers afterwards
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
from pipelines.customers.affected import touch_imports, touch_nobody
from pipelines.customers.derive import derive
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.intake.cleanup import settle
from pipelines.intake.completeness import each_alone
from pipelines.intake.run_folders import sweep, waiting_filings
from pipelines.ledger.checks import Verdict
from pipelines.ledger.finished_attempts import forget_stopped, stopped_before, told_to_the_next
from pipelines.ledger.import_outcome import count_customers, outcome_of
from pipelines.ledger.known_imports import clear_repeated, entry_of, held_keys
from pipelines.ledger.transaction import (
    ChecksFailed,
    current_as_of,
    desk,
    latest_as_of,
    next_over,
    note_change,
    rehearsed,
    verified,
)
from pipelines.ledger.undo import Undone, take_out
from pipelines.ledger.write_import import enter, repeated
from pipelines.models import staged_file as filed
from pipelines.models.staged_file import Filing, Outcome
from pipelines.progress import Report, silent
from pipelines.rejects.write import write_rejects
from pipelines.warehouse.database import Connection, is_of_machine, rows_of, transaction, value_of


@dataclass(frozen=True)
class Booked:
    """What a transaction did: the outcome of each file, and the checks that it passed."""

    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdict, ...]


_NOTHING = Booked((), ())


def book(home: Home, filings: Sequence[Filing], run_id: str | None, now: datetime, report: Report = silent) -> Booked:
    """Book filings in their order: ledger, rejected rows, history, customers and priorities at once.

    Raises ChecksFailed, with everything rolled back. A file whose bytes are in the ledger already changes nothing
    (contract page 6, rule 1).
    """
    report(f"booking {sum(filing.rows_accepted for filing in filings):,} rows")
    with desk(home) as connection:
        return _book_here(connection, home, filings, run_id, now, report)


def book_waiting(home: Home, run_id: str | None, now: datetime, report: Report = silent) -> Booked:
    """Book every filing that waits in staging, of this run, of others, or left over by one that died.

    Nothing is booked twice by runs that do this at the same time: they take turns, and each looks anew. A filing that
    cannot be booked becomes a failed one, for it must not hold up the others, in this run or the next. Raises
    ChecksFailed when that was for a check, once the others are booked.
    """
    report("booking")
    with desk(home) as connection:
        filings = each_alone(home, waiting_filings(home))
        sweep(home, held_keys(connection), now)
        try:
            return _book_here(connection, home, filings, run_id, now, report) if filings else _NOTHING
        except Exception as error:  # whatever it is, the next lines find out whose it is
            if is_of_machine(error):
                raise
            return _book_each(connection, home, filings, run_id, now, report)


def _book_here(
    connection: Connection, home: Home, filings: Sequence[Filing], run_id: str | None, now: datetime, report: Report
) -> Booked:
    """Book, and settle what was booked before anybody else can look.

    A file that an attempt booked which stopped before it told anybody is not told to have been there already.
    """
    stopped = stopped_before(home, filings)
    booked = _told_apart(connection, filings, lambda new: _book_new(connection, home, new, run_id, now, report))
    outcomes = told_to_the_next(connection, home, filings, booked.outcomes, stopped)
    for filing, outcome in zip(filings, outcomes, strict=True):
        settle(home, filing, outcome)
    forget_stopped(stopped, home, filings)
    return Booked(outcomes, booked.verdicts)


def _told_apart(
    connection: Connection, filings: Sequence[Filing], enter_new: Callable[[Sequence[Filing]], Booked]
) -> Booked:
    """The outcomes in the order of the filings: those whose bytes are known change nothing, the others are entered."""
    slips = [repeated(connection, filing) for filing in filings]
    new = [filing for filing, slip in zip(filings, slips, strict=True) if slip is None]
    booked = enter_new(new) if new else _NOTHING
    entered = iter(booked.outcomes)
    outcomes = tuple(outcome_of(connection, slip) if slip else next(entered) for slip in slips)
    return Booked(outcomes, booked.verdicts)


def _book_each(
    connection: Connection, home: Home, filings: Sequence[Filing], run_id: str | None, now: datetime, report: Report
) -> Booked:
    """A transaction for each filing."""
    verdicts: tuple[Verdict, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    for filing in filings:
        try:
            booked = _book_here(connection, home, [filing], run_id, now, report)
        except Exception as error:
            if is_of_machine(error):
                raise
            failed = filing.model_copy(update={"verdict": "failed", "message": str(error) or repr(error)})
            filed.save(home.of(filing.attempt).staging / filing.key, failed)
            booked = _book_here(connection, home, [failed], run_id, now, report)
            verdicts += error.verdicts if isinstance(error, ChecksFailed) else ()
        outcomes += booked.outcomes
    if verdicts:
        raise ChecksFailed(verdicts)
    return Booked(outcomes, booked.verdicts)


def decide(home: Home, wanted: str, choice: OnOverlap, by: str, now: datetime) -> Outcome:
    """Settle a held import as somebody decides: add it, count only its new rows, or let it replace the earlier one.

    Raises WrongUse for an import that does not exist or is not held (contract page 6, rule 2).
    """
    with desk(home) as connection:
        clear_repeated(connection, home, wanted)
        filing = _held(connection, home, wanted, choice).model_copy(update={"on_overlap": choice})
        with next_over(connection, home) as writer:
            with transaction(connection):
                connection.execute("DELETE FROM ledger.imports WHERE import_id = ?", [wanted])
                connection.execute(
                    "INSERT INTO ledger.decisions BY NAME SELECT 'decide' AS kind, ? AS import_id, ? AS decided_by, "
                    "?::TIMESTAMPTZ AS decided_at, ? AS choice",
                    [wanted, by, now, choice],
                )
                booked = _enter_all(connection, writer, home, [filing], None, now, silent)
            settled = _with_rejects(connection, home, booked)
        settle(home, filing, settled.outcomes[0])
    return settled.outcomes[0]


def _held(connection: Connection, home: Home, wanted: str, choice: OnOverlap) -> Filing:
    key, status, _ = entry_of(connection, wanted)
    if status != "held":
        decided = "SELECT choice FROM ledger.decisions WHERE kind = 'decide' AND import_id = ?"
        if choice in rows_of(connection, decided, [wanted])["choice"]:
            raise AlreadyDone(f"import {wanted} was held, and decided already: {choice}")
        raise WrongUse(f"import {wanted} is {status}: only a held import waits for a decision")
    filing = filed.load_filing(home.of(filed.HELD).staging / key)
    if filing is None:
        raise WrongUse(f"what was read of {wanted} is gone from staging; undo it and send the file again")
    return filing.model_copy(update={"attempt": filed.HELD})


def rehearse(home: Home, papers: Home, filings: Sequence[Filing], now: datetime) -> tuple[Outcome, ...]:
    """What booking these filings would do, to the last number: it is done, and taken back before it ends.

    `papers`: where the filings' frames lie, away from the real staging, and where nothing of them stays.
    """
    with desk(home) as connection:
        return _told_apart(
            connection, filings, lambda new: _rehearsed_booking(connection, home, papers, new, now)
        ).outcomes


def _rehearsed_booking(
    connection: Connection, home: Home, papers: Home, filings: Sequence[Filing], now: datetime
) -> Booked:
    return rehearsed(
        connection, home, lambda writer: _enter_all(connection, writer, papers, filings, None, now, silent)
    )


def undo(home: Home, wanted: str, by: str, now: datetime) -> Undone:
    """Take out exactly what one import contributed; returns what that did (RF-27, RF-30).

    Raises WrongUse for an import that does not exist, has nothing to undo, or is undone already.
    """
    with desk(home) as connection:
        sequence = _undoable(connection, wanted)
        clear_repeated(connection, home, wanted)
        with next_over(connection, home) as writer, transaction(connection):
            undone = _take_out(connection, writer, wanted, sequence, by, now)
        sweep(home, held_keys(connection), now)
    return undone


def rehearse_undo(home: Home, wanted: str, now: datetime) -> Undone:
    """What an undo would do, to the last number: it is done, and taken back before it ends. Raises WrongUse, as it."""
    with desk(home) as connection:
        sequence = _undoable(connection, wanted)
        return rehearsed(connection, home, lambda writer: _take_out(connection, writer, wanted, sequence, "", now))


def _take_out(connection: Connection, writer: Connection, wanted: str, sequence: int, by: str, now: datetime) -> Undone:
    """All that an undo does inside its transaction."""
    as_of = current_as_of(connection)
    note_change(connection, as_of)
    undone = take_out(connection, writer, wanted, sequence, by, now, as_of)
    verified(connection)
    return undone


def _book_new(
    connection: Connection,
    home: Home,
    filings: Sequence[Filing],
    run_id: str | None,
    now: datetime,
    report: Report,
) -> Booked:
    """Filings whose bytes are not in the ledger, in one transaction, and the snapshot after it."""
    with next_over(connection, home) as writer:
        with transaction(connection):
            booked = _enter_all(connection, writer, home, filings, run_id, now, report)
        written = _with_rejects(connection, home, booked)
        report("publishing")
    return written


def _with_rejects(connection: Connection, home: Home, booked: Booked) -> Booked:
    """Write the reject files of what was committed, and say where they lie.

    Before the snapshot is swapped in: what a crash leaves unwritten is mended with the snapshot.
    """
    files = write_rejects(connection, home, [outcome.import_id for outcome in booked.outcomes])
    outcomes = (outcome.model_copy(update={"reject_file": files.get(outcome.import_id)}) for outcome in booked.outcomes)
    return Booked(tuple(outcomes), booked.verdicts)


def _enter_all(
    connection: Connection,
    writer: Connection,
    papers: Home,
    filings: Sequence[Filing],
    run_id: str | None,
    now: datetime,
    report: Report,
) -> Booked:
    """All that a booking does inside its transaction. Only judged filings touch customers and can move the day."""
    earlier = latest_as_of(connection)
    judged = [filing.as_of for filing in filings if filing.verdict == "judged"]
    as_of = max(judged, default=earlier or filings[0].as_of)
    note_change(connection, as_of)
    slips = [enter(connection, papers.of(filing.attempt), filing, run_id, now) for filing in filings]
    sequences = [slip.sequence for slip in slips if slip.sequence is not None]
    concerned = [*sequences, *(place for slip in slips for place in slip.replaced)]
    touch_imports(connection, concerned) if concerned else touch_nobody(connection)
    moved = earlier not in (None, as_of)
    report("folding customers")
    derived = derive(connection, writer, as_of, moved, "data")
    languages = {slip.sequence: slip.filing.language for slip in slips if slip.sequence is not None}
    count_customers(connection, derived, languages)
    tell_doubles(connection, languages)
    for slip in slips:
        if slip.sequence is not None:
            tell_conflicts(connection, slip.filing, slip.sequence)
    tell_identities(connection, languages, derived.later)
    report("checking")
    verdicts = verified(connection, moved)
    return Booked(tuple(outcome_of(connection, slip) for slip in slips), verdicts)


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
