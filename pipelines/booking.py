"""Booking: judged files into the ledger, and the customers they touch, in one transaction.

Lives here: booking, deciding, undo, rebuild, prioritising again, and the rehearsals of the first and third; each is one
transaction that ends with the checks or not at all, and the swap of the snapshot after it. Not here: reading files
(`files/`), one filing's facts (`entering.py`, out again: `undoing.py`), its papers afterwards (`settling.py`), the fold
and the formula (`customers/`), what the snapshot holds (`snapshot.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from pipelines.customers.cleaning import bury, candidates, mark_of
from pipelines.customers.deriving import Derived, derive
from pipelines.customers.touching import touch_everybody, touch_imports, touch_nobody, touch_selected
from pipelines.doubling import tell_doubles
from pipelines.entering import count_customers, enter, outcome_of, repeated
from pipelines.errors import SealBroken, WrongUse
from pipelines.files import filing as filed
from pipelines.files.claiming import sweep, waiting_filings
from pipelines.files.filing import Filing, Outcome
from pipelines.rejecting import write_missing, write_rejects
from pipelines.reporting import Report, silent
from pipelines.settings import Home, OnOverlap
from pipelines.settling import settle
from pipelines.snapshot import clear_unfinished, is_current, ledger_version, next_snapshot
from pipelines.undoing import Undone, take_out
from pipelines.verifying import Verdict, verify
from pipelines.warehouse import (
    STRIPE_FACTS,
    Connection,
    is_of_machine,
    number_of,
    row_of,
    rows_of,
    transaction,
    value_of,
    working,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Booked:
    """What a transaction did: the outcome of each file, and the checks that it passed."""

    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdict, ...]


_NOTHING = Booked((), ())


class ChecksFailed(SealBroken):
    """A conservation check failed: the transaction was rolled back, nothing was written."""

    def __init__(self, verdicts: tuple[Verdict, ...]) -> None:
        self.verdicts = verdicts
        failed = [f"{verdict.name}: {verdict.found}" for verdict in verdicts if not verdict.passed]
        super().__init__(f"nothing was written, because {'; '.join(failed)}")


def book(home: Home, filings: Sequence[Filing], run_id: str | None, now: datetime, report: Report = silent) -> Booked:
    """Book filings in their order: ledger, rejected rows, history, customers and priorities at once.

    Raises ChecksFailed, with everything rolled back. A file whose bytes are in the ledger already changes nothing
    (contract page 6, rule 1).
    """
    report(f"booking {sum(filing.rows_accepted for filing in filings):,} rows")
    with _desk(home) as connection:
        return _book_here(connection, home, filings, run_id, now, report)


def book_waiting(home: Home, run_id: str | None, now: datetime, report: Report = silent) -> Booked:
    """Book every filing that waits in staging, of this run, of others, or left over by one that died.

    Nothing is booked twice by runs that do this at the same time: they take turns, and each looks anew. A filing that
    cannot be booked becomes a failed one, for it must not hold up the others, in this run or the next. Raises
    ChecksFailed when that was for a check, once the others are booked.
    """
    report("booking")
    with _desk(home) as connection:
        sweep(home, _held_keys(connection), now)
        filings = waiting_filings(home)
        try:
            return _book_here(connection, home, filings, run_id, now, report) if filings else _NOTHING
        except Exception as error:  # whatever it is, the next lines find out whose it is
            if is_of_machine(error):
                raise
            return _book_each(connection, home, filings, run_id, now, report)


def _book_here(
    connection: Connection, home: Home, filings: Sequence[Filing], run_id: str | None, now: datetime, report: Report
) -> Booked:
    """Book, and settle what was booked before anybody else can look."""
    booked = _told_apart(connection, filings, lambda new: _book_new(connection, home, new, run_id, now, report))
    for filing, outcome in zip(filings, booked.outcomes, strict=True):
        settle(home, filing, outcome)
    return booked


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
    with _desk(home) as connection:
        _settle_repeated(connection, home, wanted)
        filing = _held(connection, home, wanted).model_copy(update={"on_overlap": choice})
        with _next(connection, home) as writer:
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


def _held(connection: Connection, home: Home, wanted: str) -> Filing:
    key, status, _ = _entry(connection, wanted)
    if status != "held":
        raise WrongUse(f"import {wanted} is {status}: only a held import waits for a decision")
    filing = filed.load_filing(home.of(filed.HELD).staging / key)
    if filing is None:
        raise WrongUse(f"what was read of {wanted} is gone from staging; undo it and send the file again")
    return filing.model_copy(update={"attempt": filed.HELD})


def _held_keys(connection: Connection) -> set[str]:
    held = rows_of(connection, "SELECT import_key FROM ledger.import_keys WHERE status = 'held'")
    return set(held["import_key"])


def rehearse(home: Home, papers: Home, filings: Sequence[Filing], now: datetime) -> tuple[Outcome, ...]:
    """What booking these filings would do, to the last number: it is done, and taken back before it ends.

    `papers`: where the filings' frames lie, away from the real staging, and where nothing of them stays.
    """
    with _desk(home) as connection:
        return _told_apart(
            connection, filings, lambda new: _rehearsed_booking(connection, home, papers, new, now)
        ).outcomes


def _rehearsed_booking(
    connection: Connection, home: Home, papers: Home, filings: Sequence[Filing], now: datetime
) -> Booked:
    return _rehearsed(
        connection, home, lambda writer: _enter_all(connection, writer, papers, filings, None, now, silent)
    )


class _TakenBack(Exception):  # no error: it rolls back what was only tried
    pass


def _rehearsed(connection: Connection, home: Home, do: Callable[[Connection], T]) -> T:
    """What something comes to that is done within a transaction, with the next snapshot's writer, and taken back."""
    told = []
    with suppress(_TakenBack), _next(connection, home) as writer, transaction(connection):
        told.append(do(writer))
        raise _TakenBack
    return told[0]


def book_state(home: Home, as_of: date, prepare: Callable[[Connection], "State"], report: Report) -> "Entered":
    """Book the new state of a source that is state, such as a Stripe account, in place of its state before.

    `prepare` finds out what differs, with the ledger before it; where nothing does, the state notes that it was looked
    at, and no more. Raises ChecksFailed, with everything rolled back.
    """
    with _desk(home) as connection:
        state = prepare(connection)
        if not state.differs:
            with transaction(connection):
                state.note(connection)
            return Entered(None, ())
        earlier = _latest_as_of(connection)
        day = max(as_of, earlier or as_of)
        with _next(connection, home) as writer, transaction(connection):
            _note_change(connection, day)
            state.note(connection)
            identity = state.write(connection)
            report("folding customers")
            moved = earlier not in (None, day)
            state.count(connection, identity, derive(connection, writer, day, moved, "data"))
            report("checking")
            return Entered(identity, _verified(connection, moved))


def take_out_account(home: Home, source: str, by: str, now: datetime) -> int:
    """Take out everything that a Stripe account contributed; its syncs are undone in the history.

    Returns how many customers went. Every customer is folded again, for an account is part of many. Raises WrongUse
    where nothing was ever synced.
    """
    with _desk(home) as connection:
        if value_of(connection, "SELECT source FROM ledger.stripe_state WHERE source = ?", [source]) is None:
            raise WrongUse(f"{source} was never synced: there is nothing of it to take out")
        as_of = current_as_of(connection)
        with _next_anew(connection, home) as writer, transaction(connection):
            _note_change(connection, as_of)
            before = _customer_count(connection)
            connection.execute(
                "INSERT INTO ledger.decisions BY NAME SELECT 'undo' AS kind, import_id, ? AS decided_by, "
                "?::TIMESTAMPTZ AS decided_at FROM ledger.import_keys "
                "WHERE source = ? AND format = 'stripe' AND status <> 'undone'",
                [by, now, source],
            )
            for table in ("stripe_state", "stripe_contributions", *STRIPE_FACTS):
                connection.execute(f"DELETE FROM ledger.{table} WHERE source = ?", [source])
            touch_everybody(connection)
            derive(connection, writer, as_of, False, "undo")
            removed = before - _customer_count(connection)
            connection.execute(
                "UPDATE ledger.decisions SET customer_count = ? WHERE kind = 'undo' AND decided_at = ?::TIMESTAMPTZ "
                "AND import_id IN (SELECT import_id FROM ledger.imports WHERE source = ?)",
                [removed, now, source],
            )
            _verified(connection)
    return removed


def _customer_count(connection: Connection) -> int:
    return number_of(connection, "SELECT count(DISTINCT customer_id) FROM ledger.live")


class State(Protocol):
    """A new state, ready to be written into the transaction that `book_state` opens."""

    @property
    def differs(self) -> bool:
        """Whether there is anything to write."""

    def note(self, connection: Connection) -> None:
        """Note up to when the source was looked at."""

    def write(self, connection: Connection) -> str:
        """Write it, touch the customers that it moves; returns the id of its entry in the history."""

    def count(self, connection: Connection, identity: str, derived: Derived) -> None:
        """Note in its entry what became of those customers."""


@dataclass(frozen=True)
class Entered:
    """A booked state: its entry in the history, None where nothing differed, and the checks that it passed."""

    import_id: str | None
    verdicts: tuple[Verdict, ...]


def undo(home: Home, wanted: str, by: str, now: datetime) -> Undone:
    """Take out exactly what one import contributed; returns what that did (RF-27, RF-30).

    Raises WrongUse for an import that does not exist, has nothing to undo, or is undone already.
    """
    with _desk(home) as connection:
        sequence = _undoable(connection, wanted)
        _settle_repeated(connection, home, wanted)
        with _next(connection, home) as writer, transaction(connection):
            undone = _take_out(connection, writer, wanted, sequence, by, now)
        sweep(home, _held_keys(connection), now)
    return undone


def rehearse_undo(home: Home, wanted: str, now: datetime) -> Undone:
    """What an undo would do, to the last number: it is done, and taken back before it ends. Raises WrongUse, as it."""
    with _desk(home) as connection:
        sequence = _undoable(connection, wanted)
        return _rehearsed(connection, home, lambda writer: _take_out(connection, writer, wanted, sequence, "", now))


def _take_out(connection: Connection, writer: Connection, wanted: str, sequence: int, by: str, now: datetime) -> Undone:
    """All that an undo does inside its transaction."""
    as_of = current_as_of(connection)
    _note_change(connection, as_of)
    undone = take_out(connection, writer, wanted, sequence, by, now, as_of)
    _verified(connection)
    return undone


def clean_up(home: Home, below: Decimal, confirmed: str, by: str, now: datetime) -> int:
    """Remove the customers under a threshold; returns how many went (AU-41).

    `confirmed`: the mark of the preview that somebody looked at. Raises WrongUse where it is not that of who would go
    now: then nothing is removed.
    """
    with _desk(home) as connection:
        as_of = current_as_of(connection)
        with _next(connection, home) as writer, transaction(connection):
            listed = candidates(writer, "snapshot.main", below)
            if mark_of(listed, below) != confirmed:
                raise WrongUse(
                    f"{confirmed!r} is not the mark of who would go now ({mark_of(listed, below)}, {listed.height} "
                    f"customers): the customers have changed, or the threshold. Preview again with `customers cleanup`"
                )
            _note_change(connection, as_of)
            bury(connection, listed, below, by, now)
            touch_selected(connection, "SELECT customer_id FROM ledger.tombstones")
            derived = derive(connection, writer, as_of, False, "data")
            _verified(connection)
    return derived.removed_count


def rebuild(home: Home) -> None:
    """Fold every customer again from the ledger; the tables come out as they were."""
    with working(home.working) as connection:
        _make_anew(connection, home)


def prioritise_all(home: Home, as_of: date) -> None:
    """Every customer's priority as of a day; what changes, changed by the clock alone (AMB-03)."""
    with _desk(home) as connection:
        moved = current_as_of(connection) != as_of
        with _next(connection, home) as writer, transaction(connection):
            _note_change(connection, as_of)
            touch_nobody(connection)
            derive(connection, writer, as_of, moved, "clock")
            _verified(connection, moved)


def publish(home: Home) -> None:
    """Swap the snapshot in again as the ledger stands; made anew where it is missing or behind."""
    with _desk(home) as connection:
        current_as_of(connection)
        with _next(connection, home):
            pass


def current_as_of(connection: Connection) -> date:
    """The day that priorities are counted to now; WrongUse before the first import."""
    found = _latest_as_of(connection)
    if found is None:
        raise WrongUse("nothing was imported yet: import a file first")
    return found


def _latest_as_of(connection: Connection) -> date | None:
    found = value_of(connection, "SELECT arg_max(as_of_date, number) FROM ledger.changes")
    return found if isinstance(found, date) else None


@contextmanager
def _desk(home: Home) -> Iterator[Connection]:
    """The working database, and beside it a snapshot that is not behind: what a crash left is mended first."""
    with working(home.working) as connection:
        clear_unfinished(home.published)
        if ledger_version(connection) and not is_current(connection, home.published):
            _make_anew(connection, home)
        yield connection


@contextmanager
def _next(connection: Connection, home: Home) -> Iterator[Connection]:
    """The next snapshot over the present one; the first of all starts empty."""
    with next_snapshot(connection, home.published, fresh=ledger_version(connection) == 0) as writer:
        yield writer


@contextmanager
def _next_anew(connection: Connection, home: Home) -> Iterator[Connection]:
    """The next snapshot from nothing, in which everybody is written."""
    with next_snapshot(connection, home.published, fresh=True) as writer:
        yield writer


def _make_anew(connection: Connection, home: Home) -> None:
    as_of = current_as_of(connection)
    with _next_anew(connection, home) as writer, transaction(connection):
        touch_everybody(connection)
        derive(connection, writer, as_of, False, "data")
        _verified(connection)
    write_missing(connection, home)


def _book_new(
    connection: Connection,
    home: Home,
    filings: Sequence[Filing],
    run_id: str | None,
    now: datetime,
    report: Report,
) -> Booked:
    """Filings whose bytes are not in the ledger, in one transaction, and the snapshot after it."""
    with _next(connection, home) as writer:
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
    earlier = _latest_as_of(connection)
    judged = [filing.as_of for filing in filings if filing.verdict == "judged"]
    as_of = max(judged, default=earlier or filings[0].as_of)
    _note_change(connection, as_of)
    slips = [enter(connection, papers.of(filing.attempt), filing, run_id, now) for filing in filings]
    sequences = [slip.sequence for slip in slips if slip.sequence is not None]
    concerned = [*sequences, *(place for slip in slips for place in slip.replaced)]
    touch_imports(connection, concerned) if concerned else touch_nobody(connection)
    moved = earlier not in (None, as_of)
    report("folding customers")
    derived = derive(connection, writer, as_of, moved, "data")
    count_customers(connection, derived, sequences)
    tell_doubles(connection, sequences)
    report("checking")
    verdicts = _verified(connection, moved)
    return Booked(tuple(outcome_of(connection, slip) for slip in slips), verdicts)


def _note_change(connection: Connection, as_of: date) -> None:
    """Number this change of the ledger."""
    connection.execute("INSERT INTO ledger.changes SELECT coalesce(max(number), 0) + 1, ? FROM ledger.changes", [as_of])


def _verified(connection: Connection, everyone: bool = False) -> tuple[Verdict, ...]:
    verdicts = verify(connection, everyone)
    if not all(verdict.passed for verdict in verdicts):
        raise ChecksFailed(verdicts)
    return verdicts


def _undoable(connection: Connection, wanted: str) -> int:
    _, status, sequence = _entry(connection, wanted)
    if status == "undone":
        raise WrongUse(f"import {wanted} is undone already")
    if status in ("refused", "failed"):
        raise WrongUse(f"import {wanted} was {status}: it contributed nothing that could be undone")
    if value_of(connection, "SELECT format FROM ledger.imports WHERE import_id = ?", [wanted]) == "stripe":
        raise WrongUse(
            f"import {wanted} is a sync: the account's next one replaces it. To take the account's data out, use "
            f"`customers stripe forget SOURCE --with-data --by NAME`"
        )
    return sequence


def _entry(connection: Connection, wanted: str) -> tuple[str, str, int]:
    """An import's key, its status and its place in the ledger; WrongUse for one that does not exist."""
    query = "SELECT import_key, status, import_seq FROM ledger.import_keys WHERE import_id = ?"
    found = row_of(connection, query, [wanted])
    if found is None:
        raise WrongUse(f"there is no import {wanted!r}; `customers history --all` lists them")
    key, status, sequence = map(str, found)
    return key, status, int(sequence)


def _settle_repeated(connection: Connection, home: Home, wanted: str) -> None:
    """What a crash after the booking left in staging must not be booked again now that it is to be undone."""
    key = value_of(connection, "SELECT import_key FROM ledger.imports WHERE import_id = ?", [wanted])
    for filing in waiting_filings(home):
        slip = repeated(connection, filing) if filing.key == key else None
        if slip:
            settle(home, filing, outcome_of(connection, slip))
